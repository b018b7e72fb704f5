"""One hazard followed over time: when it was seen, and where it is now."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from mgcda_core.frame import Hazard, HazardState
from mgcda_core.hazards.association import Estimates
from mgcda_core.hazards.ground_filter import measurement_covariances
from mgcda_core.hazards.outlines import joined
from mgcda_core.hazards.position import has_position
from mgcda_core.hazards.track_settings import TrackSettings

_LEAST_SIGMA_M = 0.1
"""Grid of the picture, edge of the region: no position is better, whatever is said of it."""
_SWAY_SHARE = 0.25
"""Parts of a region that come and go move its middle sideways by about this share of its width."""
_LEAST_MISSES = 2
"""However long a frame takes, a confirmed hazard is not given up because one picture missed it."""


@dataclass
class Track:
    """A hazard over time; position, box and footprint are those of the latest frame, predicted where it was not seen.

    hazard: as it was seen last. box: centred (box_motion.py). rates: of the box. state: (4,), position and velocity
    (ground_filter.py), NaN where not known; covariance: (4, 4). footprint_m: float64 (N, 3), or None with it.
    sightings: of the last frames. missed: frames since it was seen. unseen_s: time since then in which it could have
    been seen. unknown_s: time without odometry since the position was measured. was_ahead: some of it lay before the
    base frame when it was seen. is_hidden: it cannot be seen where it is. is_measured: the position was measured in the
    latest frame. is_moving: when it was measured last, its velocity was none that standing still could be taken for.
    """

    id: int
    hazard: Hazard
    first_ns: int
    seen_ns: int
    box: np.ndarray
    state: np.ndarray
    covariance: np.ndarray
    sightings: deque[bool]
    rates: np.ndarray = field(default_factory=lambda: np.zeros(4))
    footprint_m: np.ndarray | None = None
    is_confirmed: bool = False
    hits: int = 0
    missed: int = 0
    unseen_s: float = 0.0
    unknown_s: float = 0.0
    was_ahead: bool = False
    is_hidden: bool = False
    is_measured: bool = False
    is_moving: bool = False

    @property
    def position(self) -> np.ndarray:
        """Return (2,), metres in the base frame, NaN where it is not known."""
        return self.state[:2]

    def see(self, hazard: Hazard, shift_m: np.ndarray, stamp_ns: int, settings: TrackSettings) -> None:
        """Note that it was seen; shift_m: (3,), from where it was measured to its position, NaN where it was not.

        The position has been corrected already. A width that is not measured any more stays as it was.
        """
        if hazard.width_m is None:
            hazard = replace(hazard, width_m=self.hazard.width_m, width_sigma_m=self.hazard.width_sigma_m)
        self.hazard, self.seen_ns = hazard, stamp_ns
        self.hits, self.missed, self.unseen_s, self.is_hidden = self.hits + 1, 0, 0.0, False
        self.sightings.append(True)
        self.is_confirmed = self.is_confirmed or sum(self.sightings) >= settings.confirm_hits
        self.is_measured = not math.isnan(shift_m[0])
        if self.is_measured:
            self.footprint_m = hazard.footprint_m + shift_m
            self.unknown_s = 0.0
        self.was_ahead = self.footprint_m is not None and bool(self.footprint_m[:, 0].max() >= 0)

    def miss(self, seconds: float, *, is_hidden: bool) -> None:
        """Note that it was not seen; seconds: since the frame before. is_hidden: it cannot be seen where it is."""
        self.sightings.append(False)
        self.is_measured = False
        self.missed += 1
        self.is_hidden = is_hidden
        self.unseen_s += 0.0 if is_hidden else seconds

    def forget_position(self) -> None:
        """Give its position up."""
        self.state, self.covariance, self.footprint_m = np.full(4, np.nan), np.full((4, 4), np.nan), None

    def is_over(self, settings: TrackSettings) -> bool:
        """Return whether it ends: too long not seen, too seldom to be confirmed any more, or passed by the vehicle."""
        if not self.missed:
            return False
        is_old = self.unseen_s > settings.time_to_live_s
        if not self.is_confirmed:
            return is_old or self.missed > settings.confirm_window - settings.confirm_hits
        return (is_old and self.missed >= _LEAST_MISSES) or self._is_passed()

    def _is_passed(self) -> bool:
        """Return whether all of it is behind the base frame now; what a camera sees behind is not passed by that."""
        return self.footprint_m is not None and self.was_ahead and bool(self.footprint_m[:, 0].max() < 0)

    def as_hazard(self, stamp_ns: int, sigma_m: float) -> Hazard:
        """Return it as it is now; sigma_m: of its distance."""
        seen = self.hazard
        seen_state = HazardState.CONFIRMED if self.is_confirmed else HazardState.TENTATIVE
        is_known = self.footprint_m is not None
        # Not dataclasses.replace, which takes twice as long.
        return Hazard(
            self.id,
            seen.box_px,
            seen.polygon_px,
            seen.score,
            seen.area_px,
            seen.on_road,
            self.footprint_m,
            distance_m=distance_to(self.footprint_m) if is_known else None,
            distance_sigma_m=sigma_m if is_known else None,
            width_m=seen.width_m if is_known else None,
            width_sigma_m=seen.width_sigma_m if is_known else None,
            state=HazardState.COASTING if self.missed else seen_state,
            age_s=(stamp_ns - self.first_ns) / 1e9,
            hits=self.hits,
        )


def distance_to(footprint_m: np.ndarray) -> float:
    """Return the distance on the ground from the base frame's origin to a footprint (N, 3), metres; 0 inside it."""
    return max(0.0, -cv2.pointPolygonTest(footprint_m[:, :2].astype(np.float32), (0.0, 0.0), True))


def measured_estimates(hazards: Sequence[Hazard]) -> Estimates:
    """Return where hazards were measured: the middles of the extents of their footprints, however those are sampled.

    The width counts into how certain the place across the line of sight is.
    """
    count = len(hazards)
    positions, along, across = np.full((count, 2), np.nan), np.full(count, np.nan), np.full(count, np.nan)
    rows = [row for row, hazard in enumerate(hazards) if has_position(hazard)]
    if rows:
        located = [hazards[row] for row in rows]
        least, greatest = joined([hazard.footprint_m for hazard in located]).extents
        positions[rows] = (least + greatest) / 2
        along[rows] = [max(_LEAST_SIGMA_M, hazard.distance_sigma_m) for hazard in located]
        across[rows] = [
            math.hypot(_LEAST_SIGMA_M, _SWAY_SHARE * _finite(hazard.width_m), _finite(hazard.width_sigma_m))
            for hazard in located
        ]
    boxes = np.array([hazard.box_px for hazard in hazards], np.float64).reshape(-1, 4)
    return Estimates(boxes, positions, measurement_covariances(positions, along, across))


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else 0.0
