"""From a score map to hazard regions in the picture."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

from mgcda_core.frame import Hazard, ScoreMap
from mgcda_core.hazards.fragment_merging import merge_fragments
from mgcda_core.hazards.region import Region
from mgcda_core.hazards.region_growing import grow_regions
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.region_splitting import split_region
from mgcda_core.hazards.road_share import RoadShare

_ROUNDING = 1e-3
"""How far enlarging a map may carry a probability beyond [0, 1], and far more than it does."""


def find_hazards(score_map: ScoreMap, settings: RegionSettings, drivable: Collection[int] = ()) -> tuple[Hazard, ...]:
    """Return the regions that settings ask for, the highest score first; ids count from 1 within the frame.

    drivable: the class indices of score_map.semantics that a vehicle drives on; with none, without semantics, or where
    no ground shows around a region, on_road is None.

    Hazard.score is the mean probability of the region's pixels above settings.threshold, times the weight of on_road:
    what a region grew over or encloses does not make it less certain. area_px counts filled holes, but not the gaps
    between merged fragments, which the outline encloses.
    Raises ValueError where a probability is NaN or below 0: no answer must never look like a clear road.
    """
    probability = score_map.probability
    lowest = probability.min()  # NaN in one pixel makes it NaN
    if not lowest >= -_ROUNDING:
        raise ValueError(f"probability: {lowest} is not allowed; it must be from 0 to 1 in every pixel")
    height, width = probability.shape
    roads = RoadShare(score_map.semantics, drivable) if drivable and score_map.semantics is not None else None
    found = []
    for region in merge_fragments(_pieces(probability, settings), settings):
        if cv2.countNonZero(region.certain) >= settings.minimum_area_px(region.box[3] - 1, height, width):
            on_road = None if roads is None else roads.of(region)
            score = cv2.mean(probability[region.window], region.certain)[0] * settings.road_weight(on_road)
            if score >= settings.minimum_score:
                found.append((score, region, on_road))
    found.sort(key=lambda each: (-each[0], each[1].box))
    return tuple(
        Hazard(number, region.box, _polygon(region), score, region.area_px, on_road)
        for number, (score, region, on_road) in enumerate(found, start=1)
    )


def _pieces(probability: np.ndarray, settings: RegionSettings) -> list[Region]:
    """Return the connected regions, those of several objects split."""
    height, width = probability.shape
    # Nothing smaller than the least minimum counts, not even as a fragment: noise is mostly that.
    regions = grow_regions(probability, settings, settings.minimum_area_px(0, height, width))
    if settings.split_depth == 1:
        return regions
    # A part must not be so small that splitting would make it vanish.
    smallest_part_px = settings.minimum_area_px(height - 1, height, width)
    pieces: list[Region] = []
    for region in regions:
        if region.area_px < settings.split_area_share * probability.size:
            pieces.append(region)
        else:
            pieces += split_region(region, probability[region.window], settings, smallest_part_px)
    return pieces


def _polygon(region: Region) -> np.ndarray:
    """Return the polygon around a region, float32 (N, 2), at most 1 pixel off."""
    return cv2.approxPolyDP(region.outline, 1.0, closed=True).reshape(-1, 2).astype(np.float32)
