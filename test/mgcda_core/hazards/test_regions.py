"""Regions of score maps drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mgcda_core.frame import Hazard, ScoreMap
from mgcda_core.hazards.regions import find_hazards, hazard_mask


def score_map(rows: list[str], semantics: np.ndarray | None = None) -> ScoreMap:
    """Return a score map of digits: 0 is probability 0.05, 9 is 0.95."""
    digits = np.array([[int(digit) for digit in row] for row in rows])
    return ScoreMap((digits / 10 + 0.05).astype(np.float32), semantics, 0, "camera")


def hazards_of(rows: list[str], *, threshold: float = 0.5, share: float = 0.0, **other: object) -> tuple[Hazard, ...]:
    return find_hazards(score_map(rows), threshold=threshold, minimum_area_share=share, **other)


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
    mask = hazard_mask(ScoreMap(values, None, 0, ""), threshold)
    assert mask.dtype == np.uint8
    assert mask.tolist() == [[0, 0, 255]]


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
    found = find_hazards(ScoreMap(probability, None, 0, ""), threshold=0.6, minimum_area_share=0.0)
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
    (hazard,) = find_hazards(semantics_map, threshold=0.5, minimum_area_share=0.0, drivable=drivable)
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
        (hazard,) = find_hazards(semantics, threshold=0.5, minimum_area_share=0.0, drivable=(ROAD,))
        assert hazard.on_road is None, "nothing of the ground is to be seen"


def test_nothing_is_known_of_distance_or_motion() -> None:
    (hazard,) = hazards_of(["090"])
    assert (hazard.footprint_m, hazard.distance_m, hazard.distance_sigma_m) == (None, None, None)
    assert (hazard.age_s, hazard.hits) == (0.0, 1)
