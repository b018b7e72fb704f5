"""Where on the plane a drive is: the bent road laid out, with the vehicle on it."""

from __future__ import annotations

import math

import numpy as np

from mgcda_core.simulation.style import Style

STEP_M = 0.25


def sway_at(style: Style, along_m: float) -> float:
    """Return how far left of the road's middle the vehicle drives, metres."""
    return float(style.lane_y + 0.15 * np.sin(along_m / 37 + style.bend_phase))


def pose_at(style: Style, along_m: float) -> tuple[float, float, float]:
    """Return x, y (metres) and yaw (radians) of the base frame, in one where the road's middle begins at 0 along x.

    along_m: how far it has come along the road's middle, 0 or more.
    """
    steps = max(1, math.ceil(along_m / STEP_M))
    middles = (np.arange(steps) + 0.5) * along_m / steps
    headings = style.headings_at(middles)
    yaw, sway = style.heading_at(along_m), sway_at(style, along_m)
    x = float(np.cos(headings).sum()) * along_m / steps - sway * math.sin(yaw)
    y = float(np.sin(headings).sum()) * along_m / steps + sway * math.cos(yaw)
    return x, y, yaw
