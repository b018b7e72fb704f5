"""What a network is built from: the part of the weights card that rebuilds it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Architecture:
    """Everything needed to build the network again; widths are channels, empty names mean "none".

    kind: dissimilarity, the paper's three networks; direct, an anomaly head on the segmentation encoder.
    backbone: timm name of the picture encoder. strides: of the levels used, finest first. classes: names of the
    semantic classes, index = label. mean and std: the normalisation that the backbones expect, of RGB in [0, 1].

    convolutions: the 3x3 ones of the decoders: full, or separable, with an eighth of their multiply-adds
    (networks/layers.py); the reference dissimilarity network has full ones.

    The rest is read by kind dissimilarity (segmentation_width by both).
    segmentation: shared, a decoder on the picture encoder; separate, a network of its own on segmentation_backbone;
    file, a user's network in segmentation_file. synthesis: small or spade, with synthesis_widths coarse to fine; file,
    a user's generator in synthesis_file. Files lie beside the weights (networks/external.py).
    dissimilarity: small, with dissimilarity_width and map_width; reference, SynBoost's wiring, whose widths follow
    the backbone. uncertainty_scale: absolute, or per_image as in the reference.
    perceptual_backbone: timm name of the encoder that compares picture and reconstruction; empty: the picture encoder.
    """

    kind: Literal["dissimilarity", "direct"] = "dissimilarity"
    backbone: str = "efficientnet_lite0"
    strides: tuple[int, ...] = (4, 8, 16, 32)
    classes: tuple[str, ...] = ()
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    convolutions: Literal["full", "separable"] = "full"
    segmentation: Literal["shared", "separate", "file"] = "shared"
    segmentation_backbone: str = ""
    segmentation_file: str = ""
    segmentation_width: int = 48
    synthesis: Literal["small", "spade", "file"] = "small"
    synthesis_file: str = ""
    synthesis_widths: tuple[int, ...] = (64, 48, 32)
    dissimilarity: Literal["small", "reference"] = "small"
    dissimilarity_width: int = 64
    map_width: int = 24
    uncertainty_scale: Literal["absolute", "per_image"] = "absolute"
    perceptual_backbone: str = ""

    def __post_init__(self) -> None:
        allowed = {
            "kind": ("dissimilarity", "direct"),
            "convolutions": ("full", "separable"),
            "segmentation": ("shared", "separate", "file"),
            "synthesis": ("small", "spade", "file"),
            "dissimilarity": ("small", "reference"),
            "uncertainty_scale": ("absolute", "per_image"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} {getattr(self, name)!r} is not allowed; it must be one of {values}")
        if self.kind == "direct" and self.segmentation != "shared":
            raise ValueError(
                f"segmentation {self.segmentation!r} is not allowed with kind 'direct', whose heads share an encoder; "
                "set segmentation to 'shared', or kind to 'dissimilarity'"
            )
        if self.dissimilarity == "reference" and self.convolutions == "separable":
            raise ValueError(
                "convolutions 'separable' is not allowed with dissimilarity 'reference', whose wiring is given; set "
                "convolutions to 'full', or dissimilarity to 'small'"
            )
        needed = {
            "segmentation_backbone": self.segmentation == "separate",
            "segmentation_file": self.segmentation == "file",
            "synthesis_file": self.synthesis == "file",
        }
        for name, is_needed in needed.items():
            if bool(getattr(self, name)) != is_needed:
                other = name.split("_")[0]
                raise ValueError(
                    f"{name} {getattr(self, name)!r} does not go with {other} {getattr(self, other)!r}; "
                    f"{'name it' if is_needed else 'leave it empty'}"
                )
        for name in ("segmentation_file", "synthesis_file"):
            # A card that somebody downloaded must not reach out of its folder.
            if getattr(self, name) and not re.fullmatch(r"[\w-][\w.-]*", getattr(self, name)):
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is not allowed; it must be the name of a file beside the weights"
                )
