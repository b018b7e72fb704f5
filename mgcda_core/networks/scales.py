"""One network, several looks: the picture, and the same picture smaller, which shows large things whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F

from mgcda_core.networks.outputs import AnomalyNetwork, Outputs

SMALLEST_SIDE_PX = 32


class Scale(NamedTuple):
    """A further look. factor: of the picture's sides. weight: of its anomaly logits; the picture has the rest."""

    factor: float
    weight: float


def checked_scales(scales: Sequence[Sequence[float]]) -> tuple[Scale, ...]:
    """Return (factor, weight) pairs as scales; raises ValueError where they are not numbers that make sense."""
    for pair in scales:
        if len(pair) != 2 or not all(isinstance(value, (int, float)) and math.isfinite(value) for value in pair):
            raise ValueError(f"scales: {list(pair)!r} is not allowed; each is a factor and a weight")
        if not 0 < pair[0] < 1:
            raise ValueError(f"scales: factor {pair[0]} is not allowed; it must lie between 0 and 1")
    weights = [weight for _, weight in scales]
    if weights and (min(weights) <= 0 or sum(weights) >= 1):
        raise ValueError(f"scales: weights {weights} are not allowed; each above 0, together below 1")
    return tuple(Scale(float(factor), float(weight)) for factor, weight in scales)


def at_scales(
    network: AnomalyNetwork, image: torch.Tensor, scales: Sequence[Scale] = (), swapped: torch.Tensor | None = None
) -> Outputs:
    """Return the network's outputs for the picture, its anomaly logits averaged with those of the further looks.

    image and swapped as AnomalyNetwork.forward() has them.
    """
    outputs = network(image, swapped)
    if not scales:
        return outputs
    size = outputs.anomaly_logits.shape[-2:]
    logits = outputs.anomaly_logits * (1 - sum(scale.weight for scale in scales))
    for scale in scales:
        # int: while a network is traced for export, a size is a tensor.
        smaller = tuple(max(SMALLEST_SIDE_PX, round(int(side) * scale.factor)) for side in image.shape[-2:])
        look = F.interpolate(image, size=smaller, mode="bilinear", align_corners=False, antialias=True)
        told = None if swapped is None else F.interpolate(swapped[:, None], size=smaller, mode="nearest")[:, 0]
        coarse = network(look.contiguous(memory_format=torch.channels_last), told).anomaly_logits
        logits += scale.weight * F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)
    return outputs._replace(anomaly_logits=logits)
