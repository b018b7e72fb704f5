"""The dissimilarity network in the reference wiring (SynBoost, CVPR 2021; method.md has the channel table)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.spade import SpadeBlock
from mgcda_core.networks.top_down import UNCERTAINTY_MAPS, Fused, LevelMaps, TopDownDissimilarity, correlation


class ReferenceMapEncoder(nn.Sequential):
    """A 7x7 convolution, then one of 3x3 per level that is as much coarser as the picture's levels are."""

    def __init__(self, in_channels: int, channels: Sequence[int], strides: Sequence[int]) -> None:
        steps = [coarser // finer for finer, coarser in zip(strides[:-1], strides[1:], strict=True)]
        super().__init__(
            nn.Conv2d(in_channels, channels[0], 7, 1, 3),
            *(
                nn.Conv2d(finer, coarser, 3, step, 1)
                for finer, coarser, step in zip(channels[:-1], channels[1:], steps, strict=True)
            ),
        )

    def forward(self, values: torch.Tensor) -> list[torch.Tensor]:
        """Return the levels (B, channels[i], h_i, w_i), finest first; the first has the size of values."""
        levels: list[torch.Tensor] = []
        for convolution in self:
            values = F.relu(convolution(values))
            levels.append(values)
        return levels


class ReferenceDecoderLevel(nn.Module):
    """3x3 convolution and SELU, a SPADE block, and (but for the finest level) a transposed convolution."""

    def __init__(self, in_channels: int, out_channels: int, class_count: int, *, step: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.spade = SpadeBlock(out_channels, out_channels, class_count)
        self.upscale = nn.ConvTranspose2d(out_channels, out_channels, step, step) if step > 1 else nn.Identity()

    def forward(self, values: torch.Tensor, semantics: torch.Tensor) -> torch.Tensor:
        """Return (B, out_channels, step * h, step * w); semantics are one-hot, of the size of values."""
        return self.upscale(self.spade(F.selu(self.convolution(values)), semantics))


class ReferenceDissimilarity(TopDownDissimilarity):
    """Fusion gated by the uncertainty at every level, a correlation channel, and a decoder told of the semantics.

    feature_channels and strides: of the picture encoder's levels, finest first. Semantic features are half as wide.
    """

    def __init__(self, feature_channels: Sequence[int], strides: Sequence[int], class_count: int) -> None:
        super().__init__()
        channels = list(feature_channels)
        semantic_channels = [width // 2 for width in channels]
        self.semantic_encoder = ReferenceMapEncoder(class_count, semantic_channels, strides)
        self.uncertainty_encoder = ReferenceMapEncoder(UNCERTAINTY_MAPS, channels, strides)
        self.fusions = nn.ModuleList(
            nn.Conv2d(2 * width + semantic, width, 1)
            for width, semantic in zip(channels, semantic_channels, strict=True)
        )
        deepest = len(channels) - 1
        decoded = [channels[min(level, max(0, deepest - 1))] for level in range(len(channels))]
        self.decoders = nn.ModuleList(
            ReferenceDecoderLevel(
                1 + channels[level] + (0 if level == deepest else decoded[level + 1]),
                decoded[level],
                class_count,
                step=strides[level] // strides[level - 1] if level else 1,
            )
            for level in range(len(channels))
        )
        self.classifier = nn.Conv2d(decoded[0], 2, 1)
        self.fused_channels, self.decoded_channels = 1 + channels[-1], decoded[0]

    def fuse(self, level: int, maps: LevelMaps) -> Fused:
        """Return the level's correlation and channels[level] gated channels."""
        mixed = self.fusions[level](torch.cat([maps.image, maps.reconstruction, maps.semantics], dim=1))
        return Fused(correlation(maps.image, maps.reconstruction), mixed * maps.uncertainty)

    def decode(self, level: int, coarser: torch.Tensor | None, fused: Fused, semantics: torch.Tensor) -> torch.Tensor:
        """Return the decoded level, at the size of the next finer one."""
        joined = fused.joined(coarser)
        return self.decoders[level](joined, F.interpolate(semantics, size=joined.shape[-2:], mode="nearest"))

    def answer(self, decoded: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return anomalous minus normal of the two logits, the log odds of their softmax, and the decoded features."""
        two = self.classifier(decoded)
        return two[:, 1:] - two[:, :1], decoded
