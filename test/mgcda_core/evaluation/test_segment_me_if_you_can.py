"""The binned mode against a slow reading of the published procedure, with NumPy's own quantiles and histograms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc

from mgcda_core.evaluation.pixel_metrics import PixelMetrics, pixel_metrics
from mgcda_core.evaluation.segment_me_if_you_can import FLOAT16_VALUES, BinnedPixelMetrics, counted, frame_bins

FRAME = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([0, 0, 1, 255])), min_size=1, max_size=25)


def binned(frames: list) -> BinnedPixelMetrics:
    metrics = BinnedPixelMetrics()
    for scores, labels in frames:
        metrics.add(scores, labels)
    return metrics


def slow(frames: list) -> PixelMetrics:
    """Return the metrics by the book: percentiles and histograms of each frame, all bins from the highest down."""
    lower_edges, true, false = [], [], []
    for scores, labels in frames:
        half = scores.astype(np.float16)
        judged = half[labels != 255].astype(np.float64)
        margin = max((judged.max() - judged.min()) / 100, 0.01)
        edges = [judged.min() - margin, judged.max() + margin]
        for kind in (half[labels == 1], half[labels == 0]):
            if kind.size:
                edges += np.quantile(kind, np.linspace(0, 1, min(384, kind.size))).tolist()
        edges = sorted(set(edges))
        # From the highest down in each frame already: that decides which of equal edges comes first below.
        lower_edges += edges[-2::-1]
        true += np.histogram(half[labels == 1], edges)[0][::-1].tolist()
        false += np.histogram(half[labels == 0], edges)[0][::-1].tolist()
    falling = np.argsort(lower_edges)[::-1]
    thresholds = np.array(lower_edges)[falling]
    true, false = np.cumsum(np.array(true)[falling]), np.cumsum(np.array(false)[falling])
    last = len(thresholds) - 1
    points = [n for n in range(last + 1) if n in (0, last) or thresholds[n] != thresholds[n + 1]]
    recall = np.array([0, *true[points]]) / true[-1]
    false_rate = np.array([0, *false[points]]) / false[-1]
    precision = true[points] / (true + false)[points]
    f1 = 2 * true[points] / (true + false + true[-1])[points]
    return PixelMetrics(
        ap=float((np.diff(recall) * precision).sum()),
        fpr95=float(false_rate[np.flatnonzero(recall >= 0.95)[0]]),
        auroc=float(auc(false_rate, recall)),
        best_f1=float(f1.max()),
        best_f1_threshold=float(thresholds[points][f1.argmax()]),
    )


def test_real_score_maps_are_binned_as_published(real_frames: list) -> None:
    assert tuple(binned(real_frames).metrics()) == pytest.approx(tuple(slow(real_frames)), abs=2e-5)


def test_the_bins_move_average_precision_by_less_than_a_thousandth(driven_frames: list, pool: Callable) -> None:
    exact = pixel_metrics(*pool(driven_frames)).ap
    assert 0 < abs(binned(driven_frames).metrics().ap - exact) < 1e-3


@pytest.mark.parametrize("anomalous", [3, 383, 384, 385, 5000])
def test_frames_with_few_and_with_many_anomalies_are_binned_as_published(anomalous: int) -> None:
    rng = np.random.default_rng(anomalous)
    frames = []
    for number in range(4):
        labels = np.zeros(20_000, np.uint8)
        labels[:anomalous] = 1
        labels[-500:] = 255
        scores = rng.normal(labels == 1, 0.7).astype(np.float32)
        frames.append((np.clip(scores, -1, 1.5) if number % 2 else scores, labels))
    assert tuple(binned(frames).metrics()) == pytest.approx(tuple(slow(frames)), abs=2e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAME, min_size=1, max_size=4))
def test_small_frames_are_binned_as_published(frames: list) -> None:
    drawn = [
        (np.array([score / 9 for score, _ in frame], np.float32), np.array([label for _, label in frame], np.uint8))
        for frame in frames
    ]
    found = binned(drawn).metrics()
    assert all(0 <= value <= 1 or np.isnan(value) for value in found[:4])
    judged = [(scores, labels) for scores, labels in drawn if (labels != 255).any()]
    kinds = {int(label) for _, labels in judged for label in labels} - {255}
    if kinds == {0, 1}:
        assert tuple(found) == pytest.approx(tuple(slow(judged)), abs=2e-5)


def test_a_frame_binned_by_hand() -> None:
    """Two anomalies, 0.5 and 1, and normal 0, 0.5, 0.75: five edges at scores and one below."""
    bins = frame_bins(counted(np.array([0, 0.5, 0.75], np.float32)), counted(np.array([0.5, 1], np.float32)))
    assert bins.edges.tolist() == pytest.approx([1, 0.75, 0.5, 0, -0.01])
    assert bins.anomalous.tolist() == [1, 0, 1, 0, 0] and bins.normal.tolist() == [0, 1, 1, 1, 0]


def test_the_best_threshold_is_the_published_one_which_leaves_out_the_ties() -> None:
    metrics = binned([(np.array([0, 0, 0.5, 0.5], np.float32), np.array([0, 0, 1, 1], np.uint8))]).metrics()
    assert metrics == (1.0, 0.0, 1.0, 1.0, 0.5)


def test_the_order_of_frames_does_not_matter_and_what_is_kept_of_them_is_small(driven_frames: list) -> None:
    metrics = binned(driven_frames)
    assert binned(driven_frames[::-1]).metrics() == pytest.approx(metrics.metrics())
    assert all(sum(part.nbytes for part in frame) <= 24 * 770 for frame in metrics._frames)


def test_scores_are_rounded_as_numpy_rounds_them() -> None:
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.normal(0, 10.0**power, 500) for power in range(-9, 5)]).astype(np.float32)
    scores = np.clip(np.append(scores, [0, -0.0, 65504, -65504, 6e-8, 2.9e-8]), -65504, 65504).astype(np.float32)
    assert np.array_equal(np.repeat(FLOAT16_VALUES, counted(scores)), np.sort(scores.astype(np.float16)))


def test_scores_beyond_float16_and_nan_are_refused() -> None:
    labels = np.array([0, 1], np.uint8)
    with pytest.raises(ValueError, match=r"70000\.0 are beyond float16"):
        binned([(np.array([0, 7e4], np.float32), labels)])
    with pytest.raises(ValueError, match="NaN"):
        binned([(np.array([0, np.nan], np.float32), labels)])


def test_sets_without_a_kind_have_defined_answers() -> None:
    scores = np.array([0.25, 0.75], np.float32)

    def answers(label: int) -> PixelMetrics:
        return binned([(scores, np.full(2, label, np.uint8))]).metrics()

    for nothing in (binned([]).metrics(), answers(255), answers(0)):
        assert np.isnan(nothing).all()
    everything = answers(1)
    assert (everything.ap, everything.best_f1) == (1, 1) and np.isnan([everything.fpr95, everything.auroc]).all()
