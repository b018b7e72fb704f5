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
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    minimum_area = max(1.0, minimum_area_share * mask.size)
    road = None
    if score_map.semantics is not None and drivable:
        road = np.isin(score_map.semantics, list(drivable))
    hazards: list[Hazard] = []
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in statistics[label])
        if area < minimum_area:
            continue
        window = np.s_[y : y + height, x : x + width]
        region = labels[window] == label
        hazards.append(
            Hazard(
                id=0,
                box_px=(x, y, x + width, y + height),
                polygon_px=_outline(region) + np.float32((x, y)),
                score=float(score_map.probability[window][region].mean()),
                area_px=area,
                on_road=None if road is None else _share_on_road(road, labels, label, (x, y, width, height)),
            )
        )
    hazards.sort(key=lambda hazard: hazard.score, reverse=True)
    return tuple(replace(hazard, id=number) for number, hazard in enumerate(hazards, start=1))


def _outline(region: np.ndarray) -> np.ndarray:
    contours, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=len)
    return cv2.approxPolyDP(largest, 1.0, closed=True).reshape(-1, 2).astype(np.float32)


def _share_on_road(road: np.ndarray, labels: np.ndarray, label: int, box: tuple[int, int, int, int]) -> float | None:
    """Return the drivable share of what lies beside and below the region's lower half.

    The classes inside the region say nothing: the segmentation network has never seen what stands there.
    """
    x, y, width, height = box
    margin = max(4, round(0.25 * max(width, height)))
    around = np.s_[y + height // 2 : y + height + margin, max(0, x - margin) : x + width + margin]
    outside = labels[around] != label
    # A hazard so near that it hides the ground around it is not off the road: nothing is known.
    return float(road[around][outside].mean()) if outside.any() else None
