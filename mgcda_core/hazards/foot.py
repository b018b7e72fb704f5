"""The lower edge of a region in the picture: where what it shows meets the ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mgcda_core.frame import Hazard
from mgcda_core.hazards.outlines import counted, joined

KNOTS = 8
"""Points along a lower edge; enough for the corners of a box, few enough for 20 regions in a fraction of 1 ms."""
_OUTLINE_TOLERANCE_PX = 1.0
"""find_hazards lets an outline run this far from the region's pixels; box_px is exact."""
_SHARES = np.linspace(0.0, 1.0, KNOTS)
"""Of the width, from left to right."""
_NARROW_PX = 4
"""From this width on, one column alone below all others is taken for noise and not for what the object stands on."""


def lower_edges(hazards: Sequence[Hazard]) -> np.ndarray:
    """Return float64 (H, KNOTS, 2), pixels: points on the lower borders of one or more regions, left to right.

    The lowest pixel of every column counts. The points lie on the pixels' borders, half a pixel outside of their
    centres, from the left border of the first column to the right border of the last; each takes the lowest of the
    columns around it. A single column that reaches below all others moves the edge by two pixels at most, unless the
    region is narrower than four: thin legs come in pairs, spikes alone.
    """
    profile, first_of, widths = _lowest_rows(hazards)
    lowest = np.maximum.reduceat(profile, first_of)
    at_lowest = profile == np.repeat(lowest, widths)
    second = np.maximum.reduceat(np.where(at_lowest, -np.inf, profile), first_of)
    alone = (np.add.reduceat(at_lowest, first_of, dtype=np.int64) == 1) & (widths >= _NARROW_PX)
    supported = np.where(alone, second, lowest)
    boxes = np.array([hazard.box_px for hazard in hazards], np.float64)
    bottom = np.minimum(boxes[:, 3] - 1, supported + _OUTLINE_TOLERANCE_PX)
    bins = first_of[:, None] + np.arange(KNOTS) * widths[:, None] // KNOTS
    rows = np.maximum.reduceat(profile, bins.ravel()).reshape(bins.shape)
    rows = np.minimum(rows + (bottom - supported)[:, None], bottom[:, None])
    columns = boxes[:, :1] + _SHARES * (boxes[:, 2:3] - boxes[:, :1])
    return np.stack([columns - 0.5, rows + 0.5], axis=-1)


def _lowest_rows(hazards: Sequence[Hazard]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the lowest row of every column of every outline, all regions in one array, and where each begins.

    Float64 (columns of all regions,), int64 (H,) first entries, int64 (H,) numbers of columns.
    """
    outlines = joined([hazard.polygon_px for hazard in hazards])
    starts, owner = outlines.first_of, outlines.owner
    x, y = np.rint(outlines.corners).astype(np.int64).T.copy()
    next_x, next_y = x[outlines.following], y[outlines.following]

    left_of = np.minimum.reduceat(x, starts)
    widths = np.maximum.reduceat(x, starts) - left_of + 1
    first_of = np.cumsum(widths) - widths
    entry = np.minimum(x, next_x) + (first_of - left_of)[owner]

    # On its lower side an outline runs to the right if it runs anticlockwise, and else to the left.
    rightward = next_x - x
    twice_area = np.add.reduceat(x * next_y - next_x * y, starts)
    lower = np.flatnonzero(rightward * twice_area[owner] <= 0)
    rightward, here, there, entry = rightward[lower], y[lower], next_y[lower], entry[lower]
    run = np.abs(rightward)
    begin = np.where(run == 0, np.maximum(here, there), np.where(rightward > 0, here, there))
    slope = (here + there - 2.0 * begin) / np.maximum(run, 1)

    edge, steps = counted(run + 1)
    profile = np.full(int(widths.sum()), -np.inf)
    np.maximum.at(profile, entry[edge] + steps, begin[edge] + slope[edge] * steps)
    return profile, first_of, widths
