"""The dissimilarity network: image against reconstruction, told what was seen and how surely.

The small form. What it keeps of the reference wiring (method.md, "Dissimilarity network"): one encoder for image
and reconstruction, a semantic and an uncertainty encoder, per-level fusion gated by the uncertainty features, and
an ungated correlation channel. What it changes, and why: the decoder is a plain top-down one without SPADE blocks
(cost), and the gate is 2 * sigmoid, which starts near one, so that a silent uncertainty map does not silence the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mgcda_core.networks.layers import ConvolutionBlock, resize_as
from mgcda_core.networks.pyramid import Decoded

UNCERTAINTY_MAPS = 3


def correlation(image: torch.Tensor, reconstruction: torch.Tensor) -> torch.Tensor:
    """Return the dot product over channels of two maps (B, C, h, w), over C: (B, 1, h, w).

    The mean, where the reference has the sum: half precision overflows on the sum over 320 channels, and the
    convolution that reads it learns the factor.
    """
    return (image * reconstruction).mean(dim=1, keepdim=True)


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
    ) -> torch.Tensor:
        """Return (B, 1 + width, h, w): the correlation channel, then the gated mixture.

        image and reconstruction: (B, feature_channels, h, w); semantics and uncertainty: (B, map_width, h, w).
        """
        mixed = self.mix(torch.cat([image, reconstruction, semantics], dim=1))
        gated = mixed * (2 * torch.sigmoid(self.gate(uncertainty)))
        return torch.cat([correlation(image, reconstruction), gated], dim=1)


class DissimilarityNetwork(nn.Module):
    """Turns features of image and reconstruction, the semantic map and the uncertainty maps into anomaly logits."""

    def __init__(
        self, feature_channels: Sequence[int], class_count: int, *, width: int = 64, map_width: int = 24
    ) -> None:
        super().__init__()
        self.semantic_encoder = MapEncoder(class_count, len(feature_channels), map_width)
        self.uncertainty_encoder = MapEncoder(UNCERTAINTY_MAPS, len(feature_channels), map_width)
        self.fusions = nn.ModuleList(FusionLevel(channels, map_width, width) for channels in feature_channels)
        deepest = len(feature_channels) - 1
        self.decoders = nn.ModuleList(
            ConvolutionBlock(1 + width if level == deepest else 1 + 2 * width, width)
            for level in range(len(feature_channels))
        )
        self.penultimate = ConvolutionBlock(width, width)
        self.classifier = nn.Conv2d(width, 1, 1)
        self.fused_channels, self.decoded_channels = 1 + width, width

    def forward(
        self,
        image_features: Sequence[torch.Tensor],
        reconstruction_features: Sequence[torch.Tensor],
        semantics: torch.Tensor,
        uncertainty: torch.Tensor,
    ) -> Decoded:
        """Return anomaly logits (B, 1, h, w) at the size of image_features[0], and the features behind them.

        image_features and reconstruction_features: maps (B, feature_channels[i], h_i, w_i), finest first, equal
        sizes per level. semantics: one-hot float (B, class_count, h, w). uncertainty: float (B, 3, h, w) in [0, 1].
        """
        semantic_levels = self.semantic_encoder(semantics)
        uncertainty_levels = self.uncertainty_encoder(uncertainty)
        deepest: torch.Tensor | None = None
        decoded: torch.Tensor | None = None
        for level in reversed(range(len(self.fusions))):
            image = image_features[level]
            fused = self.fusions[level](
                image,
                reconstruction_features[level],
                resize_as(semantic_levels[level], image),
                resize_as(uncertainty_levels[level], image),
            )
            if decoded is None:
                deepest = fused
            else:
                fused = torch.cat([resize_as(decoded, fused), fused], dim=1)
            decoded = self.decoders[level](fused)
        last = self.penultimate(decoded)
        return Decoded(self.classifier(last), deepest, last)
