"""Which of a picture's void pixels are objects: most void is known things that nobody labelled.

In CamVid void is 5 % of the pixels: the car's own bonnet, branches against the sky, seams between classes, strips of
far street, and now and then what a road anomaly looks like: bins, trolleys, tables, parked bicycles, scaffolding.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.classes import class_mask

GROUND = class_mask(["road", "pavement"])


@dataclass(frozen=True)
class VoidObjects:
    """What a connected void region must be to count as an object; None (False) switches a condition off.

    minimum_area_share, maximum_area_share: of the picture's area. minimum_thickness_share: diameter of the largest
    disc inside, of the picture's height; seams are thinner. minimum_solidity: area over the convex hull's; branches
    and strips of far street have less. minimum_ground_share: of its lowest pixels in each column that have road or
    pavement right below (within a hundredth of the height). leave_out_cut_below: no region that the picture's lower
    border cuts, which is the vehicle's own bonnet.
    """

    minimum_area_share: float | None = 0.0012
    maximum_area_share: float | None = 0.05
    minimum_thickness_share: float | None = 0.025
    minimum_solidity: float | None = 0.6
    minimum_ground_share: float | None = 0.4
    leave_out_cut_below: bool = True

    def __call__(self, void: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Return bool (H, W): the void pixels, bool (H, W), that belong to objects. allowed: int32 (H, W)."""
        found = np.zeros(void.shape, bool)
        count, regions, stats, _ = cv2.connectedComponentsWithStats(void.astype(np.uint8), connectivity=8)
        least = 0 if self.minimum_area_share is None else self.minimum_area_share * void.size
        most = np.inf if self.maximum_area_share is None else self.maximum_area_share * void.size
        ground = (allowed != 0) & ((allowed & ~np.int32(GROUND)) == 0)
        for index in range(1, count):
            x, y, width, height, area = stats[index].tolist()
            if not least <= area <= most or (self.leave_out_cut_below and y + height >= void.shape[0]):
                continue
            window = np.s_[y : y + height, x : x + width]
            mask = np.ascontiguousarray(regions[window] == index)
            if self._thick(mask, void.shape[0]) and self._solid(mask) and self._grounded(mask, x, y, ground):
                found[window] |= mask
        return found

    def _thick(self, mask: np.ndarray, picture_height: int) -> bool:
        if self.minimum_thickness_share is None:
            return True
        padded = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        diameter = 2 * float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())
        return diameter >= self.minimum_thickness_share * picture_height

    def _solid(self, mask: np.ndarray) -> bool:
        if self.minimum_solidity is None:
            return True
        points = cv2.findNonZero(mask.view(np.uint8))
        # The hull runs through pixel centres: half a pixel is missing all around.
        hull = cv2.convexHull(points)
        return mask.sum() >= self.minimum_solidity * (cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1)

    def _grounded(self, mask: np.ndarray, x: int, y: int, ground: np.ndarray) -> bool:
        if self.minimum_ground_share is None:
            return True
        columns = np.flatnonzero(mask.any(axis=0))
        lowest = mask.shape[0] - 1 - mask[::-1, columns].argmax(axis=0)
        reach = max(2, ground.shape[0] // 100)
        below = np.minimum(y + lowest[None] + np.arange(1, reach + 1)[:, None], ground.shape[0] - 1)
        return bool(ground[below, x + columns[None]].any(axis=0).mean() >= self.minimum_ground_share)
