"""Uncertainty maps: where the segmentation doubts, and where the reconstruction does not match.

On the absolute scale all three lie in [0, 1] by their definition, so that a clean frame is quiet. The reference
stretches each map to its own extremes per image (method.md, "Uncertainty maps"), which makes a clean frame as loud as a
bad one; it is there as per_image, to compare with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from mgcda_core.networks.layers import resize_as


def softmax_entropy(probabilities: torch.Tensor) -> torch.Tensor:
    """Return the entropy of class probabilities (B, C, H, W) over ln C: (B, 1, H, W) in [0, 1], 0 at p = 0."""
    # Written out: exchange formats know no torch.special.entr.
    surprise = probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log()
    return -(probabilities * surprise).sum(dim=1, keepdim=True) / math.log(probabilities.shape[1])


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


def reference_difference(
    image_features: Sequence[torch.Tensor], reconstruction_features: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the reference's perceptual difference, (B, 1, h, w), 0 or more and unbounded.

    Mean over channels of |a - b| per level, summed with weights that double from level to level, the deepest of
    five weighing 1 and the others 1/32 to 1/4 (SynBoost; PyTorch's perceptual loss after Johnson et al., ECCV 2016).
    """
    count = len(image_features)
    total: torch.Tensor | None = None
    for level, (ours, theirs) in enumerate(zip(image_features, reconstruction_features, strict=True)):
        weight = 1.0 if level == count - 1 else 2.0 ** (level - count)
        difference = weight * (ours - theirs).abs().mean(dim=1, keepdim=True)
        total = difference if total is None else total + resize_as(difference, total)
    return total


def stretch_per_image(values: torch.Tensor) -> torch.Tensor:
    """Stretch each picture's map (B, 1, h, w) to its own minimum and maximum: [0, 1], and 0 where it is flat."""
    low = values.amin(dim=(-2, -1), keepdim=True)
    extent = values.amax(dim=(-2, -1), keepdim=True) - low
    return (values - low) / torch.where(extent > 0, extent, torch.ones_like(extent))


def uncertainty_maps(
    probabilities: torch.Tensor,
    image_features: Sequence[torch.Tensor],
    reconstruction_features: Sequence[torch.Tensor],
    *,
    per_image: bool = False,
) -> torch.Tensor:
    """Return entropy, distance and perceptual difference, (B, 3, h, w) in [0, 1], at the size of the probabilities.

    probabilities: (B, C, h, w). Both feature sequences: maps (B, C_i, h_i, w_i), finest first, equal sizes per level.
    """
    compare = reference_difference if per_image else perceptual_difference
    maps = [
        softmax_entropy(probabilities),
        softmax_distance(probabilities),
        resize_as(compare(image_features, reconstruction_features), probabilities),
    ]
    return torch.cat([stretch_per_image(values) for values in maps] if per_image else maps, dim=1)
