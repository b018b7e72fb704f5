"""Regions of score maps drawn by hand."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from scipy import ndimage

from mgcda_core.frame import Hazard, ScoreMap
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards

PLAIN = {
    "grow_share": 1.0,
    "maximum_hole_share": 0.0,
    "far_area_ratio": 1.0,
    "merge_gap": 0.0,
    "split_depth": 1.0,
    "off_road_weight": 1.0,
}
"""Connected regions above the threshold and nothing more."""


def score_map(rows: list[str], semantics: np.ndarray | None = None) -> ScoreMap:
    """Return a score map of digits: 0 is probability 0.05, 9 is 0.95."""
    digits = np.array([[int(digit) for digit in row] for row in rows])
    return ScoreMap((digits / 10 + 0.05).astype(np.float32), semantics, 0, "camera")


def plain(threshold: float = 0.5, **settings: float) -> RegionSettings:
    return RegionSettings(threshold, **{**PLAIN, "minimum_area_share": 0.0, **settings})


def hazards_of(rows: list[str], *, threshold: float = 0.5, share: float = 0.0, **settings: float) -> tuple[Hazard, ...]:
    return find_hazards(score_map(rows), plain(threshold, minimum_area_share=share, **settings))


def test_nothing_above_the_threshold_is_no_hazard() -> None:
    assert hazards_of(["0000", "0440"]) == ()


def test_pixels_that_touch_at_a_corner_are_one_region() -> None:
    assert len(hazards_of(["9000", "0900", "0090"])) == 1
    assert len(hazards_of(["9000", "0000", "0090"])) == 2


def test_boxes_exclude_their_maxima_and_reach_the_border() -> None:
    (hazard,) = hazards_of(["00000", "00099", "00099", "00099"])
    assert hazard.box_px == (3, 1, 5, 4)
    assert hazard.area_px == 6


def test_a_region_counts_its_own_pixels_not_its_box_or_its_neighbour_in_the_box() -> None:
    found = hazards_of(["888880", "800080", "809080", "800080", "888880"])
    assert [(hazard.area_px, hazard.box_px) for hazard in found] == [(1, (2, 2, 3, 3)), (16, (0, 0, 5, 5))]
    assert [hazard.score for hazard in found] == pytest.approx([0.95, 0.85])


def test_the_most_certain_comes_first_and_ids_count_from_one() -> None:
    found = hazards_of(["600800900", "600800700"])
    assert [hazard.id for hazard in found] == [1, 2, 3]
    assert [hazard.box_px[0] for hazard in found] == [3, 6, 0]
    assert [hazard.score for hazard in found] == pytest.approx([0.85, 0.85, 0.65])


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.3, 0.5, 0.7, 0.95])
def test_a_probability_equal_to_the_threshold_does_not_exceed_it(threshold: float) -> None:
    exact = np.float32(threshold)
    values = np.array([[np.nextafter(exact, np.float32(0)), exact, np.nextafter(exact, np.float32(1))]], np.float32)
    (hazard,) = find_hazards(ScoreMap(values, None, 0, ""), plain(threshold))
    assert hazard.box_px == (2, 0, 3, 1)


@pytest.mark.parametrize(("share", "count"), [(0.0, 3), (2 / 40, 2), (3 / 40, 1), (4 / 40, 1), (4.1 / 40, 0)])
def test_regions_below_the_minimum_share_are_left_out(share: float, count: int) -> None:
    rows = ["9000000000", "0009900000", "0000000990", "0000000990"]
    assert len(hazards_of(rows, share=share)) == count


def test_regions_agree_with_another_labelling_on_noise() -> None:
    rng = np.random.default_rng(4)
    smooth = ndimage.gaussian_filter(rng.normal(size=(65, 97)), 2)
    probability = ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)
    labels, count = ndimage.label(probability > np.float32(0.6), structure=np.ones((3, 3)))
    expected = {
        (columns.start, rows.start, columns.stop, rows.stop): (
            int((labels == number).sum()),
            float(probability[labels == number].mean()),
        )
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1)
    }
    found = find_hazards(ScoreMap(probability, None, 0, ""), plain(0.6))
    assert count > 5 and len(found) == count
    assert {hazard.box_px: hazard.area_px for hazard in found} == {box: area for box, (area, _) in expected.items()}
    for hazard in found:
        assert hazard.score == pytest.approx(expected[hazard.box_px][1], abs=1e-5)
        x_min, y_min, x_max, y_max = hazard.box_px
        xs, ys = hazard.polygon_px.T
        assert hazard.polygon_px.dtype == np.float32
        assert x_min <= xs.min() and xs.max() <= x_max - 1 and y_min <= ys.min() and ys.max() <= y_max - 1
    assert [hazard.score for hazard in found] == sorted((hazard.score for hazard in found), reverse=True)


def test_the_outline_of_a_rectangle_is_its_corners() -> None:
    (hazard,) = hazards_of(["000000", "009990", "009990", "009990", "000000"])
    assert {tuple(point) for point in hazard.polygon_px.tolist()} == {(2, 1), (4, 1), (4, 3), (2, 3)}


@pytest.mark.parametrize("rows", [["000", "090", "000"], ["000", "999", "000"]], ids=["pixel", "line"])
def test_the_smallest_regions_have_an_outline(rows: list[str]) -> None:
    (hazard,) = hazards_of(rows)
    assert hazard.polygon_px.ndim == 2 and hazard.polygon_px.shape[1] == 2 and len(hazard.polygon_px) >= 1


ROAD, GRASS = 3, 5


def on_road(semantics: np.ndarray, drivable: tuple[int, ...] = (ROAD,)) -> float | None:
    """Return on_road of a 4 x 6 region whose top left corner is (x, y) = (18, 10), in a picture of 30 x 40 pixels."""
    probability = np.zeros((30, 40), np.float32)
    probability[10:16, 18:22] = 0.9
    semantics_map = ScoreMap(probability, semantics, 0, "")
    (hazard,) = find_hazards(semantics_map, plain(), drivable)
    return hazard.on_road


def ground(value: int) -> np.ndarray:
    return np.full((30, 40), value, np.uint8)


def test_a_region_all_on_road_and_one_on_none() -> None:
    assert on_road(ground(ROAD)) == 1.0
    assert on_road(ground(GRASS)) == 0.0
    assert on_road(ground(GRASS), drivable=(ROAD, GRASS)) == 1.0


def test_what_the_region_itself_is_taken_for_does_not_count() -> None:
    semantics = ground(ROAD)
    semantics[10:16, 18:22] = GRASS
    assert on_road(semantics) == 1.0
    semantics = ground(GRASS)
    semantics[10:16, 18:22] = ROAD
    assert on_road(semantics) == 0.0


def test_what_lies_above_and_far_away_does_not_count() -> None:
    semantics = ground(ROAD)
    semantics[:13] = GRASS  # the upper half of the region and all above
    semantics[:, :14] = semantics[:, 26:] = GRASS
    semantics[20:] = GRASS
    assert on_road(semantics) == 1.0


def test_a_region_at_the_kerb_is_partly_on_road() -> None:
    semantics = ground(GRASS)
    semantics[:, :20] = ROAD  # the region's own middle
    assert on_road(semantics) == pytest.approx(0.5)


def test_without_semantics_or_drivable_classes_nothing_is_said_of_the_road() -> None:
    assert on_road(None) is None
    assert on_road(ground(ROAD), drivable=()) is None


def test_a_region_that_hides_all_ground_around_it_is_not_called_off_the_road() -> None:
    for rows in (np.s_[20:30], np.s_[:]):
        probability = np.zeros((30, 40), np.float32)
        probability[rows] = 0.9
        semantics = ScoreMap(probability, ground(ROAD), 0, "")
        (hazard,) = find_hazards(semantics, plain(), (ROAD,))
        assert hazard.on_road is None, "nothing of the ground is to be seen"


def test_nothing_is_known_of_distance_or_motion() -> None:
    (hazard,) = hazards_of(["090"])
    assert (hazard.footprint_m, hazard.distance_m, hazard.distance_sigma_m) == (None, None, None)
    assert (hazard.age_s, hazard.hits) == (0.0, 1)


@pytest.mark.parametrize("bad", [np.nan, -np.inf, -3.0])
def test_a_pixel_that_is_no_probability_is_no_clear_road(bad: float) -> None:
    probability = np.zeros((30, 40), np.float32)
    probability[7, 9] = bad
    with pytest.raises(ValueError, match=r"^probability: .* is not allowed; it must be from 0 to 1"):
        find_hazards(ScoreMap(probability, None, 0, ""), RegionSettings(0.5))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 200), (90, 160)])
def test_a_picture_all_above_is_one_hazard_as_large_as_the_picture(shape: tuple[int, int]) -> None:
    probability = np.ones(shape, np.float32)
    semantics = np.full(shape, ROAD, np.uint8)
    (hazard,) = find_hazards(ScoreMap(probability, semantics, 0, ""), RegionSettings(0.5), (ROAD,))
    assert hazard.box_px == (0, 0, shape[1], shape[0]) and hazard.area_px == probability.size
    assert (hazard.score, hazard.on_road) == (1.0, None)
    assert find_hazards(ScoreMap(probability * 0, semantics, 0, ""), RegionSettings(0.5), (ROAD,)) == ()


@pytest.mark.parametrize("corner", [(0, 0), (0, 36), (26, 0), (26, 36)])
def test_a_region_in_a_corner_of_the_picture_is_found(corner: tuple[int, int]) -> None:
    row, column = corner
    probability = np.zeros((30, 40), np.float32)
    probability[row : row + 4, column : column + 4] = 0.9
    semantics = np.full((30, 40), ROAD, np.uint8)
    (hazard,) = find_hazards(ScoreMap(probability, semantics, 0, ""), RegionSettings(0.5), (ROAD,))
    assert hazard.box_px == (column, row, column + 4, row + 4) and hazard.on_road == 1.0


def test_neither_growth_nor_a_filled_hole_makes_a_region_less_certain() -> None:
    rows = ["0000000", "0444440", "0489940", "0480940", "0488840", "0444440"]
    (hazard,) = hazards_of(rows, grow_share=0.8, maximum_hole_share=0.5)
    assert hazard.area_px == 25
    assert hazard.score == pytest.approx((3 * 0.95 + 5 * 0.85) / 8)


def test_growth_makes_no_hazard_of_a_speck() -> None:
    rows = ["0000000", "0444440", "0489440", "0444440"]
    for least, count in ((2, 1), (3, 0)):
        found = hazards_of(rows, grow_share=0.8, share=least / 28)
        assert [hazard.area_px for hazard in found] == [15] * count


def test_the_smallest_region_depends_on_its_lowest_row() -> None:
    """The minimum is 8 pixels at the bottom, 2 at the horizon (row 20 of 50), and (2 + 6 / 4) half way down."""
    for row, smallest in ((5, 2), (19, 2), (35, 4), (49, 8)):
        for area in range(1, 10):
            probability = np.zeros((50, 40), np.float32)
            probability[row, 5 : 5 + area] = 0.9
            settings = plain(minimum_area_share=8 / 2000, far_area_ratio=0.25, horizon_share=0.4)
            assert len(find_hazards(ScoreMap(probability, None, 0, ""), settings)) == (area >= smallest)
    probability = np.zeros((50, 40), np.float32)
    probability[:, 5] = 0.9
    probability[45:, 6] = 0.9
    assert len(find_hazards(ScoreMap(probability, None, 0, ""), settings)) == 1, "it ends at the bottom, and is large"


def test_fragments_that_are_too_small_alone_are_found_together() -> None:
    probability = np.zeros((50, 40), np.float32)
    probability[40:43, 10:13] = probability[44:47, 10:13] = 0.9
    score_map = ScoreMap(probability, None, 0, "")
    settings = {"minimum_area_share": 18 / 2000, "far_area_ratio": 0.5}
    assert find_hazards(score_map, plain(**settings)) == ()
    (hazard,) = find_hazards(score_map, plain(merge_gap=0.5, **settings))
    assert (hazard.area_px, hazard.box_px, hazard.score) == (18, (10, 40, 13, 47), pytest.approx(0.9))
    filled = cv2.fillPoly(np.zeros((50, 40), np.uint8), [hazard.polygon_px.astype(np.int32)], 1)
    assert filled[probability > 0].all() and filled.sum() == 21
    assert find_hazards(score_map, plain(merge_gap=0.5, minimum_area_share=50 / 2000, far_area_ratio=0.5)) == ()


def test_what_is_off_the_road_weighs_less_and_is_left_out_only_on_request() -> None:
    probability = np.zeros((60, 90), np.float32)
    probability[30:36, 10:16], probability[30:36, 40:46], probability[30:36, 70:76] = 0.8, 0.9, 0.95
    semantics = np.full((60, 90), GRASS, np.uint8)
    semantics[:, :30] = ROAD
    semantics[:, 30:43] = ROAD  # up to the middle of the second
    score_map = ScoreMap(probability, semantics, 0, "")
    half = RegionSettings(0.5, off_road_weight=0.5)
    found = find_hazards(score_map, half, (ROAD,))
    assert [hazard.id for hazard in found] == [1, 2, 3]
    assert [hazard.on_road for hazard in found] == pytest.approx([1, 0.5, 0])
    assert [hazard.score for hazard in found] == pytest.approx([0.8, 0.9 * 0.75, 0.95 * 0.5])
    strict = RegionSettings(0.5, off_road_weight=0.5, minimum_score=0.6)
    assert [hazard.score for hazard in find_hazards(score_map, strict, (ROAD,))] == pytest.approx([0.8, 0.9 * 0.75])
    unknown = [hazard.score for hazard in find_hazards(score_map, strict)]
    assert unknown == pytest.approx([0.95, 0.9, 0.8]), "where nothing is known of the road nothing is weighed"
    plain_scores = [hazard.score for hazard in find_hazards(score_map, plain(), (ROAD,))]
    assert plain_scores == pytest.approx([0.95, 0.9, 0.8])


def test_a_region_as_large_as_the_split_share_is_split_and_its_parts_stay_apart() -> None:
    probability = np.zeros((120, 60), np.float32)
    probability[20:100, 20:50] = 0.9
    probability[55:65, 20:50] = 0.4  # one object above the other
    score_map = ScoreMap(probability, None, 0, "")
    share = 2400 / probability.size
    for split_area_share, areas in ((share, [1200, 1200]), (share * 1.001, [2400])):
        settings = plain(0.3, split_depth=0.3, split_area_share=split_area_share, merge_gap=1.0)
        found = find_hazards(score_map, settings)
        assert [hazard.area_px for hazard in found] == pytest.approx(areas, abs=60)
        assert sum(hazard.area_px for hazard in found) == 2400


def scene() -> ScoreMap:
    """Return 1920 x 1080 pixels with 20 regions of 0.5 to 25 thousand pixels, as smooth as a network's map enlarged."""
    rows, columns = np.mgrid[:144, :256]
    hills = np.zeros((144, 256), np.float32)
    for number in range(20):
        row, column, size = 18 + 36 * (number // 5), 25 + 51 * (number % 5), (2, 3, 5, 8, 13)[number % 5]
        distance = ((rows - row) / (0.8 * size)) ** 2 + ((columns - column) / size) ** 2
        hills = np.maximum(hills, 0.95 * np.exp(-(distance**2)).astype(np.float32))
    noise = np.random.default_rng(0).normal(0, 0.03, hills.shape).astype(np.float32)
    probability = cv2.resize(np.clip(hills + noise, 0, 1), (1920, 1080))
    return ScoreMap(probability, np.random.default_rng(1).integers(0, 11, (1080, 1920), np.uint8), 0, "camera")


def test_a_large_picture_takes_little_time() -> None:
    """3 ms, measured; labelling the whole picture once takes 7 ms or more, and for every region twenty times that."""
    score_map, durations = scene(), []
    for _ in range(5):
        started = time.thread_time()
        found = find_hazards(score_map, RegionSettings(0.45), (ROAD,))
        durations.append(time.thread_time() - started)
    assert len(found) == 20
    assert min(durations) < 0.03
