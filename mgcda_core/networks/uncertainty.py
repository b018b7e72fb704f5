"""Uncertainty maps: where the segmentation doubts, and where the reconstruction does not match.

All three are on an absolute scale in [0, 1], so that a clean frame is quiet; the reference scales each
map by its own extremes per image (method.md, "Uncertainty maps").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from mgcda_core.networks.layers import resize_as


def softmax_entropy(probabilities: torch.Tensor) -> torch.Tensor:
    """Return the entropy of class probabilities (B, C, H, W) over ln C: (B, 1, H, W) in [0, 1], 0 at p = 0."""
    return torch.special.entr(probabilities).sum(dim=1, keepdim=True) / math.log(probabilities.shape[1])


def softmax_distance(probabilities: torch.Tensor) -> torch.Tensor:
    """Return 1 - (p1 - p2) of the two largest class probabilities (B, C, H, W): (B, 1, H, W) in [0, 1]."""
    largest = probabilities.topk(2, dim=1).values
    return 1 - (largest[:, :1] - largest[:, 1:])


def perceptual_difference(
    image_features: Sequence[torch.Tensor], reconstruction_features: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return how far the features of image and reconstruction lie apart: (B, 1, h, w) in [0, 1].

    At each level the difference |a - b|, averaged over channels, is divided by |a| + |b|, averaged likewise:
    0 for equal features, 1 for features that share nothing (the triangle inequality bounds it). Levels weigh
    equally and the result has the size of the first. Both sequences: maps (B, C_i, h_i, w_i), finest first,
    of equal sizes per level.
    """
    levels: list[torch.Tensor] = []
    for ours, theirs in zip(image_features, reconstruction_features, strict=True):
        difference = (ours - theirs).abs().mean(dim=1, keepdim=True)
        magnitude = (ours.abs() + theirs.abs()).mean(dim=1, keepdim=True)
        levels.append(difference / magnitude.clamp_min(torch.finfo(magnitude.dtype).tiny))
    return torch.stack([resize_as(level, levels[0]) for level in levels]).mean(dim=0)
