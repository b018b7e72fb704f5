"""The projector: where features of different domains are compared. It exists in training only."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Projector(nn.Sequential):
    """Two 1x1 convolutions to a unit vector per pixel, normalised between them.

    Behind a ReLU all features point the same way; without it the vectors would too, and contrast nothing.
    """

    def __init__(self, in_channels: int, *, width: int = 128) -> None:
        super().__init__(
            nn.Conv2d(in_channels, in_channels, 1, bias=False),
            nn.BatchNorm2d(in_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels, width, 1),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return float (B, width, h, w) of length 1 over the channels, for features (B, in_channels, h, w)."""
        return F.normalize(super().forward(features), dim=1)
