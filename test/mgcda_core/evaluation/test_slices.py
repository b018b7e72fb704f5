"""Recall by size and by region: hand-made frames, and a slow reference on random ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from mgcda_core.evaluation.slices import REGIONS, Recall, SlicedRecall, region_index

EIGHT = np.ones((3, 3))


def frame(*boxes: tuple[int, int, int, int], height: int = 100, width: int = 80) -> np.ndarray:
    """Return labels with a rectangle of anomaly for each (top, bottom, left, right), ends exclusive."""
    labels = np.zeros((height, width), np.uint8)
    for top, bottom, left, right in boxes:
        labels[top:bottom, left:right] = 1
    return labels


def test_obstacles_fall_into_slices_by_their_pixels() -> None:
    table = SlicedRecall(size_edges_px=(10, 100))
    labels = frame((50, 53, 0, 3), (50, 52, 10, 15), (50, 60, 20, 30), (70, 80, 40, 51))
    table.add(labels == 1, labels)
    assert table.by_size() == {
        "below 10 px": Recall(1, 1, 9, 9),
        "10 to 99 px": Recall(1, 1, 10, 10),
        "from 100 px": Recall(2, 2, 210, 210),
    }


def test_an_obstacle_is_found_from_a_share_of_its_pixels_on() -> None:
    labels = frame((50, 60, 0, 10), (50, 60, 20, 30))
    predicted = np.zeros(labels.shape, bool)
    predicted[50:55, 0:10] = True  # 50 of 100
    predicted[50:55, 20:29] = True  # 45 of 100
    predicted[0:10] = True  # where nothing is
    for share, found in ((0.45, 2), (0.5, 1), (0.51, 0)):
        table = SlicedRecall(size_edges_px=(), found_share=share)
        table.add(predicted, labels)
        recall = table.by_size()["all"]
        assert recall == Recall(2, found, 200, 95)
        assert recall.found_share == found / 2 and recall.hit_share == 0.475


def test_pixels_that_touch_at_a_corner_are_one_obstacle_and_ignored_ones_are_none() -> None:
    labels = frame((50, 52, 10, 12), (52, 54, 12, 14))
    labels[60:70] = 255
    table = SlicedRecall(size_edges_px=())
    table.add(np.ones(labels.shape, bool), labels)
    assert table.by_size()["all"] == Recall(1, 1, 8, 8)


@pytest.mark.parametrize(
    ("foot_row", "region"),
    [(0, "far"), (39, "far"), (40, "far"), (59, "far"), (60, "middle"), (79, "middle"), (80, "near"), (99, "near")],
)
def test_the_region_is_the_third_between_horizon_and_bottom_that_an_obstacle_stands_in(
    foot_row: int, region: str
) -> None:
    assert REGIONS[region_index(foot_row, 100, horizon=0.4)] == region
    labels = frame((max(0, foot_row - 30), foot_row + 1, 3, 9))
    table = SlicedRecall(horizon=0.4)
    table.add(labels == 1, labels)
    assert {name for name, recall in table.by_region().items() if recall.obstacles} == {region}


def test_a_slice_without_obstacles_has_no_recall() -> None:
    empty = SlicedRecall().by_region()["near"]
    assert math.isnan(empty.found_share) and math.isnan(empty.hit_share)


def test_frames_add_up_to_what_a_slow_reference_finds() -> None:
    rng = np.random.default_rng(4)
    table = SlicedRecall(size_edges_px=(3, 8, 20), found_share=0.6, horizon=0.3)
    sizes, regions = np.zeros((4, 4), int), np.zeros((3, 4), int)
    for height, width in ((30, 40), (51, 33), (64, 64)):
        labels = rng.choice(np.array([0, 1, 255], np.uint8), (height, width), p=[0.6, 0.3, 0.1])
        predicted = rng.random((height, width)) < 0.6
        table.add(predicted, labels)
        numbers, count = ndimage.label(labels == 1, structure=EIGHT)
        top = round(0.3 * height)
        for number in range(1, count + 1):
            region = numbers == number
            area, hit = int(region.sum()), int((region & predicted).sum())
            row = [1, int(hit / area >= 0.6), area, hit]
            sizes[sum(area >= edge for edge in (3, 8, 20))] += row
            foot = np.flatnonzero(region.any(axis=1))[-1]
            third = (height - top) / 3
            regions[2 if foot >= top + 2 * third else 1 if foot >= top + third else 0] += row
    assert list(table.by_size().values()) == [Recall(*row) for row in sizes.tolist()]
    assert list(table.by_region().values()) == [Recall(*row) for row in regions.tolist()]
    assert list(table.by_size()) == ["below 3 px", "3 to 7 px", "8 to 19 px", "from 20 px"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size_edges_px": (5, 5)}, r"size_edges_px is \(5, 5\); allowed: rising"),
        ({"size_edges_px": (0, 5)}, "from 1 on"),
        ({"found_share": 0}, "found_share is 0; allowed: above 0 to 1"),
        ({"horizon": 1.0}, "horizon is 1.0; allowed"),
    ],
)
def test_settings_out_of_range_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SlicedRecall(**arguments)


@pytest.mark.parametrize("predicted", [np.zeros((100, 80), np.uint8), np.zeros((80, 100), bool)], ids=["type", "shape"])
def test_a_prediction_that_does_not_fit_is_refused(predicted: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected bool of the labels' shape, \(100, 80\)"):
        SlicedRecall().add(predicted, frame())
