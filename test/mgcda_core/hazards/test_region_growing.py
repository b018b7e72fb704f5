"""Growth from seeds and filled holes: drawn by hand, and against slow labelling with SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from mgcda_core.hazards.region import Region
from mgcda_core.hazards.region_growing import grow_regions
from mgcda_core.hazards.region_settings import RegionSettings

EIGHT = np.ones((3, 3))


def grown(rows: list[str], *, grow_share: float = 1.0, hole: float = 0.0, smallest_px: float = 1) -> list[Region]:
    """Return the regions above 0.5 of digits: 0 is probability 0.05, 9 is 0.95."""
    probability = (np.array([[int(digit) for digit in row] for row in rows]) / 10 + 0.05).astype(np.float32)
    return grow_regions(probability, RegionSettings(0.5, grow_share=grow_share, maximum_hole_share=hole), smallest_px)


def pixels(region: Region, shape: tuple[int, int]) -> np.ndarray:
    """Return bool (H, W), where a region is in the picture."""
    whole = np.zeros(shape, bool)
    whole[region.window] = region.mask > 0
    return whole


def test_a_seed_grows_to_what_is_connected_and_above_the_lower_threshold() -> None:
    rows = ["0333300300", "0393300300", "0330000300"]
    (region,) = grown(rows, grow_share=0.6)  # 0.30: a 3 is 0.35
    assert region.box == (1, 0, 5, 3) and region.area_px == 10
    (alone,) = grown(rows)
    assert alone.box == (2, 1, 3, 2) and alone.area_px == 1
    (less,) = grown(rows, grow_share=0.8)  # 0.40
    assert less.area_px == 1


def test_seeds_that_grow_together_are_one() -> None:
    rows = ["0000000", "0943490", "0000000"]
    assert [region.area_px for region in grown(rows)] == [1, 1]
    assert [region.area_px for region in grown(rows, grow_share=0.6)] == [5]


def test_nothing_grows_without_a_seed() -> None:
    assert grown(["4444", "4444"], grow_share=0.5) == []


RING = ["000000000", "099999990", "090000090", "090000090", "090000090", "099999990", "000000000"]
"""Its outline encloses 5 x 7 pixels, of which 15 are a hole."""


@pytest.mark.parametrize(("hole", "area"), [(0.0, 20), (14.9 / 35, 20), (15 / 35, 35), (1.0, 35)])
def test_holes_are_filled_up_to_their_largest_share(hole: float, area: int) -> None:
    (region,) = grown(RING, hole=hole)
    assert region.area_px == area == (region.mask > 0).sum()
    assert region.box == (1, 1, 8, 6)


def test_a_bay_and_a_hole_that_leaks_to_the_border_are_no_holes() -> None:
    assert [region.area_px for region in grown(["99999", "90009", "99099"], hole=1.0)] == [11]
    # Diagonal neighbours close a hole: regions are connected over corners, holes are not.
    assert [region.area_px for region in grown(["00900", "09090", "00900"], hole=1.0)] == [5]


ISLAND = ["99999999", "90000009", "90088009", "90088009", "90000009", "99999999"]


def test_what_lies_in_a_filled_hole_is_part_of_the_region() -> None:
    (region,) = grown(ISLAND, hole=0.5)
    assert region.area_px == 48


def test_what_lies_in_an_open_hole_is_a_region_of_its_own() -> None:
    regions = grown(ISLAND, hole=0.49)
    assert sorted((region.area_px, region.box) for region in regions) == [(4, (3, 2, 5, 4)), (24, (0, 0, 8, 6))]


def test_an_object_in_the_hole_of_a_faint_ring_does_not_vanish_with_it() -> None:
    faint = [row.replace("9", "4") for row in ISLAND]
    (region,) = grown(faint, grow_share=0.6, hole=0.6)
    assert region.area_px == 48
    (region,) = grown(faint, grow_share=0.6, hole=0.4)
    assert region.area_px == 4


def slow_regions(probability: np.ndarray, seed: float, low: float, hole_share: float) -> list[np.ndarray]:
    """Return the regions, bool (H, W) each, by labelling whole pictures."""
    labels, count = ndimage.label(probability > np.float32(low), structure=EIGHT)
    own, filled = [], []
    for label in range(1, count + 1):
        own.append(labels == label)
        outlined = ndimage.binary_fill_holes(own[-1])
        holes, hole_count = ndimage.label(outlined & ~own[-1])
        region = own[-1].copy()
        for hole in range(1, hole_count + 1):
            if (holes == hole).sum() <= hole_share * outlined.sum():
                region |= holes == hole
        filled.append(region)
    return [
        region
        for index, region in enumerate(filled)
        if not any((own[index] <= other).all() for number, other in enumerate(filled) if number != index)
        and probability[region].max() > np.float32(seed)
    ]


maps = st.one_of(
    arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.sampled_from([0, 0.3, 0.6, 0.9])),
    st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).random((24, 31)).astype(np.float32)),
)


@settings(max_examples=150, deadline=None)
@given(maps, st.sampled_from([1.0, 0.8, 0.4]), st.sampled_from([0.0, 0.1, 0.3, 1.0]))
def test_regions_are_those_of_slow_labelling(probability: np.ndarray, grow_share: float, hole_share: float) -> None:
    wanted = RegionSettings(0.5, grow_share=grow_share, maximum_hole_share=hole_share)
    regions = grow_regions(probability, wanted, 1)
    expected = slow_regions(probability, 0.5, wanted.grow_threshold, hole_share)
    found = {pixels(region, probability.shape).tobytes() for region in regions}
    assert len(regions) == len(found) == len(expected)
    assert found == {region.tobytes() for region in expected}
    for region in regions:
        assert region.area_px == (region.mask > 0).sum()
        assert region.mask.any(axis=0).all() and region.mask.any(axis=1).all(), "as small as can be"
        columns, rows = region.outline.reshape(-1, 2).T
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == region.box


@settings(max_examples=50, deadline=None)
@given(maps, st.integers(1, 12))
def test_the_smallest_are_left_out_and_nothing_else(probability: np.ndarray, smallest_px: int) -> None:
    wanted = RegionSettings(0.5, maximum_hole_share=0.2)
    everything = [
        (pixels(each, probability.shape) & (probability > 0.5)) for each in grow_regions(probability, wanted, 1)
    ]
    kept = [int((region.certain > 0).sum()) for region in grow_regions(probability, wanted, smallest_px)]
    assert sorted(kept) == sorted(int(seeds.sum()) for seeds in everything if seeds.sum() >= smallest_px)
