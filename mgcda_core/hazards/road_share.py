"""How much of the ground around a region is drivable, by the semantic map."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

from mgcda_core.hazards.region import Region


class RoadShare:
    """Answers for the regions of one picture.

    semantics: uint8 (H, W), class of every pixel. drivable: the classes that a vehicle drives on.
    """

    def __init__(self, semantics: np.ndarray, drivable: Collection[int]) -> None:
        self._semantics = semantics
        self._drivable = drivable

    def of(self, region: Region) -> float | None:
        """Return the drivable share of what lies beside and below the lower half of a region, in [0, 1].

        None where nothing of that is in the picture. The classes inside the region say nothing: the segmentation
        network has never seen what stands there.
        """
        height, width = region.mask.shape
        margin = max(4, round(0.25 * max(width, height)))
        x, y = region.x, region.y
        top, left = y + height // 2, max(0, x - margin)
        around = self._semantics[top : y + height + margin, left : x + width + margin]
        lower = region.mask[height // 2 :]
        outside_px = around.size - cv2.countNonZero(lower)
        # A hazard so near that it hides the ground around it is not off the road: nothing is known.
        if outside_px == 0:
            return None
        drivable_px = 0
        for kind in self._drivable:
            is_kind = (around == kind).view(np.uint8)
            inside = cv2.bitwise_and(is_kind[: len(lower), x - left : x - left + width], lower)
            drivable_px += cv2.countNonZero(is_kind) - cv2.countNonZero(inside)
        return drivable_px / outside_px
