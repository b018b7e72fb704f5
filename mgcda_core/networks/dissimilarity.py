"""The dissimilarity network: image against reconstruction, told what was seen and how surely.

The small form. What it keeps of the reference wiring (method.md, "Dissimilarity network"): one encoder for image
and reconstruction, a semantic and an uncertainty encoder, per-level fusion gated by the uncertainty features, and
an ungated correlation channel. What it changes, and why: the decoder is a plain top-down one without SPADE blocks
(cost), and the gate is 2 * sigmoid, which starts near one, so that a silent uncertainty map does not silence the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from mgcda_core.networks.layers import DECODER_BLOCKS, ConvolutionBlock, resize_as
from mgcda_core.networks.top_down import UNCERTAINTY_MAPS, Fused, LevelMaps, TopDownDissimilarity, correlation


class MapEncoder(nn.Module):
    """Encodes a map (B, in_channels, h, w) into one of width channels per level, each half the size of the last."""

    def __init__(self, in_channels: int, level_count: int, width: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            ConvolutionBlock(in_channels if level == 0 else width, width, stride=1 if level == 0 else 2)
            for level in range(level_count)
        )

    def forward(self, values: torch.Tensor) -> list[torch.Tensor]:
        """Return the levels, finest first; the first has the size of values."""
        outputs: list[torch.Tensor] = []
        for level in self.levels:
            values = level(values)
            outputs.append(values)
        return outputs


class FusionLevel(nn.Module):
    """Fuses one level of image, reconstruction, semantics and uncertainty into width + 1 channels."""

    def __init__(self, feature_channels: int, map_width: int, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2 * feature_channels + map_width, width, 1)
        self.gate = nn.Conv2d(map_width, width, 1)

    def forward(
        self,
        image: torch.Tensor,
        reconstruction: torch.Tensor,
        semantics: torch.Tensor,
        uncertainty: torch.Tensor,
    ) -> Fused:
        """Return the correlation channel and the gated mixture, width channels.

        image and reconstruction: (B, feature_channels, h, w); semantics and uncertainty: (B, map_width, h, w).
        """
        mixed = self.mix(torch.cat([image, reconstruction, semantics], dim=1))
        gated = mixed * (2 * torch.sigmoid(self.gate(uncertainty)))
        return Fused(correlation(image, reconstruction), gated)


class FullJoin(ConvolutionBlock):
    """Decodes a level of width channels: 3x3 over what is coarser, enlarged, and the fused features together."""

    def __init__(self, width: int, *, deepest: bool) -> None:
        super().__init__(1 + width if deepest else 1 + 2 * width, width)

    def forward(self, coarser: torch.Tensor | None, fused: Fused) -> torch.Tensor:
        """Return (B, width, h, w). coarser: (B, width, h', w'), None for the deepest level."""
        return super().forward(fused.joined(coarser))


class SeparableJoin(nn.Module):
    """What FullJoin does with a separable convolution, its 1x1 part taken apart by what it reads.

    A 1x1 convolution and a bilinear enlargement may change places: the coarser level's runs before it, on a quarter of
    the pixels.
    """

    def __init__(self, width: int, *, deepest: bool) -> None:
        super().__init__()
        self.coarser = None if deepest else nn.Conv2d(width, width, 1, bias=False)
        self.correlation = nn.Conv2d(1, width, 1, bias=False)
        self.gated = nn.Conv2d(width, width, 1, bias=False)
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.normalise = nn.BatchNorm2d(width)

    def forward(self, coarser: torch.Tensor | None, fused: Fused) -> torch.Tensor:
        """Return (B, width, h, w). coarser: (B, width, h', w'), None for the deepest level."""
        values = self.gated(fused.gated) + self.correlation(fused.correlation)
        if self.coarser is not None:
            values = values + resize_as(self.coarser(coarser), values)
        return F.relu(self.normalise(self.depthwise(values)))


JOINS: dict[str, type[FullJoin] | type[SeparableJoin]] = {"full": FullJoin, "separable": SeparableJoin}
"""By Architecture.convolutions."""


class DissimilarityNetwork(TopDownDissimilarity):
    """The small form: a level of width channels per level of the backbone, map_width for what it is told.

    convolutions: of the decoder, full or separable (networks/layers.py).
    """

    def __init__(
        self,
        feature_channels: Sequence[int],
        class_count: int,
        *,
        width: int = 64,
        map_width: int = 24,
        convolutions: str = "full",
    ) -> None:
        super().__init__()
        self.semantic_encoder = MapEncoder(class_count, len(feature_channels), map_width)
        self.uncertainty_encoder = MapEncoder(UNCERTAINTY_MAPS, len(feature_channels), map_width)
        self.fusions = nn.ModuleList(FusionLevel(channels, map_width, width) for channels in feature_channels)
        deepest = len(feature_channels) - 1
        self.decoders = nn.ModuleList(
            JOINS[convolutions](width, deepest=level == deepest) for level in range(len(feature_channels))
        )
        self.penultimate = DECODER_BLOCKS[convolutions](width, width)
        self.classifier = nn.Conv2d(width, 1, 1)
        self.fused_channels, self.decoded_channels = 1 + width, width

    def fuse(self, level: int, maps: LevelMaps) -> Fused:
        """Return the level's correlation and width gated channels."""
        return self.fusions[level](*maps)

    def decode(self, level: int, coarser: torch.Tensor | None, fused: Fused, semantics: torch.Tensor) -> torch.Tensor:
        """Return (B, width, h, w); the semantics are in the fused features already."""
        return self.decoders[level](coarser, fused)

    def answer(self, decoded: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits (B, 1, h, w) and features (B, width, h, w)."""
        last = self.penultimate(decoded)
        return self.classifier(last), last
