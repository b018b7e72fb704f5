"""What both dissimilarity networks share: fuse every level, decode from the deepest to the finest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from mgcda_core.networks.layers import resize_as
from mgcda_core.networks.pyramid import Decoded

UNCERTAINTY_MAPS = 3


def correlation(image: torch.Tensor, reconstruction: torch.Tensor) -> torch.Tensor:
    """Return the dot product over channels of two maps (B, C, h, w), over C: (B, 1, h, w).

    The mean, where the reference has the sum: half precision overflows on the sum over 320 channels, and the
    convolution that reads it learns the factor.
    """
    return (image * reconstruction).mean(dim=1, keepdim=True)


class LevelMaps(NamedTuple):
    """What is fused at one level, all float (B, channels, h, w) of one size.

    image and reconstruction: the backbone's features; semantics and uncertainty: encoded, with the encoders' channels.
    """

    image: torch.Tensor
    reconstruction: torch.Tensor
    semantics: torch.Tensor
    uncertainty: torch.Tensor


class Fused(NamedTuple):
    """A level's fused features, float: correlation (B, 1, h, w), which no gate touches, and gated (B, C, h, w)."""

    correlation: torch.Tensor
    gated: torch.Tensor

    def joined(self, coarser: torch.Tensor | None = None) -> torch.Tensor:
        """Return both as one map, correlation channel first; before them coarser (B, D, h', w'), enlarged."""
        if coarser is None:
            return torch.cat(self, dim=1)
        return torch.cat([resize_as(coarser, self.gated), *self], dim=1)


class TopDownDissimilarity(nn.Module, ABC):
    """Turns features of image and reconstruction, the semantic map and the uncertainty maps into anomaly logits.

    A subclass brings the two map encoders and says how a level is fused and decoded.
    """

    semantic_encoder: nn.Module
    uncertainty_encoder: nn.Module
    fused_channels: int
    decoded_channels: int

    @abstractmethod
    def fuse(self, level: int, maps: LevelMaps) -> Fused:
        """Return the fused features of a level."""

    @abstractmethod
    def decode(self, level: int, coarser: torch.Tensor | None, fused: Fused, semantics: torch.Tensor) -> torch.Tensor:
        """Return what the next finer level reads of this one.

        coarser: what the next coarser level returned, at a size of its own; None for the deepest level. semantics: the
        one-hot map, at the finest size.
        """

    @abstractmethod
    def answer(self, decoded: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return anomaly logits (B, 1, h, w) and the features that they are read from."""

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
        for level in reversed(range(len(image_features))):
            image = image_features[level]
            told = (resize_as(levels[level], image) for levels in (semantic_levels, uncertainty_levels))
            fused = self.fuse(level, LevelMaps(image, reconstruction_features[level], *told))
            if decoded is None:
                deepest = fused.joined()
            decoded = self.decode(level, decoded, fused, semantics)
        logits, last = self.answer(decoded)
        return Decoded(logits, deepest, last)
