"""The two domain classifiers: from which synthetic source does this picture come? They exist in training only."""

from __future__ import annotations

import torch
from torch import nn


class DomainClassifier(nn.Module):
    """Three convolutions, then the mean over the picture: scene level, so one answer per picture.

    One stands on the deepest fused features (feature domain classifier), one on the decoder's output (output domain
    classifier); a stride of 2 makes the large map of the second cheaper. The features' scale is taken out first: it
    differs between backbones by orders of magnitude, and the classifier's learning rate does not.
    """

    def __init__(self, in_channels: int, domain_count: int, *, width: int = 64, stride: int = 1) -> None:
        super().__init__()
        if domain_count < 2:
            raise ValueError(f"domain_count {domain_count} is not allowed; telling domains apart needs two or more")
        self.scale = nn.BatchNorm2d(in_channels, affine=False)
        widths = (in_channels, width, width, width)
        # Normalised, without which the classifier learns too slowly to follow features that are being trained.
        self.convolutions = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)
                )
                for before, after in zip(widths[:-1], widths[1:], strict=True)
            )
        )
        self.answer = nn.Linear(width, domain_count)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits (B, domain_count) for features (B, in_channels, h, w)."""
        return self.answer(self.convolutions(self.scale(features)).mean(dim=(2, 3)))
