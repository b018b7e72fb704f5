"""The curve that all pixel metrics are read from, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.evaluation.curve import (
    Curve,
    area_under_roc,
    average_precision,
    best_f1,
    exact_curve,
    false_positive_rate_at,
    just_below,
    thinned,
)


@pytest.fixture
def curve() -> Curve:
    """Return the curve of anomalous 9, 7, 7, 2 and normal 8, 7, 3, 2, 1: six distinct scores."""
    return exact_curve(np.array([1, 3, 8, 2, 7], np.float32), np.array([7, 9, 2, 7], np.float32))


def test_each_distinct_score_is_a_point(curve: Curve) -> None:
    assert curve.true_positives.tolist() == [1, 1, 3, 3, 4, 4]
    assert curve.false_positives.tolist() == [0, 1, 2, 3, 4, 5]
    assert curve.thresholds == pytest.approx([9, 8, 7, 3, 2, 1], abs=1e-5)
    assert (curve.positives, curve.negatives) == (4, 5)


def test_rates_are_shares(curve: Curve) -> None:
    assert curve.precision.tolist() == [1, 1 / 2, 3 / 5, 3 / 6, 4 / 8, 4 / 9]
    assert curve.recall.tolist() == [1 / 4, 1 / 4, 3 / 4, 3 / 4, 1, 1]
    assert curve.false_positive_rate.tolist() == [0, 1 / 5, 2 / 5, 3 / 5, 4 / 5, 1]


def test_metrics_are_those_worked_out_by_hand(curve: Curve) -> None:
    assert average_precision(curve) == pytest.approx(1 / 4 * 1 + 2 / 4 * 3 / 5 + 1 / 4 * 4 / 8)
    assert false_positive_rate_at(curve, 0.95) == 4 / 5
    assert false_positive_rate_at(curve, 0.75) == 2 / 5
    # Of the 20 pairs, 9 beats five, each 7 beats three and ties one, and 2 beats one and ties one.
    assert area_under_roc(curve) == pytest.approx((5 + 2 * 3.5 + 1.5) / 20)
    f1, threshold = best_f1(curve)
    assert f1 == pytest.approx(2 * 3 / (5 + 4)) and threshold == pytest.approx(7)


def test_the_best_threshold_is_exceeded_strictly_by_the_tied_scores_and_no_others() -> None:
    normal, anomalous = np.array([0, 0.5, 0.5], np.float32), np.array([0.5, 1, 1, 1], np.float32)
    _, threshold = best_f1(exact_curve(normal, anomalous))
    assert ((normal > threshold).sum(), (anomalous > threshold).sum()) == (0, 3)
    yes_or_no = best_f1(exact_curve(np.zeros(5, np.float32), np.ones(3, np.float32)))
    assert yes_or_no[0] == 1 and 0 < yes_or_no[1] < 1


def test_of_equally_good_thresholds_the_highest_is_taken() -> None:
    """Anomalies 4 and 1, normal 3 and 2: F1 is 2/3 at 4, 1/2 and 2/5 between, and 2/3 again at 1."""
    f1, threshold = best_f1(exact_curve(np.array([3, 2], np.float32), np.array([4, 1], np.float32)))
    assert f1 == pytest.approx(2 / 3) and threshold == pytest.approx(4)


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -2.5, 1e-45, 3e38], ids=str)
def test_just_below_is_the_next_float(value: float) -> None:
    below = just_below(np.array([value], np.float32))
    assert below.dtype == np.float32 and below[0] < value
    assert np.nextafter(below[0], np.float32(np.inf)) == np.float32(value)


def test_infinity_has_a_threshold_and_minus_infinity_none() -> None:
    largest = np.finfo(np.float32).max
    assert just_below(np.array([np.inf, -largest, -np.inf], np.float32)).tolist() == [largest, -np.inf, -np.inf]


@pytest.mark.parametrize(
    ("normal", "anomalous"), [(0, 0), (3, 0), (0, 3)], ids=["no pixels", "all normal", "all anomalous"]
)
def test_without_pixels_of_a_kind_the_answers_are_defined(normal: int, anomalous: int) -> None:
    curve = exact_curve(np.arange(normal, dtype=np.float32), np.arange(anomalous, dtype=np.float32))
    assert (curve.positives, curve.negatives) == (anomalous, normal)
    assert np.isnan(false_positive_rate_at(curve, 0.95)) and np.isnan(area_under_roc(curve))
    if anomalous:
        assert average_precision(curve) == 1 and best_f1(curve) == (1.0, pytest.approx(0))
        assert np.isnan(curve.false_positive_rate).all()
    else:
        assert np.isnan([average_precision(curve), *best_f1(curve)]).all() and np.isnan(curve.recall).all()


def test_a_thinned_curve_is_short_and_on_the_curve() -> None:
    rng = np.random.default_rng(0)
    whole = exact_curve(rng.normal(0, 1, 20_000), rng.normal(2, 1, 500))
    thin = thinned(whole, 200)
    assert 150 < len(thin.thresholds) <= 201
    places = np.searchsorted(-whole.thresholds, -thin.thresholds)
    assert all(np.array_equal(part, full[places]) for part, full in zip(thin, whole, strict=True))
    assert thin.positives == 500 and thin.negatives == 20_000
    for rates in (thin.recall, thin.false_positive_rate):
        assert np.diff(rates, prepend=0).max() < 0.013
    assert len(thinned(exact_curve(np.zeros(0), np.zeros(0)), 200).thresholds) == 0
