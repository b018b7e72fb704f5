"""Settings of regions: what is refused, and what follows from them."""

from __future__ import annotations

import math

import pytest

from mgcda_core.hazards.region_settings import RegionSettings

REFUSED = {
    "threshold": (0.0, 1.0, -0.1, math.nan),
    "grow_share": (0.0, 1.01, math.nan),
    "maximum_hole_share": (-0.01, 1.01, math.nan),
    "minimum_area_share": (-1e-6, 1.0, math.nan),
    "far_area_ratio": (0.0, 1.01, math.nan),
    "horizon_share": (-0.01, 1.0, math.nan),
    "merge_gap": (-0.1, math.inf, math.nan),
    "merge_overlap": (0.0, 1.01, math.nan),
    "split_depth": (0.0, 1.01, math.nan),
    "split_area_share": (-0.01, 1.01, math.nan),
    "split_part_share": (-0.01, 1.01, math.nan),
    "off_road_weight": (-0.01, 1.01, math.nan),
    "minimum_score": (-0.01, 1.0, math.nan),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_a_wrong_value_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: {value} is not allowed; it must be "):
        RegionSettings(**{"threshold": 0.5, name: value})


def test_the_smallest_area_grows_with_the_square_of_the_rows_below_the_horizon() -> None:
    settings = RegionSettings(0.5, minimum_area_share=1e-3, far_area_ratio=0.2, horizon_share=0.4)
    near = 1e-3 * 1001 * 1600
    horizon = 0.4 * 1001
    assert settings.minimum_area_px(1000, 1001, 1600) == pytest.approx(near)
    for row in (0, 200, 400):
        assert settings.minimum_area_px(row, 1001, 1600) == pytest.approx(0.2 * near)
    half_way = (horizon + 1000) / 2
    assert settings.minimum_area_px(half_way, 1001, 1600) == pytest.approx((0.2 + 0.8 / 4) * near)
    areas = [settings.minimum_area_px(row, 1001, 1600) for row in range(1001)]
    assert areas == sorted(areas)


def test_a_region_has_a_pixel_at_least_in_any_picture() -> None:
    for height in (1, 2, 3):
        for row in range(height):
            assert RegionSettings(0.5, horizon_share=0.99).minimum_area_px(row, height, 1) == 1


def test_the_weight_of_the_road_rises_from_off_road_weight_to_one() -> None:
    settings = RegionSettings(0.5, off_road_weight=0.4)
    weights = [settings.road_weight(share) for share in (0.0, 0.5, 1.0, None)]
    assert weights == pytest.approx([0.4, 0.7, 1.0, 1.0])
