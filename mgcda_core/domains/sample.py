"""What every domain takes and gives: a street picture with its labels, and which of its pixels are anomalies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NORMAL = 0
ANOMALY = 1
IGNORE = 255
NOT_SWAPPED = 255


@dataclass
class Sample:
    """image: uint8 (H, W, 3) RGB. allowed: int32 (H, W), mask of allowed classes, 0 where void (datasets/classes.py).

    anomaly: uint8 (H, W), 0 normal, 1 anomaly, 255 not judged. swapped: uint8 (H, W), number of the class that a pixel
    is told to be instead of its own, 255 where it is told nothing; None: nothing is swapped. void: bool (H, W), void
    pixels that show the scene and not the vehicle or the sensor; None: all void pixels do.
    """

    image: np.ndarray
    allowed: np.ndarray
    anomaly: np.ndarray
    swapped: np.ndarray | None = None
    void: np.ndarray | None = None

    def copy(self) -> Sample:
        """Return a sample that shares no memory with this one."""
        return self.relabelled(self.image.copy(), lambda labels, beyond: labels.copy())

    def relabelled(self, image: np.ndarray, change: Callable[[np.ndarray, int], np.ndarray]) -> Sample:
        """Return a sample with another image, and every label array as change(array, beyond) returns it.

        change gets uint8 or int32 (H, W) and the value that stands for what lies beyond the picture: void, not
        judged, not swapped.
        """
        allowed, anomaly = change(self.allowed, 0), change(self.anomaly, IGNORE)
        swapped = None if self.swapped is None else change(self.swapped, NOT_SWAPPED)
        void = None if self.void is None else change(self.void.view(np.uint8), 0).astype(bool)
        return Sample(image, allowed, anomaly, swapped, void)

    def scene_void(self) -> np.ndarray:
        """Return bool (H, W): void that shows the scene."""
        return self.allowed == 0 if self.void is None else self.void


def street_sample(image: np.ndarray, allowed: np.ndarray, void: np.ndarray | None = None) -> Sample:
    """Return a street picture as it comes from its data set: no anomaly yet, and void is not judged.

    Arrays as in Sample.
    """
    return Sample(image, allowed, np.where(allowed == 0, IGNORE, NORMAL).astype(np.uint8), void=void)
