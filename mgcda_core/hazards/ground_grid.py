"""A grid of the ground around the vehicle: where hazards stand, or stood a moment ago.

What is remembered are footprints, not cells: they are moved without rounding however often, and a hazard that is seen
again leaves no trail of where it was believed to be before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mgcda_core.frame import Hazard
from mgcda_core.hazards.ground_points import footprint_points

UNKNOWN = -1
_MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class GridSettings:
    """A rectangle of the base frame; metres and seconds.

    resolution_m: side of a cell. ahead_m, behind_m, aside_m: how far it reaches from the base frame's origin forward,
    back, and to either side. decay_s: how long a hazard that is no longer reported is kept, 0: not at all; its value
    falls linearly over that time.
    Raises ValueError for a value that is not allowed, and for more than four million cells.
    """

    resolution_m: float = 0.2
    ahead_m: float = 60.0
    behind_m: float = 10.0
    aside_m: float = 20.0
    decay_s: float = 2.0

    def __post_init__(self) -> None:
        for name in ("resolution_m", "ahead_m", "behind_m", "aside_m", "decay_s"):
            value = getattr(self, name)
            may_be_zero = name in ("behind_m", "decay_s")
            if not (math.isfinite(value) and (value >= 0 if may_be_zero else value > 0)):
                allowed = "finite and 0 or more" if may_be_zero else "finite and above 0"
                raise ValueError(f"{name}: {value} is not allowed; it must be {allowed}")
        rows, columns = self.shape
        if rows * columns > _MOST_CELLS:
            allowed = f"large enough for {_MOST_CELLS} cells at most, not {rows} x {columns}"
            raise ValueError(f"resolution_m: {self.resolution_m} is not allowed; it must be {allowed}")

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows, along y, and columns, along x."""
        return (
            math.ceil(2 * self.aside_m / self.resolution_m),
            math.ceil((self.ahead_m + self.behind_m) / self.resolution_m),
        )


class Motion(Protocol):
    """How the vehicle moved from one stamp to another."""

    def moved(self, points: np.ndarray) -> np.ndarray:
        """Return points at rest, (N, 3), metres, in the base frame of the later stamp."""
        ...


@dataclass(frozen=True)
class Trace:
    """What is remembered of one hazard: footprint_m, float64 (N, 3); its score; when it was reported last."""

    footprint_m: np.ndarray
    score: float
    stamp_ns: int


@dataclass(frozen=True)
class GroundGrid:
    """Hazards on the ground by id, in the base frame at stamp_ns."""

    stamp_ns: int
    traces: dict[int, Trace] = field(default_factory=dict)


def updated(
    grid: GroundGrid | None, hazards: Sequence[Hazard], stamp_ns: int, settings: GridSettings, motion: Motion | None
) -> GroundGrid:
    """Return the grid at a later stamp, with these hazards and what is not yet forgotten of earlier ones.

    hazards: with positions (position.py). grid: as returned for an earlier stamp, None at the start; where stamps went
    back, it is forgotten. motion: from its stamp to this one; without it, what is remembered stays where it was in the
    base frame.
    """
    now = {hazard.id: Trace(hazard.footprint_m, hazard.score, stamp_ns) for hazard in hazards}
    kept: dict[int, Trace] = {}
    if grid is not None and grid.stamp_ns <= stamp_ns:
        for hazard_id, trace in grid.traces.items():
            if hazard_id not in now and stamp_ns - trace.stamp_ns < settings.decay_s * 1e9:
                footprint = trace.footprint_m if motion is None else motion.moved(trace.footprint_m)
                kept[hazard_id] = Trace(footprint, trace.score, trace.stamp_ns)
    return GroundGrid(stamp_ns, kept | now)


def occupancy(grid: GroundGrid, settings: GridSettings) -> np.ndarray:
    """Return int8 (rows, columns): 1 to 100 where a hazard stands, -1 everywhere else; row 0 is the rightmost.

    A hazard stands on the cells that its footprint touches, unless it reaches less than half a cell along the border
    of one. Where footprint_points makes the points of a huge footprint wider apart than half a cell, it leaves out some
    that it should touch, inside before the outline. The value is 100 * score, less by the share of decay_s since the
    hazard was reported last, the highest where several overlap. 0, "free", is never said: ground on which nothing was
    found was not measured to be free.
    """
    # Not cv2.fillPoly: it rounds corners to whole rows, and leaves out cells whose middle lies in the footprint.
    traces = list(grid.traces.values())
    points, owner = footprint_points([trace.footprint_m for trace in traces], settings.resolution_m / 2)
    rows, columns = settings.shape
    column = np.floor((points[:, 0] + settings.behind_m) / settings.resolution_m)
    row = np.floor((points[:, 1] + settings.aside_m) / settings.resolution_m)
    on_grid = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    values = np.array([_value(trace, grid.stamp_ns, settings) for trace in traces], np.int8)
    cells = np.full(rows * columns, UNKNOWN, np.int8)
    np.maximum.at(cells, (row * columns + column)[on_grid].astype(np.int64), values[owner[on_grid]])
    return cells.reshape(rows, columns)


def _value(trace: Trace, stamp_ns: int, settings: GridSettings) -> int:
    age_s = (stamp_ns - trace.stamp_ns) / 1e9
    weight = 1 - age_s / settings.decay_s if age_s > 0 else 1.0
    return min(100, max(1, round(100 * trace.score * weight)))
