"""The spatially adaptive residual block: activations normalised, then scaled and shifted by the semantic map."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

HIDDEN = 128
"""Channels of the modulation's hidden layer (Park et al., CVPR 2019, released settings)."""


def instance_norm(values: torch.Tensor) -> torch.Tensor:
    """Normalise every channel of every picture (B, C, h, w); zero where there is one pixel, as PyTorch's refuses."""
    return torch.zeros_like(values) if values.shape[-2:].numel() == 1 else F.instance_norm(values)


class SpatialModulation(nn.Module):
    """SPADE (Park et al., CVPR 2019, section 3): instance norm, then a scale and a shift per pixel and channel."""

    def __init__(self, channels: int, class_count: int, *, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.shared = nn.Conv2d(class_count, hidden, 3, padding=1)
        self.scale = nn.Conv2d(hidden, channels, 3, padding=1)
        self.shift = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, values: torch.Tensor, semantics: torch.Tensor) -> torch.Tensor:
        """Return (B, channels, h, w); semantics (B, class_count, h, w) must have the size of values."""
        hidden = F.relu(self.shared(semantics))
        return instance_norm(values) * (1 + self.scale(hidden)) + self.shift(hidden)


class SpadeBlock(nn.Module):
    """The residual block of the same paper, with a learned shortcut where the channels change.

    The convolution in front of a normalisation has no bias, which the normalisation would take away again.
    """

    def __init__(self, in_channels: int, out_channels: int, class_count: int, *, hidden: int = HIDDEN) -> None:
        super().__init__()
        middle = min(in_channels, out_channels)
        self.modulation_in = SpatialModulation(in_channels, class_count, hidden=hidden)
        self.convolution_in = nn.Conv2d(in_channels, middle, 3, padding=1, bias=False)
        self.modulation_out = SpatialModulation(middle, class_count, hidden=hidden)
        self.convolution_out = nn.Conv2d(middle, out_channels, 3, padding=1)
        self.shortcut: SpatialModulation | None = None
        if in_channels != out_channels:
            self.shortcut = SpatialModulation(in_channels, class_count, hidden=hidden)
            self.shortcut_convolution = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, values: torch.Tensor, semantics: torch.Tensor) -> torch.Tensor:
        """Return (B, out_channels, h, w) for values (B, in_channels, h, w) and one-hot semantics of that size."""
        inner = self.convolution_in(F.leaky_relu(self.modulation_in(values, semantics), 0.2))
        inner = self.convolution_out(F.leaky_relu(self.modulation_out(inner, semantics), 0.2))
        if self.shortcut is not None:
            values = self.shortcut_convolution(self.shortcut(values, semantics))
        return values + inner
