"""A stuck driver: the same picture again and again, with new stamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.monitoring.persistence import Persistence
from mgcda_core.monitoring.ranges import require

ROWS = 72
"""Rows that are compared, at most twice as many: the noise of a sensor shows somewhere in them."""


@dataclass(frozen=True)
class FrozenSettings:
    """How long a picture may stay the same to the last bit.

    after_s: seconds; 0: never call a picture frozen, which is right for a camera without noise (rendered, or from a
    video stream that repeats what does not move) on a vehicle that may stand still. frames: how many equal ones.
    """

    after_s: float = 1.0
    frames: int = 5

    def __post_init__(self) -> None:
        require("after_s", self.after_s, 0, 3600, "s")
        require("frames", self.frames, 2, 1e6)


class Frozen:
    """Compares each picture with the one before; for pictures of one size, in order of time."""

    def __init__(self, settings: FrozenSettings) -> None:
        self._settings = settings
        self._last: np.ndarray | None = None
        self._same = Persistence()

    def problem(self, image: np.ndarray, stamp: int) -> str | None:
        """Take in uint8 (H, W, 3) and return in a sentence that the picture is frozen, or None.

        stamp: nanoseconds, later than the one before: a picture that comes twice with one stamp says nothing.
        """
        settings = self._settings
        if settings.after_s == 0:
            return None
        step = max(1, len(image) // ROWS)
        sample = image[step // 2 :: step].copy()
        if self._last is None or not np.array_equal(sample, self._last):
            self._same.update(False, stamp)
        self._last = sample
        self._same.update(True, stamp)
        if self._same.frames < settings.frames or self._same.seconds < settings.after_s:
            return None
        return (
            f"the picture is frozen: {self._same.frames} equal ones in {self._same.seconds:.1f} s, "
            f"the limit is {settings.frames} in {settings.after_s:g} s"
        )
