"""Curves of several sets as one, against the exact curve of all their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from mgcda_core.evaluation.curve import Curve, exact_curve
from mgcda_core.evaluation.pixel_metrics import metrics_of, pixel_metrics
from mgcda_core.evaluation.pooled_curve import MOST_POINTS, PooledCurve
from mgcda_core.evaluation.score_histogram import ordered_keys
from mgcda_core.evaluation.streaming import StreamingPixelMetrics

SCORES = st.lists(
    st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 0.25, 0.5, 1.0, -np.inf, np.inf]), max_size=12
)
SETS = st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=5)


def curve_of(normal: list[float], anomalous: list[float]) -> Curve:
    return exact_curve(np.array(normal, np.float32), np.array(anomalous, np.float32))


def pooled(curves: list[Curve], **options: int) -> Curve:
    pool = PooledCurve(**options)
    for curve in curves:
        pool.add(curve)
    return pool.curve()


def same(one: Curve, other: Curve) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@settings(max_examples=100, deadline=None)
@given(SETS)
def test_it_is_the_curve_of_all_pixels(sets: list) -> None:
    normal, anomalous = ([score for each in sets for score in each[kind]] for kind in (0, 1))
    found, expected = pooled([curve_of(*each) for each in sets]), curve_of(normal, anomalous)
    # Scores that nothing lies below are one threshold, minus infinity.
    last = np.append(expected.thresholds[1:] != expected.thresholds[:-1], True)[: len(expected.thresholds)]
    assert same(found, Curve(*(values[last] for values in expected)))


@settings(max_examples=100, deadline=None)
@given(SETS, st.randoms(use_true_random=False), st.integers(1, 8))
def test_the_order_does_not_show_even_where_bits_are_dropped(sets: list, random: object, most_points: int) -> None:
    curves = [curve_of(*each) for each in sets]
    found = pooled(curves, most_points=most_points)
    assert found.positives == sum(len(anomalous) for _, anomalous in sets)
    assert found.negatives == sum(len(normal) for normal, _ in sets)
    random.shuffle(curves)
    assert same(pooled(curves, most_points=most_points), found)


@pytest.mark.parametrize("most_points", [MOST_POINTS, 550_000], ids=["all thresholds", "bits dropped"])
def test_bags_of_other_certainty_are_within_a_ten_thousandth_of_all_their_pixels(
    driven_frames: list, most_points: int
) -> None:
    """Each has a histogram of its own, laid out by scores that lie where the others' do not."""
    rng = np.random.default_rng(0)
    bags = []
    for number, (gain, offset) in enumerate([(1, 0), (6, -2), (3, 1), (0.3, 0), (30, 0), (8, 2)]):
        scores, labels = driven_frames[number % 2]
        labels = np.where((labels == 1) & (rng.random(labels.shape) < number / 6), 0, labels)
        logits = gain * (np.log(scores.astype(np.float64) / (1 - scores.astype(np.float64))) - offset)
        bags.append(((1 / (1 + np.exp(-logits))).astype(np.float32), labels))
    curves = []
    for scores, labels in bags:
        bag = StreamingPixelMetrics(exact_until=0)
        for part in range(4):
            bag.add(scores[part::4], labels[part::4])
        curves.append(bag.curve())
    found = metrics_of(pooled(curves, most_points=most_points))
    judged = [labels != 255 for _, labels in bags]
    scores = np.concatenate([each[kept] for (each, _), kept in zip(bags, judged, strict=True)])
    anomalous = np.concatenate([labels[kept] == 1 for (_, labels), kept in zip(bags, judged, strict=True)])
    assert found.ap == pytest.approx(average_precision_score(anomalous, scores), abs=1e-4)
    assert found.auroc == pytest.approx(roc_auc_score(anomalous, scores), abs=1e-4)
    assert found[:4] == pytest.approx(pixel_metrics(scores, anomalous)[:4], abs=1e-4)
    assert len(pooled(curves, most_points=most_points).thresholds) <= most_points
    assert sum(len(curve.thresholds) for curve in curves) > 600_000, "not all fit into the smaller one"


def test_of_probabilities_six_bits_are_enough() -> None:
    least, most = ordered_keys(np.array([1e-7, 1], np.float32)).tolist()
    assert (most - least) >> 6 < MOST_POINTS
    apart = np.array([0.5, 0.5 * (1 + 2.0**-17)], np.float32)
    first, second = (ordered_keys(apart) >> np.uint32(6)).tolist()
    assert first != second


def test_next_to_one_no_bit_is_dropped_and_elsewhere_few() -> None:
    near_one = 1 - np.arange(1000, dtype=np.float32) * np.float32(2.0**-24)
    spread = np.random.default_rng(0).random(20_000, np.float32)
    found = pooled([exact_curve(spread, near_one)], most_points=12_000)
    levels = np.nextafter(found.thresholds, np.float32(2))
    assert np.isin(near_one, levels).all()
    assert len(levels) <= 12_000 and found.negatives == 20_000 and found.positives == 1000
