"""The histogram: ordered, bounded, and fine where the scores are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgcda_core.evaluation.curve import exact_curve
from mgcda_core.evaluation.pixel_metrics import metrics_of
from mgcda_core.evaluation.score_histogram import MAXIMUM_BINS, ScoreHistogram, ordered_keys, scores_of

FLOATS = st.lists(st.floats(width=32, allow_nan=False), min_size=2, max_size=30)
EXTREMES = [-np.inf, -3e38, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1e-38, 0.5, 1 - 2**-24, 1.0, 3e38, np.inf]


@settings(max_examples=100, deadline=None)
@given(FLOATS)
def test_keys_are_in_the_order_of_the_scores(values: list[float]) -> None:
    scores = np.array([*values, *EXTREMES], np.float32)
    keys = ordered_keys(scores)
    assert np.array_equal(keys[:, None] < keys[None], scores[:, None] < scores[None])
    assert np.array_equal(keys[:, None] == keys[None], scores[:, None] == scores[None])
    assert np.array_equal(scores_of(keys), scores)


@settings(max_examples=20, deadline=None)
@given(FLOATS, FLOATS)
def test_every_threshold_of_the_curve_parts_the_scores_as_it_says(normal: list[float], anomalous: list[float]) -> None:
    histogram = ScoreHistogram()
    scores = [np.array(values, np.float32) for values in (normal, anomalous)]
    histogram.add(*scores)
    curve = histogram.curve()
    assert (np.diff(curve.thresholds) < 0).all()
    for threshold, true, false in zip(*curve, strict=True):
        above = [int((values > threshold).sum()) for values in scores]
        # Minus infinity alone cannot be exceeded by itself.
        assert above == [false, true] or threshold == -np.inf


def test_equal_scores_are_one_point_and_different_ones_mostly_two() -> None:
    histogram = ScoreHistogram()
    levels = (np.arange(256) / 255).astype(np.float32)
    histogram.add(np.repeat(levels, 50), np.repeat(levels[100:], 20))
    curve, exact = histogram.curve(), exact_curve(np.repeat(levels, 50), np.repeat(levels[100:], 20))
    assert np.array_equal(curve.true_positives, exact.true_positives)
    assert np.array_equal(curve.false_positives, exact.false_positives)


@pytest.mark.parametrize("center", [1.0, -1.0, 20.0, 1e-6, -1e6, 0.7], ids=str)
def test_scores_crowded_at_any_number_are_told_apart(center: float) -> None:
    """A spread of a thousandth of the number: a fraction of one coarse bin."""
    rng = np.random.default_rng(1)
    normal, anomalous = (
        (center + abs(center) * 1e-3 * rng.normal(mean, 1, count)).astype(np.float32)
        for mean, count in ((0, 200_000), (2, 2_000))
    )
    histogram = ScoreHistogram()
    for part in range(4):
        histogram.add(normal[part::4], anomalous[part::4])
    exact = metrics_of(exact_curve(normal, anomalous))
    assert metrics_of(histogram.curve())[:4] == pytest.approx(exact[:4], abs=1e-4)


def test_scores_that_come_late_where_none_were_are_told_apart() -> None:
    rng = np.random.default_rng(2)
    histogram, parts = ScoreHistogram(), []
    for frame in range(6):
        around = 1.0 if frame < 4 else 300.0
        parts.append([(around + 0.01 * rng.normal(mean, 1, 50_000)).astype(np.float32) for mean in (0, 1.5)])
        histogram.add(*parts[-1])
    exact = metrics_of(exact_curve(*(np.concatenate(values) for values in zip(*parts, strict=True))))
    assert metrics_of(histogram.curve())[:4] == pytest.approx(exact[:4], abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_ties_that_grow_heavy_stay_together(seed: int) -> None:
    """Bins are split while tied scores lie in them; parted there, the older from the newer, AP was off by 0.005."""
    rng = np.random.default_rng(seed)
    histogram, parts, tie = ScoreHistogram(), [], rng.choice(np.array([0.1, 0.33, 0.5, 0.9, 1.0, 20.0], np.float32))
    for _ in range(8):
        anomalous = rng.random(50_000) < 10 ** rng.uniform(-3, -1)
        scores = (1 / (1 + np.exp(3 - rng.normal(0, 2, 50_000) - 4 * anomalous))).astype(np.float32)
        if rng.random() < 0.4:
            scores = np.round(255 * scores) / np.float32(255)
        tied = np.where(anomalous, 10 ** rng.uniform(-3, 0), 10 ** rng.uniform(-4, -1))
        scores[rng.random(50_000) < tied] = tie
        parts.append((scores[~anomalous], scores[anomalous]))
        histogram.add(*parts[-1])
    exact = metrics_of(exact_curve(*(np.concatenate(values) for values in zip(*parts, strict=True))))
    assert metrics_of(histogram.curve())[:4] == pytest.approx(exact[:4], abs=1e-4)


def test_memory_is_bounded_whatever_the_scores() -> None:
    """Random bits: every float that there is, each as likely."""
    rng = np.random.default_rng(3)
    histogram = ScoreHistogram()
    for _ in range(3):
        scores = rng.integers(0, 2**32, 400_000, np.uint32).view(np.float32)
        histogram.add(scores[~np.isnan(scores)], np.full(10, 0.5, np.float32))
    assert histogram.nbytes < 20 * (MAXIMUM_BINS + 3 * 2**16)
    assert histogram.curve().positives == 30


def test_nothing_counted_is_an_empty_curve() -> None:
    histogram = ScoreHistogram()
    histogram.add(np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert [len(values) for values in histogram.curve()] == [0, 0, 0]
