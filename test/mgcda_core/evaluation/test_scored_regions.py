"""Regions from a score map, in their place and order."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.evaluation.scored_regions import MAXIMUM_REGIONS, regions_of
from mgcda_core.frame import ScoreMap
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards


def test_regions_are_where_the_scores_are_the_surest_first() -> None:
    scores = np.zeros((6, 9), np.float32)
    scores[1:3, 2:5] = 0.6
    scores[3, 5] = 0.9
    scores[5, 8] = 0.8
    scores[0, 8] = 0.5
    first, second = regions_of(scores, scores > 0.5)
    assert (first.x, first.y, first.mask.tolist()) == (8, 5, [[True]])
    assert (second.x, second.y) == (2, 1)
    assert second.mask.tolist() == [[True, True, True, False]] * 2 + [[False, False, False, True]]
    assert (first.score, second.score) == (pytest.approx(0.8), pytest.approx((6 * 0.6 + 0.9) / 7))
    assert [region.x for region in regions_of(scores, scores > 0.5, minimum_px=2)] == [2]
    assert regions_of(scores, scores > 0.9) == []


def test_they_are_the_hazards_of_a_vehicle_that_neither_grows_nor_merges_nor_splits_them(driven_frames: list) -> None:
    for scores, _ in driven_frames:
        settings = RegionSettings(
            0.3,
            grow_share=1.0,
            maximum_hole_share=0.0,
            minimum_area_share=20 / scores.size,
            far_area_ratio=1.0,
            merge_gap=0.0,
            split_depth=1.0,
        )
        hazards = find_hazards(ScoreMap(scores, None, 0, ""), settings)
        regions = regions_of(scores, scores > 0.3, minimum_px=20)
        assert [hazard.score for hazard in hazards] == pytest.approx([region.score for region in regions], abs=1e-5)
        assert [hazard.area_px for hazard in hazards] == [int(region.mask.sum()) for region in regions]
        assert [hazard.box_px[:2] for hazard in hazards] == [(region.x, region.y) for region in regions]


def test_only_the_surest_are_kept() -> None:
    scores = np.zeros((40, 40), np.float32)
    scores[::2, ::2] = np.linspace(0.5, 1, 400).reshape(20, 20)
    regions = regions_of(scores, scores > 0.1)
    assert len(regions) == MAXIMUM_REGIONS and regions[0].score == 1
    assert regions[-1].score == pytest.approx(1 - 99 * 0.5 / 399, abs=1e-6)
