"""Fragments of one object: drawn by hand, and against a slow search of all pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mgcda_core.hazards.fragment_merging import merge_fragments
from mgcda_core.hazards.region import Region
from mgcda_core.hazards.region_growing import grow_regions
from mgcda_core.hazards.region_settings import RegionSettings


def regions_in(picture: np.ndarray) -> list[Region]:
    """Return the connected regions of a picture, bool (H, W)."""
    return grow_regions(picture.astype(np.float32), RegionSettings(0.5, grow_share=1.0, maximum_hole_share=0.0), 1)


def merged(picture: np.ndarray, gap: float = 0.5, overlap: float = 0.5) -> list[Region]:
    return merge_fragments(regions_in(picture), RegionSettings(0.5, merge_gap=gap, merge_overlap=overlap))


def drawn(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return bool (40, 60), true in boxes (x_min, y_min, x_max, y_max)."""
    picture = np.zeros((40, 60), bool)
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = True
    return picture


def areas(found: Sequence[Region]) -> list[int]:
    return sorted(region.area_px for region in found)


def test_pieces_one_above_the_other_are_one_region_with_one_outline_and_their_summed_area() -> None:
    (region,) = merged(drawn((20, 10, 26, 16), (22, 18, 28, 24)))
    assert region.area_px == 72 and region.box == (20, 10, 28, 24)
    rows, columns = np.nonzero(region.mask)
    assert len(rows) == 72 + 2 * 4, "the outline encloses the gap where both are"
    assert {tuple(point) for point in region.outline.reshape(-1, 2)} >= {(20, 10), (27, 23)}


def test_pieces_side_by_side_stay_apart() -> None:
    assert areas(merged(drawn((20, 10, 26, 16), (27, 10, 33, 16)), gap=5.0)) == [36, 36]


def test_the_gap_is_relative_to_the_smaller_piece() -> None:
    # 6 x 6 and 4 x 4 pixels, 2 rows apart: half of 4.
    pieces = drawn((20, 10, 26, 16), (21, 18, 25, 22))
    assert areas(merged(pieces, gap=0.5)) == [52]
    assert areas(merged(pieces, gap=0.49)) == [16, 36]
    assert areas(merged(drawn((5, 2, 55, 20), (21, 22, 24, 25)), gap=0.5)) == [9, 900], "dust is no part of a truck"


def test_the_columns_shared_are_a_share_of_the_narrower_piece() -> None:
    for shift, expected in ((3, [72]), (4, [36, 36])):
        assert areas(merged(drawn((20, 10, 26, 16), (20 + shift, 17, 26 + shift, 23)))) == expected


def test_no_gap_merges_nothing() -> None:
    assert areas(merged(drawn((20, 10, 26, 16), (20, 17, 26, 23)), gap=0.0)) == [36, 36]


def test_boxes_that_overlap_say_nothing() -> None:
    picture = np.zeros((40, 60), bool)
    for index in range(30):
        picture[index : index + 2, index : index + 2] = True  # from corner to corner
    picture[2:5, 24:27] = True  # in its box, 18 rows above it
    assert len(merged(picture, gap=0.5)) == 2
    picture[2:5, 24:27] = False
    picture[19:22, 24:27] = True  # 2 rows above it
    assert len(merged(picture, gap=0.8)) == 1


def test_a_chain_of_pieces_is_one() -> None:
    assert areas(merged(drawn(*((20, top, 26, top + 5) for top in (0, 6, 12, 18))))) == [120]


def test_parts_that_were_told_apart_are_not_joined_again() -> None:
    left, right = regions_in(drawn((10, 10, 20, 20), (21, 10, 31, 20)))
    (above,) = regions_in(drawn((15, 6, 26, 8)))
    wanted = RegionSettings(0.5, merge_gap=1.0, merge_overlap=0.3)
    apart = [left._replace(component=1), right._replace(component=1), above._replace(component=2)]
    assert areas(merge_fragments(apart, wanted)) == [22, 100, 100]
    free = [left._replace(component=1), right._replace(component=3), above._replace(component=2)]
    assert areas(merge_fragments(free, wanted)) == [222]


def slow_groups(picture: np.ndarray, gap: float, overlap: float) -> list[int]:
    """Return the summed areas of what belongs together, pixel column by pixel column."""
    regions = regions_in(picture)
    groups = [{index} for index in range(len(regions))]
    columns = []
    for region in regions:
        rows, where = np.nonzero(region.mask)
        at: dict[int, list[int]] = {}
        for row, column in zip(rows + region.y, where + region.x, strict=True):
            at.setdefault(int(column), []).append(int(row))
        columns.append(at)
    for one in range(len(regions)):
        for other in range(one):
            shared = columns[one].keys() & columns[other].keys()
            narrower = min(len(columns[one]), len(columns[other]))
            allowed = gap * min(regions[one].area_px, regions[other].area_px) ** 0.5
            near = any(
                0 <= min(columns[below][column]) - max(columns[top][column]) - 1 <= allowed
                for column in shared
                for top, below in ((one, other), (other, one))
            )
            if near and len(shared) >= overlap * narrower:
                joined = next(group for group in groups if one in group) | next(g for g in groups if other in g)
                groups = [group for group in groups if not group & joined] + [joined]
    return sorted(sum(regions[index].area_px for index in group) for group in groups)


boxes = st.tuples(st.integers(0, 55), st.integers(0, 36), st.integers(1, 14), st.integers(1, 9)).map(
    lambda box: (box[0], box[1], min(60, box[0] + box[2]), min(40, box[1] + box[3]))
)


@settings(max_examples=150, deadline=None)
@given(st.lists(boxes, max_size=14), st.sampled_from([0.3, 0.5, 1.0]), st.sampled_from([0.2, 0.5, 1.0]))
def test_groups_are_those_of_a_slow_search_also_in_a_mirror(
    found: list[tuple[int, int, int, int]], gap: float, overlap: float
) -> None:
    picture = drawn(*found)
    result = merged(picture, gap, overlap)
    assert areas(result) == slow_groups(picture, gap, overlap)
    assert sum(region.area_px for region in result) == picture.sum()
    covered = np.zeros_like(picture)
    for region in result:
        covered[region.window] |= region.mask > 0
    assert covered[picture].all()
    mirrored = merged(np.ascontiguousarray(picture[:, ::-1]), gap, overlap)
    assert sorted((60 - right, top, 60 - left, bottom) for left, top, right, bottom in (r.box for r in mirrored)) == (
        sorted(region.box for region in result)
    )
