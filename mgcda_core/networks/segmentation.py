"""The segmentation network's decoder: backbone features -> class logits."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mgcda_core.networks.layers import ConvolutionBlock, resize_as


class SegmentationDecoder(nn.Module):
    """A feature pyramid decoder (Lin et al., CVPR 2017) at the resolution of the finest level it is given."""

    def __init__(self, feature_channels: Sequence[int], class_count: int, *, width: int = 48) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in feature_channels)
        self.smooth = nn.Sequential(ConvolutionBlock(width, width), ConvolutionBlock(width, width))
        self.classifier = nn.Conv2d(width, class_count, 1)

    def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return logits (B, class_count, h, w) at the size of features[0].

        features: maps (B, feature_channels[i], h_i, w_i), finest first.
        """
        merged = self.laterals[-1](features[-1])
        for lateral, feature in zip(reversed(self.laterals[:-1]), reversed(features[:-1]), strict=True):
            finer = lateral(feature)
            merged = finer + resize_as(merged, finer)
        return self.classifier(self.smooth(merged))
