"""A feature pyramid decoder: backbone features -> a map at the finest level's resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from mgcda_core.networks.layers import DECODER_BLOCKS, resize_as


class Decoded(NamedTuple):
    """What a decoder gives: logits (B, out_channels, h, w), and the features that alignment looks at in training.

    fused (B, fused_channels, h_d, w_d): what decoding starts from, of the deepest level; decoded
    (B, decoded_channels, h, w): what the last convolution reads.
    """

    logits: torch.Tensor
    fused: torch.Tensor
    decoded: torch.Tensor


class PyramidDecoder(nn.Module):
    """A feature pyramid (Lin et al., CVPR 2017) with two convolutions and a classifier on its finest level.

    convolutions: full or separable (networks/layers.py).
    """

    def __init__(
        self, feature_channels: Sequence[int], out_channels: int, *, width: int = 48, convolutions: str = "full"
    ) -> None:
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in feature_channels)
        block = DECODER_BLOCKS[convolutions]
        self.smooth = nn.Sequential(block(width, width), block(width, width))
        self.classifier = nn.Conv2d(width, out_channels, 1)

    def forward(self, features: Sequence[torch.Tensor]) -> Decoded:
        """Return logits (B, out_channels, h, w) at the size of features[0], and the features behind them.

        features: maps (B, feature_channels[i], h_i, w_i), finest first.
        """
        deepest = merged = self.laterals[-1](features[-1])
        for lateral, feature in zip(reversed(self.laterals[:-1]), reversed(features[:-1]), strict=True):
            finer = lateral(feature)
            merged = finer + resize_as(merged, finer)
        decoded = self.smooth(merged)
        return Decoded(self.classifier(decoded), deepest, decoded)
