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
    # The headings repeat: a long drive takes no longer than one of their periods.
    periods, rest_m = divmod(along_m, style.bend_length_m)
    x, y = periods * _laid_out(style, style.bend_length_m) + _laid_out(style, rest_m)
    yaw, sway = style.heading_at(along_m), sway_at(style, along_m)
    return float(x) - sway * math.sin(yaw), float(y) + sway * math.cos(yaw), yaw


def _laid_out(style: Style, along_m: float) -> np.ndarray:
    """Return where the road's middle is after along_m, (2,), metres."""
    steps = max(1, math.ceil(along_m / STEP_M))
    headings = style.headings_at((np.arange(steps) + 0.5) * along_m / steps)
    return np.array([np.cos(headings).sum(), np.sin(headings).sum()]) * along_m / steps
