"""The full-size synthesis network: SPADE blocks from coarse to fine (Park et al., CVPR 2019)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.spade import HIDDEN, SpadeBlock


class SpadeGenerator(nn.Module):
    """Generates a picture from a semantic map, one block per resolution, each twice as fine as the last.

    widths: channels of the blocks, coarse to fine. scale: pixels of the picture per pixel of the map.
    """

    def __init__(self, class_count: int, widths: Sequence[int], *, scale: int = 1, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.scale = scale
        self.head = nn.Conv2d(class_count, widths[0], 3, padding=1)
        before = (widths[0], *widths[:-1])
        self.blocks = nn.ModuleList(
            SpadeBlock(coarse, fine, class_count, hidden=hidden) for coarse, fine in zip(before, widths, strict=True)
        )
        self.to_picture = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, semantics: torch.Tensor) -> torch.Tensor:
        """Return a reconstruction (B, 3, scale * h, scale * w), RGB in [0, 1].

        semantics: one-hot float (B, class_count, h, w); a void pixel is the zero vector.
        """
        height, width = (self.scale * side for side in semantics.shape[-2:])
        values: torch.Tensor | None = None
        for depth, block in zip(reversed(range(len(self.blocks))), self.blocks, strict=True):
            size = (max(1, height >> depth), max(1, width >> depth))
            level = F.interpolate(semantics, size=size, mode="nearest")
            values = self.head(level) if values is None else F.interpolate(values, size=size, mode="nearest")
            values = block(values, level)
        return torch.sigmoid(self.to_picture(F.leaky_relu(values, 0.2)))
