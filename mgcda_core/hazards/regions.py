"""From a score map to hazard regions in the picture."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import cv2
import numpy as np

from mgcda_core.frame import Hazard, ScoreMap

MINIMUM_AREA_SHARE = 3e-5
"""Default for the smallest region, as a share of the picture: 62 pixels of 1920 x 1080, about one of the network's."""


def hazard_mask(score_map: ScoreMap, threshold: float) -> np.ndarray:
    """Return uint8 (H, W), 255 where the probability exceeds threshold and 0 elsewhere."""
    return cv2.compare(score_map.probability, threshold, cv2.CMP_GT)


def find_hazards(
    score_map: ScoreMap,
    *,
    threshold: float,
    minimum_area_share: float,
    drivable: Collection[int] = (),
) -> tuple[Hazard, ...]:
    """Return the connected regions (8-connectivity) above threshold, the most certain first.

    threshold: probability in (0, 1), exceeded strictly. minimum_area_share: regions below this share of the
    picture's pixels are left out; a share, so that it means the same to every camera. drivable: the class indices
    of score_map.semantics that a vehicle drives on; with none, without semantics, or where no ground shows around a
    region, on_road is None.
    Ids count from 1 within the frame: regions are not followed over time yet.
    """
    mask = hazard_mask(score_map, threshold)
    minimum_area = max(1.0, minimum_area_share * mask.size)
    semantics = score_map.semantics if drivable else None
    hazards: list[Hazard] = []
    # Outlines first, components only inside each one's box: labelling a whole 1080p picture takes 7 to 13 ms.
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for index, contour in enumerate(contours):
        x, y, width, height = cv2.boundingRect(contour)
        is_hole = hierarchy[0, index, 3] >= 0
        if is_hole or width * height < minimum_area:
            continue
        window = np.s_[y : y + height, x : x + width]
        _, labels = cv2.connectedComponents(mask[window], connectivity=8)
        column, row = contour[0, 0]
        region = labels == labels[row - y, column - x]
        area = int(np.count_nonzero(region))
        if area < minimum_area:
            continue
        hazards.append(
            Hazard(
                id=0,
                box_px=(x, y, x + width, y + height),
                polygon_px=cv2.approxPolyDP(contour, 1.0, closed=True).reshape(-1, 2).astype(np.float32),
                score=float(score_map.probability[window][region].mean()),
                area_px=area,
                on_road=None if semantics is None else _share_on_road(semantics, drivable, region, x, y),
            )
        )
    hazards.sort(key=lambda hazard: (-hazard.score, hazard.box_px))
    return tuple(replace(hazard, id=number) for number, hazard in enumerate(hazards, start=1))


def _share_on_road(
    semantics: np.ndarray, drivable: Collection[int], region: np.ndarray, x: int, y: int
) -> float | None:
    """Return the drivable share of what lies beside and below the lower half of a region at (x, y).

    The classes inside the region say nothing: the segmentation network has never seen what stands there.
    """
    height, width = region.shape
    margin = max(4, round(0.25 * max(width, height)))
    top, left = y + height // 2, max(0, x - margin)
    around = semantics[top : y + height + margin, left : x + width + margin]
    outside = np.ones(around.shape, bool)
    outside[: height - height // 2, x - left : x - left + width] = ~region[height // 2 :]
    # A hazard so near that it hides the ground around it is not off the road: nothing is known.
    return float(np.isin(around[outside], list(drivable)).mean()) if outside.any() else None
