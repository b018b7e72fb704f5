"""A segmentation network of its own: encoder and decoder, for any list of classes."""

from __future__ import annotations

import torch
from torch import nn

from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.pyramid import PyramidDecoder


class SegmentationNetwork(nn.Module):
    """A timm backbone with a pyramid decoder, for kind dissimilarity with segmentation: separate.

    All levels of the backbone from stride 4 on are used; convolutions: of the decoder (networks/layers.py). Raises
    ValueError where there is no such level.
    """

    def __init__(self, backbone: str, class_count: int, *, width: int = 48, convolutions: str = "full") -> None:
        super().__init__()
        strides = [stride for stride in Backbone(backbone).strides if stride >= 4]
        self.backbone = Backbone(backbone, strides)
        self.decoder = PyramidDecoder(self.backbone.channels, class_count, width=width, convolutions=convolutions)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return class logits (B, class_count, ceil(H / 4), ceil(W / 4)) of a normalised picture (B, 3, H, W)."""
        return self.decoder(self.backbone(image)).logits
