"""The synthesis network: what the picture would look like if the semantic map were the whole truth."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class SpatiallyAdaptiveBlock(nn.Module):
    """A residual convolution whose normalised activations are scaled and shifted by the semantic map.

    SPADE (Park et al., CVPR 2019) with one 1x1 convolution for the modulation, which is what a CPU can afford.
    """

    def __init__(self, channels: int, class_count: int) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm2d(channels, affine=False)
        self.modulation = nn.Conv2d(class_count, 2 * channels, 1)
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, values: torch.Tensor, semantics: torch.Tensor) -> torch.Tensor:
        """Return (B, channels, h, w); semantics (B, class_count, h, w) must have the size of values."""
        scale, shift = self.modulation(semantics).chunk(2, dim=1)
        return values + self.convolution(F.relu(self.normalise(values) * (1 + scale) + shift))


class SynthesisNetwork(nn.Module):
    """Generates a picture from a semantic map, coarse to fine, at twice the map's resolution."""

    def __init__(self, class_count: int, *, widths: tuple[int, ...] = (64, 48, 32)) -> None:
        super().__init__()
        self.head = nn.Conv2d(class_count, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(SpatiallyAdaptiveBlock(width, class_count) for width in widths)
        self.narrow = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1) for coarse, fine in zip(widths[:-1], widths[1:], strict=True)
        )
        self.to_picture = nn.Sequential(nn.Conv2d(widths[-1], 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, semantics: torch.Tensor) -> torch.Tensor:
        """Return a reconstruction (B, 3, 2h, 2w), RGB in [0, 1].

        semantics: one-hot float (B, class_count, h, w); a void pixel is the zero vector.
        """
        pyramid = [semantics]
        for _ in self.narrow:
            pyramid.append(F.avg_pool2d(pyramid[-1], 2, ceil_mode=True))
        values = self.head(pyramid[-1])
        values = self.blocks[0](values, pyramid[-1])
        for narrow, block, level in zip(self.narrow, self.blocks[1:], reversed(pyramid[:-1]), strict=True):
            values = F.interpolate(narrow(values), size=level.shape[-2:], mode="bilinear", align_corners=False)
            values = block(values, level)
        return torch.sigmoid(self.to_picture(values))
