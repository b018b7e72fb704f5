"""Component metrics: the definition read aloud, and frames counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mgcda_core.datasets.minimum_sizes import ANOMALY_TRACK, OBSTACLE_TRACK, MinimumSizes
from mgcda_core.evaluation.component_metrics import (
    OVERLAPS,
    ComponentMetrics,
    StreamingComponentMetrics,
    frame_components,
)
from mgcda_core.evaluation.pixel_metrics import pixel_metrics

ALL = MinimumSizes(1, 1)
SIZES = st.builds(MinimumSizes, st.integers(1, 6), st.integers(1, 6))


@st.composite
def frames(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores and labels in blocks, so that components of several sizes touch and overlap."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    shape = (draw(st.integers(1, 14)), draw(st.integers(1, 14)))

    def blocks(values: list[float], shares: list[float]) -> np.ndarray:
        side = draw(st.integers(1, 3))
        coarse = rng.choice(values, (shape[0] // side + 1, shape[1] // side + 1), p=shares)
        return np.kron(coarse, np.ones((side, side)))[: shape[0], : shape[1]]

    labels = blocks([0, 1, 255], [0.6, 0.3, 0.1]).astype(np.uint8)
    return blocks([0.1, 0.5, 0.9], [0.6, 0.1, 0.3]).astype(np.float32), labels


def slow(all_frames: list, threshold: float, sizes: MinimumSizes) -> ComponentMetrics:
    """Return the metrics with sets of pixels, step by step as the definition has them."""

    def components(mask: np.ndarray) -> list[set]:
        numbers, count = ndimage.label(mask, np.ones((3, 3)))
        return [set(zip(*np.nonzero(numbers == number), strict=True)) for number in range(1, count + 1)]

    siou, ppv = [], []
    for scores, labels in all_frames:
        predicted = components((scores > threshold) & (labels != 255))
        objects = components(labels == 1)
        predicted = [component for component in predicted if len(component) >= sizes.predicted_px]
        ignored = set().union(*(item for item in objects if len(item) < sizes.object_px))
        predicted = [component - ignored for component in predicted if component - ignored]
        objects = [item for item in objects if len(item) >= sizes.object_px]
        truth = set().union(*objects)
        for item in objects:
            touching = set().union(*(component for component in predicted if component & item))
            shared = len(touching & item)
            elsewhere = len(touching & (truth - item))
            siou.append(shared / (len(touching) + len(item) - shared - elsewhere))
        ppv += [len(component & truth) / len(component) for component in predicted]
    scores_of_f1 = []
    for hundredths in range(25, 80, 5):
        found = sum(100 * value >= hundredths - 1e-9 for value in siou)
        false = sum(100 * value < hundredths - 1e-9 for value in ppv)
        total = 2 * found + (len(siou) - found) + false
        scores_of_f1.append(2 * found / total if total else np.nan)
    return ComponentMetrics(
        np.mean(siou) if siou else np.nan, np.mean(ppv) if ppv else np.nan, np.mean(scores_of_f1), len(siou), len(ppv)
    )


def measured(all_frames: list, threshold: float = 0.5, sizes: MinimumSizes = ALL) -> ComponentMetrics:
    metrics = StreamingComponentMetrics(threshold=threshold, minimum_sizes=sizes)
    for scores, labels in all_frames:
        metrics.add(scores, labels)
    return metrics.metrics()


@settings(max_examples=150, deadline=None)
@given(st.lists(frames(), min_size=1, max_size=3), SIZES)
def test_metrics_are_those_of_the_definition(drawn: list, sizes: MinimumSizes) -> None:
    found = measured(drawn, 0.5, sizes)
    assert found == pytest.approx(slow(drawn, 0.5, sizes), abs=1e-12, nan_ok=True)
    assert all(0 <= value <= 1 or np.isnan(value) for value in found[:3])


@settings(max_examples=40, deadline=None)
@given(st.lists(frames(), min_size=1, max_size=4), SIZES, st.randoms(use_true_random=False))
def test_neither_a_monotone_change_nor_the_order_nor_what_lies_beside_matters(
    drawn: list, sizes: MinimumSizes, random: object
) -> None:
    expected = measured(drawn, 0.5, sizes)
    changed = [(np.exp(scores) - 7, labels) for scores, labels in drawn]
    assert measured(changed, float(np.exp(0.5) - 7), sizes)[3:] == expected[3:]
    height = max(labels.shape[0] for _, labels in drawn)
    # Ignored pixels between them, and below where one is lower.
    apart = [
        tuple(np.pad(part, ((0, height - len(part)), (0, 1)), constant_values=255) for part in frame) for frame in drawn
    ]
    side_by_side = [tuple(np.hstack(parts) for parts in zip(*apart, strict=True))]
    assert measured(side_by_side, 0.5, sizes) == pytest.approx(expected, nan_ok=True)
    random.shuffle(drawn)
    assert measured(drawn, 0.5, sizes) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("sizes", [ANOMALY_TRACK, OBSTACLE_TRACK, MinimumSizes(1, 1)], ids=["anomaly", "obstacle", "1"])
def test_real_score_maps_give_what_the_definition_says(driven_frames: list, pool: object, sizes: MinimumSizes) -> None:
    threshold = pixel_metrics(*pool(driven_frames)).best_f1_threshold
    assert measured(driven_frames, threshold, sizes) == pytest.approx(
        slow(driven_frames, threshold, sizes), abs=1e-12, nan_ok=True
    )


def drawn_frame(scores: list[str], labels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return a frame from drawings: '#' is 0.9 and '.' 0.1; 'A' anomaly, '?' ignored, '.' normal."""
    return (
        np.array([[0.9 if letter == "#" else 0.1 for letter in row] for row in scores], np.float32),
        np.array([[{".": 0, "A": 1, "?": 255}[letter] for letter in row] for row in labels], np.uint8),
    )


HAND_MADE = {
    "found": (["##..", "##.."], ["AA..", "AA.."], [1], [1]),
    "missed": (["....", "...."], ["AA..", "AA.."], [0], []),
    "false": (["..##", "...."], ["....", "...."], [], [0]),
    # Half of the object, and as much again beside it: 2 / (4 + 4 - 2).
    "beside": ([".##.", ".##."], ["AA..", "AA.."], [2 / 6], [1 / 2]),
    # The other object's pixels do not count against either: each 2 / (6 + 2 - 2 - 2).
    "one on two": (["######"], ["AA..AA"], [2 / 4, 2 / 4], [4 / 6]),
    # Both pieces are the object's: 4 / (4 + 6 - 4).
    "two on one": (["##..##"], ["AAAAAA"], [4 / 6], [1, 1]),
    # Ignored pixels are cleared from what is predicted: it is then perfect.
    "into ignored": (["####"], ["AA??"], [1], [1]),
    "parted by ignored": (["#####"], ["AA?.."], [1], [1, 0]),
    "corner to corner": (["#..", ".#.", "..#"], ["A..", ".A.", "..A"], [1], [1]),
    "all anomalous": (["##", "##"], ["AA", "AA"], [1], [1]),
    "all ignored": (["##", "##"], ["??", "??"], [], []),
}


@pytest.mark.parametrize(("scores", "labels", "siou", "ppv"), HAND_MADE.values(), ids=HAND_MADE)
def test_overlaps_are_those_worked_out_by_hand(scores: list, labels: list, siou: list, ppv: list) -> None:
    values, truth = drawn_frame(scores, labels)
    found = frame_components(values > 0.5, truth, ALL)
    assert found.siou.tolist() == pytest.approx(siou) and sorted(found.ppv) == pytest.approx(sorted(ppv))


def test_f1_is_the_mean_over_overlaps_summed_over_the_set() -> None:
    """sIoU 1/3 and 1, PPV 1/2 and 1: to 0.30 all are found; to 0.50 one is missed; then one is false as well."""
    frames_of_set = [drawn_frame(*HAND_MADE[name][:2]) for name in ("beside", "found")]
    found = measured(frames_of_set)
    assert found.f1_star == pytest.approx((2 * 1 + 4 * 2 / 3 + 5 * 2 / 4) / 11)
    assert found[:2] == pytest.approx(((1 / 3 + 1) / 2, 3 / 4)) and found[3:] == (2, 2)


def test_an_overlap_as_great_as_asked_for_is_enough() -> None:
    assert OVERLAPS.tolist() == [0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75]
    for hundredths in range(25, 80, 5):
        labels = np.ones((1, 100), np.uint8)
        scores = (np.arange(100)[None] < hundredths).astype(np.float32)
        assert measured([(scores, labels)]).f1_star == pytest.approx(((hundredths - 25) // 5 + 1) / 11)


def test_small_predicted_components_are_dropped_and_small_objects_ignored() -> None:
    scores, labels = drawn_frame(["###.##.#", "........"], ["A..AAA..", "...AAA.."])
    both = frame_components(scores > 0.5, labels, MinimumSizes(predicted_px=2, object_px=2))
    # The single pixel is dropped. The object of one pixel is taken from the region on it, which then has two left.
    assert both.siou.tolist() == pytest.approx([2 / 6]) and sorted(both.ppv) == [0, 1]
    neither = frame_components(scores > 0.5, labels, ALL)
    assert sorted(neither.siou) == pytest.approx([1 / 3, 2 / 6]) and sorted(neither.ppv) == pytest.approx([0, 1 / 3, 1])


def test_a_region_all_on_a_small_object_is_gone() -> None:
    scores, labels = drawn_frame(["##.."], ["AA.."])
    found = measured([(scores, labels)], sizes=MinimumSizes(1, 3))
    assert np.isnan(found[:3]).all() and found[3:] == (0, 0)


def test_the_tracks_have_their_published_sizes() -> None:
    assert ANOMALY_TRACK == (500, 100) and OBSTACLE_TRACK == (50, 10)


@pytest.mark.parametrize("threshold", [0.3, float(np.float32(0.3)), np.float64(0.3), 0.3 - 1e-12], ids=str)
def test_the_threshold_is_exceeded_strictly_whatever_its_precision(threshold: float) -> None:
    """As real numbers: the float32 nearest to 0.3 lies above it, by 1e-8."""
    scores, labels = np.full((2, 2), 0.3, np.float32), np.ones((2, 2), np.uint8)
    assert measured([(scores, labels)], threshold).predicted == int(float(scores[0, 0]) > threshold)


def test_nothing_at_all_and_one_side_missing_have_defined_answers() -> None:
    nothing = measured([])
    assert np.isnan(nothing[:3]).all() and nothing[3:] == (0, 0)
    clear = np.zeros((4, 4), np.uint8)
    silent = measured([(np.zeros((4, 4), np.float32), clear)])
    assert np.isnan(silent[:3]).all() and silent[3:] == (0, 0)
    false = measured([(np.ones((4, 4), np.float32), clear)])
    assert np.isnan(false.mean_siou) and false[1:] == (0, 0, 0, 1)
    missed = measured([(np.zeros((4, 4), np.float32), clear + 1)])
    assert missed.mean_siou == 0 and np.isnan(missed.mean_ppv) and missed[2:] == (0, 1, 0)


def test_nan_is_refused_as_score_and_as_threshold() -> None:
    with pytest.raises(ValueError, match="threshold: NaN"):
        measured([], float("nan"))
    with pytest.raises(ValueError, match="scores hold NaN"):
        measured([(np.array([[np.nan]], np.float32), np.zeros((1, 1), np.uint8))])
