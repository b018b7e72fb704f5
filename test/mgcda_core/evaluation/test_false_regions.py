"""False regions: what is reported where the labels say that nothing is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from mgcda_core.evaluation.false_regions import FalseRegions, count_false_regions


@pytest.fixture
def labels() -> np.ndarray:
    """Return labels with an anomaly and an ignored band."""
    labels = np.zeros((40, 60), np.uint8)
    labels[10:20, 10:20] = 1
    labels[:, 50:] = 255
    return labels


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((30, 35, 30, 40), 1),
        ((19, 29, 19, 29), 0),
        ((20, 30, 20, 30), 1),
        ((30, 32, 30, 35), 1),
        ((30, 33, 30, 33), 0),
        ((0, 10, 52, 58), 0),
        ((0, 3, 47, 60), 0),
        ((0, 4, 45, 60), 1),
    ],
    ids=["apart", "overlaps", "only touches", "10 px", "9 px", "ignored", "9 px not ignored", "20 px not ignored"],
)
def test_a_region_is_false_where_it_covers_no_anomaly(labels: np.ndarray, box: tuple, expected: int) -> None:
    predicted = np.zeros(labels.shape, bool)
    predicted[box[0] : box[1], box[2] : box[3]] = True
    assert count_false_regions(predicted, labels, least_px=10) == expected


def test_clean_frames_are_counted_by_themselves(labels: np.ndarray) -> None:
    clean = np.where(labels == 1, 0, labels).astype(np.uint8)
    predicted = np.zeros(labels.shape, bool)
    predicted[12:18, 12:18] = predicted[30:36, 0:6] = True
    regions = FalseRegions(least_px=10)
    for frame in (labels, clean, labels, clean & 0):
        regions.add(predicted, frame)
    regions.add(predicted, np.full_like(labels, 255))
    assert (regions.frames, regions.clean_frames) == (4, 2), "a frame without a judged pixel says nothing"
    assert regions.per_frame == (1 + 2 + 1 + 2) / 4 and regions.per_clean_frame == 2


def test_without_frames_there_is_no_rate(labels: np.ndarray) -> None:
    regions = FalseRegions()
    assert math.isnan(regions.per_frame)
    regions.add(labels == 1, labels)
    assert regions.per_frame == 0 and math.isnan(regions.per_clean_frame)
    with pytest.raises(ValueError, match="least_px is 0; allowed: 1 pixel or more"):
        FalseRegions(least_px=0)


def test_random_frames_agree_with_a_slow_reference() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        labels = rng.choice(np.array([0, 1, 255], np.uint8), (40, 40), p=[0.85, 0.05, 0.1])
        predicted = ndimage.uniform_filter(rng.random((40, 40)), 3) > 0.55
        numbers, count = ndimage.label(predicted & (labels != 255), structure=np.ones((3, 3)))
        regions = [numbers == number for number in range(1, count + 1)]
        expected = sum(region.sum() >= 4 and not (labels[region] == 1).any() for region in regions)
        assert count_false_regions(predicted, labels, least_px=4) == expected > 0
