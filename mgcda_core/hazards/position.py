"""Whether a hazard says where it stands."""

from __future__ import annotations

import math

import numpy as np

from mgcda_core.frame import Hazard


def has_position(hazard: Hazard) -> bool:
    """Return whether footprint, distance and its standard deviation are there and finite.

    A hazard without a position is as real as any other: it could stand anywhere.
    """
    footprint, distance, sigma = hazard.footprint_m, hazard.distance_m, hazard.distance_sigma_m
    if footprint is None or distance is None or sigma is None or not len(footprint):
        return False
    return math.isfinite(distance) and math.isfinite(sigma) and bool(np.isfinite(footprint).all())
