"""Pixel metrics against scikit-learn and a slow reading of their definition."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from mgcda_core.evaluation.pixel_metrics import pixel_metrics

PIXELS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=80).filter(
    lambda pixels: len({anomalous for _, anomalous in pixels}) == 2
)
"""Few distinct scores, so that most are tied: that is where implementations differ."""


def arrays(pixels: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p[0] / 7 for p in pixels], np.float32), np.array([p[1] for p in pixels], bool)


def slow_fpr95(scores: np.ndarray, anomalous: np.ndarray) -> float:
    """Return the definition read aloud: lower the threshold until 95 percent of the anomalies are above it."""
    for threshold in sorted(set(scores.tolist()), reverse=True):
        above = scores >= threshold
        if 100 * (above & anomalous).sum() >= 95 * anomalous.sum():
            return float((above & ~anomalous).sum() / (~anomalous).sum())
    raise AssertionError("the lowest threshold has a recall of 1")


def f1_above(scores: np.ndarray, anomalous: np.ndarray, threshold: float) -> float:
    above = scores > threshold
    return 2 * (above & anomalous).sum() / (above.sum() + anomalous.sum())


@settings(max_examples=100, deadline=None)
@given(PIXELS)
def test_metrics_are_scikit_learns(pixels: list[tuple[int, bool]]) -> None:
    scores, anomalous = arrays(pixels)
    metrics = pixel_metrics(scores, anomalous)
    assert metrics.ap == pytest.approx(average_precision_score(anomalous, scores), abs=1e-12)
    false_rate, recall, _ = roc_curve(anomalous, scores, drop_intermediate=False)
    assert metrics.fpr95 == pytest.approx(false_rate[np.flatnonzero(recall >= 0.95)[0]], abs=1e-12)
    assert metrics.fpr95 == pytest.approx(slow_fpr95(scores, anomalous), abs=1e-12)
    assert metrics.auroc == pytest.approx(roc_auc_score(anomalous, scores), abs=1e-12)
    between = np.unique(scores) - np.float32(0.01)
    best = max(f1_above(scores, anomalous, threshold) for threshold in between)
    assert metrics.best_f1 == pytest.approx(best, abs=1e-12)
    assert f1_above(scores, anomalous, metrics.best_f1_threshold) == pytest.approx(best, abs=1e-12)
    assert all(0 <= value <= 1 for value in metrics[:4])


def test_metrics_of_real_score_maps_are_scikit_learns(real_frames: list, pool: Callable) -> None:
    scores, anomalous = pool(real_frames)
    metrics = pixel_metrics(scores, anomalous)
    assert metrics.ap == pytest.approx(average_precision_score(anomalous, scores), abs=1e-6)
    assert metrics.auroc == pytest.approx(roc_auc_score(anomalous, scores), abs=1e-6)
    false_rate, recall, _ = roc_curve(anomalous, scores, drop_intermediate=False)
    assert metrics.fpr95 == pytest.approx(false_rate[np.flatnonzero(recall >= 0.95)[0]], abs=1e-6)
    assert metrics.best_f1 == pytest.approx(f1_above(scores, anomalous, metrics.best_f1_threshold), abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(PIXELS, st.randoms(use_true_random=False))
def test_neither_the_order_nor_a_monotone_change_matters(pixels: list[tuple[int, bool]], random: object) -> None:
    expected = pixel_metrics(*arrays(pixels))
    random.shuffle(pixels)
    scores, anomalous = arrays(pixels)
    assert pixel_metrics(scores, anomalous) == pytest.approx(expected)
    changed = (np.exp(3 * scores) - 100).astype(np.float32)
    found = pixel_metrics(changed, anomalous)
    assert found[:4] == pytest.approx(expected[:4])
    assert np.array_equal(changed > found.best_f1_threshold, scores > expected.best_f1_threshold)


@pytest.mark.parametrize("count", [20, 40, 100])
def test_a_recall_of_exactly_95_percent_is_enough(count: int) -> None:
    """The last anomaly in twenty lies below all normal pixels: it need not be found."""
    found = count * 95 // 100
    scores = np.concatenate([np.full(found, 3.0), np.full(50, 2.0), np.full(count - found, 1.0)]).astype(np.float32)
    anomalous = np.repeat([True, False, True], [found, 50, count - found])
    assert pixel_metrics(scores, anomalous).fpr95 == 0


def test_extremes() -> None:
    anomalous = np.array([True, True, False, False, False])
    perfect = pixel_metrics(np.array([5, 4, 3, 2, 1], np.float32), anomalous)
    reversed_ = pixel_metrics(np.array([1, 2, 3, 4, 5], np.float32), anomalous)
    blind = pixel_metrics(np.zeros(5, np.float32), anomalous)
    assert perfect == (1.0, 0.0, 1.0, 1.0, pytest.approx(4))
    assert reversed_ == (pytest.approx((1 / 4 + 2 / 5) / 2), 1.0, 0.0, pytest.approx(4 / 7), pytest.approx(1))
    assert blind == (pytest.approx(2 / 5), 1.0, 0.5, pytest.approx(4 / 7), pytest.approx(0))


def test_infinite_scores_are_tied_like_any_others() -> None:
    scores = np.array([np.inf, np.inf, 0, -np.inf, -np.inf], np.float32)
    anomalous = np.array([True, False, True, False, True])
    ranks = np.array([2, 2, 1, 0, 0], np.float32)
    assert pixel_metrics(scores, anomalous)[:4] == pixel_metrics(ranks, anomalous)[:4]
    assert pixel_metrics(scores[::-1], anomalous[::-1])[:4] == pixel_metrics(ranks, anomalous)[:4]


def test_a_set_without_anomalies_has_no_metrics_and_one_without_normal_pixels_no_false_rate() -> None:
    scores = np.array([0.1, 0.2], np.float32)
    assert all(math.isnan(value) for value in pixel_metrics(scores, np.zeros(2, bool)))
    assert all(math.isnan(value) for value in pixel_metrics(scores[:0], np.zeros(0, bool)))
    only = pixel_metrics(scores, np.ones(2, bool))
    assert only.ap == 1.0 and math.isnan(only.fpr95) and math.isnan(only.auroc)
    assert only.best_f1 == 1.0 and (scores > only.best_f1_threshold).all()


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        pixel_metrics(np.array([0.1, np.nan], np.float32), np.array([True, False]))


@pytest.mark.parametrize(("scores", "labels"), [((4,), (5,)), ((2, 2), (2, 2))], ids=["lengths", "not flat"])
def test_shapes_that_do_not_fit_are_refused(scores: tuple[int, ...], labels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="flat and of one length"):
        pixel_metrics(np.zeros(scores, np.float32), np.zeros(labels, bool))


def test_many_pixels_are_pooled_exactly() -> None:
    """Counts beyond what float32 can hold must not be rounded."""
    rng = np.random.default_rng(0)
    scores = rng.normal(size=300_000).astype(np.float32)
    anomalous = rng.random(300_000) < 1 / (1 + np.exp(4 - scores))
    assert pixel_metrics(scores, anomalous).ap == pytest.approx(average_precision_score(anomalous, scores), abs=1e-10)
