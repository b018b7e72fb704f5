"""The one interface of all architectures: a picture goes in, Outputs come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone

NOT_SWAPPED = 255
"""Where a training picture's map of swapped classes has none: the network sees what it sees."""


class Outputs(NamedTuple):
    """What one pass gives; h and w are the picture's H and W over the finest stride, rounded up. All float.

    anomaly_logits (B, 1, h, w); segmentation_logits (B, C, h', w'), of a resolution of their own where the
    segmentation network is one of its own; fused (B, fused_channels, h_d, w_d): the deepest features that the anomaly
    decoder starts from; decoded (B, decoded_channels, h, w): what its last convolution reads; uncertainty
    (B, 3, h, w) in [0, 1]: entropy, distance, perceptual; reconstruction (B, 3, H', W'), RGB in [0, 1]. The last two
    are None for kind direct.
    """

    anomaly_logits: torch.Tensor
    segmentation_logits: torch.Tensor
    fused: torch.Tensor
    decoded: torch.Tensor
    uncertainty: torch.Tensor | None = None
    reconstruction: torch.Tensor | None = None


class AnomalyNetwork(nn.Module, ABC):
    """An encoder and what every architecture builds on it; its children are the parts that `mgcda info` counts.

    fused_channels and decoded_channels: of the two feature maps in Outputs that alignment looks at in training.
    uses_swapped: whether a swapped class changes the answer; where not, swapped pixels are no anomalies to learn from.
    Raises ValueError where the backbone is unknown or lacks a stride, or there are fewer than two classes.
    """

    fused_channels: int
    decoded_channels: int
    uses_swapped: bool = False

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        if len(architecture.classes) < 2:
            raise ValueError(f"classes {architecture.classes!r}: a segmentation network needs two classes or more")
        self.architecture = architecture
        self.register_buffer("mean", torch.tensor(architecture.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(architecture.std).view(1, 3, 1, 1), persistent=False)
        self.backbone = Backbone(architecture.backbone, architecture.strides)

    def normalise(self, image: torch.Tensor) -> torch.Tensor:
        """Return RGB (B, 3, H, W) in [0, 1] as the backbones expect it."""
        return (image - self.mean) / self.std

    def encode(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Return the encoder's features at architecture.strides for RGB (B, 3, H, W) in [0, 1]."""
        return self.backbone(self.normalise(image))

    @abstractmethod
    def learned_parts(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names of the children that each loss (segmentation, synthesis, anomaly) trains.

        Every child appears once, below the network that it belongs to; a loss that trains nothing here is missing.
        """

    @abstractmethod
    def forward(self, image: torch.Tensor, swapped: torch.Tensor | None = None) -> Outputs:
        """Return Outputs for RGB float (B, 3, H, W) in [0, 1]; H and W need not be multiples of anything.

        swapped: in training only, uint8 or int64 (B, H, W), the class that a pixel is told to be instead of what it is
        seen as, 255 where it is told nothing. Where uses_swapped is False it changes nothing.
        """
