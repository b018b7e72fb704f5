"""Semantics that make no sense: no road anywhere before the vehicle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from mgcda_core.monitoring.persistence import Persistence
from mgcda_core.monitoring.ranges import require

SAMPLES = (36, 64)
"""Rows and columns of the lower half that are looked at, at most twice as many."""


@dataclass(frozen=True)
class RoadSettings:
    """How much road there must be, and how long it may be missing: a lorry just ahead hides it for a while.

    minimum_share: of the picture's lower half, in [0, 1]. after_s: seconds. frames: in a row.
    """

    minimum_share: float = 0.01
    after_s: float = 1.0
    frames: int = 5

    def __post_init__(self) -> None:
        require("minimum_share", self.minimum_share, 0, 1)
        require("after_s", self.after_s, 0, 3600, "s")
        require("frames", self.frames, 1, 1e6)


def drivable_share(semantics: np.ndarray, drivable: Collection[int]) -> float:
    """Return the drivable share of the lower half of semantics (H, W), class indices; 0 where it has no pixels."""
    whole = np.atleast_2d(semantics)
    lower = whole[len(whole) // 2 :]
    rows, columns = (max(1, side // samples) for side, samples in zip(lower.shape, SAMPLES, strict=False))
    sample = lower[::rows, ::columns]
    return float(np.isin(sample, list(drivable)).mean()) if sample.size else 0.0


class Road:
    """Counts the frames in a row without a road, in order of time."""

    def __init__(self, settings: RoadSettings) -> None:
        self._settings = settings
        self._missing = Persistence()

    def problem(self, semantics: np.ndarray, drivable: Collection[int], stamp: int) -> str | None:
        """Take in one frame's classes (H, W) and return in a sentence that there is no road, or None.

        drivable: the indices of classes that a vehicle drives on. stamp: nanoseconds.
        """
        settings, missing = self._settings, self._missing
        share = drivable_share(semantics, drivable)
        missing.update(share < settings.minimum_share, stamp)
        if missing.frames < settings.frames or missing.seconds < settings.after_s:
            return None
        return (
            f"no road is seen: for {missing.seconds:.1f} s, now in {share:.1%} of the picture's lower half, "
            f"{settings.minimum_share:.1%} or more is needed"
        )
