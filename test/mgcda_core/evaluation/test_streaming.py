"""Streaming metrics against the exact ones, and the memory that they take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgcda_core.evaluation.pixel_metrics import PixelMetrics, pixel_metrics
from mgcda_core.evaluation.streaming import StreamingPixelMetrics

FRAME = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 0, 1, 255])), min_size=1, max_size=20)
FRAMES = st.lists(FRAME, min_size=1, max_size=5)


def streamed(frames: list, **options: int) -> PixelMetrics:
    streaming = StreamingPixelMetrics(**options)
    for scores, labels in frames:
        streaming.add(scores, labels)
    return streaming.metrics()


def arrays(frames: list) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (np.array([score / 5 for score, _ in frame], np.float32), np.array([label for _, label in frame], np.uint8))
        for frame in frames
    ]


def same(found: PixelMetrics, expected: PixelMetrics, tolerance: float = 1e-12) -> bool:
    return found[:4] == pytest.approx(expected[:4], abs=tolerance, nan_ok=True)


@pytest.mark.parametrize("exact_until", [0, 250_000, 2**22], ids=["never", "one frame", "both frames"])
def test_real_score_maps_are_within_a_ten_thousandth(real_frames: list, pool: Callable, exact_until: int) -> None:
    scores, anomalous = pool(real_frames)
    found = streamed(real_frames, exact_until=exact_until)
    assert same(found, pixel_metrics(scores, anomalous), 1e-4)
    above = scores > found.best_f1_threshold
    reached = 2 * (above & anomalous).sum() / (above.sum() + anomalous.sum())
    assert reached == pytest.approx(found.best_f1, abs=1e-4), "the threshold must give the F1 that it is named for"


def test_many_frames_that_differ_are_within_a_ten_thousandth(driven_frames: list, pool: Callable) -> None:
    """Frame by frame another certainty, now and then 8 bits, the anomalies rare or missing."""
    rng = np.random.default_rng(0)
    frames = []
    for number in range(8):
        scores, labels = driven_frames[number % 2]
        logits = np.log(scores / (1 - scores)) * rng.uniform(0.5, 4) + rng.normal(0, 2)
        changed = (1 / (1 + np.exp(-logits))).astype(np.float32)
        rare = np.where((labels == 1) & (number != 0) & (rng.random(labels.shape) < 0.3), 1, labels * (labels == 255))
        frames.append((np.round(changed * 255) / np.float32(255) if number % 3 == 1 else changed, rare))
    found = streamed(frames, exact_until=0)
    assert same(found, pixel_metrics(*pool(frames)), 1e-4)
    assert same(streamed(frames[::-1], exact_until=0), found, 1e-4)


@settings(max_examples=60, deadline=None)
@given(FRAMES, st.randoms(use_true_random=False), st.integers(0, 20))
def test_order_and_splitting_do_not_matter(frames: list, random: object, cut: int) -> None:
    whole = arrays(frames)
    expected = streamed(whole)
    pieces = [piece for frame in whole for piece in zip(*(np.split(part, [cut]) for part in frame), strict=True)]
    random.shuffle(pieces)
    assert streamed(pieces) == pytest.approx(expected, nan_ok=True)
    assert streamed([(3 * scores - 40, labels) for scores, labels in whole])[:4] == pytest.approx(
        expected[:4], nan_ok=True
    )
    assert all(0 <= value <= 1 or np.isnan(value) for value in expected[:4])


@settings(max_examples=15, deadline=None)
@given(FRAMES)
def test_distinct_scores_are_never_mixed_up_by_the_histogram(frames: list) -> None:
    assert same(streamed(arrays(frames), exact_until=0), streamed(arrays(frames)))


@pytest.mark.parametrize("exact_until", [0, 100])
def test_metrics_may_be_asked_for_at_any_time(exact_until: int) -> None:
    rng = np.random.default_rng(1)
    frames = [(rng.random((8, 8)).astype(np.float32), rng.integers(0, 2, (8, 8))) for _ in range(4)]
    streaming = StreamingPixelMetrics(exact_until=exact_until)
    for number, frame in enumerate(frames, start=1):
        streaming.add(*frame)
        assert streaming.metrics() == streaming.metrics()
        assert same(streaming.metrics(), streamed(frames[:number]), 1e-4)


@pytest.mark.parametrize("exact_until", [0, 100])
def test_sets_without_a_kind_have_defined_answers(exact_until: int) -> None:
    scores = np.array([[0.2, 0.8]], np.float32)

    def answers(label: int) -> PixelMetrics:
        return streamed([(scores, np.full((1, 2), label, np.uint8))], exact_until=exact_until)

    for nothing in (streamed([], exact_until=exact_until), answers(255), answers(0)):
        assert np.isnan(nothing).all()
    everything = answers(1)
    assert (everything.ap, everything.best_f1) == (1, 1) and np.isnan([everything.fpr95, everything.auroc]).all()
    assert (scores > everything.best_f1_threshold).all()


def test_a_refused_frame_leaves_no_trace() -> None:
    streaming = StreamingPixelMetrics()
    streaming.add(np.array([[0.1, 0.9]], np.float32), np.array([[0, 1]], np.uint8))
    before = streaming.metrics()
    with pytest.raises(ValueError, match="NaN"):
        streaming.add(np.array([[0.1, np.nan]], np.float32), np.array([[0, 1]], np.uint8))
    with pytest.raises(ValueError, match="not among"):
        streaming.add(np.array([[0.1, 0.2]], np.float32), np.array([[0, 7]], np.uint8))
    assert streaming.metrics() == before
    with pytest.raises(ValueError, match="exact_until"):
        StreamingPixelMetrics(exact_until=-1)


def test_memory_does_not_grow_with_the_number_of_frames(driven_frames: list) -> None:
    """Many times as many pixels as are kept: by hand, 207 million take 0.33 GB in all."""
    frames = [(np.roll(scores, 7 * shift, 1), labels) for shift, (scores, labels) in enumerate(driven_frames * 2)]
    streaming = StreamingPixelMetrics(exact_until=400_000)
    held, peaks = [], []
    tracemalloc.start()
    try:
        for _ in range(6):
            tracemalloc.reset_peak()
            for frame in frames:
                streaming.add(*frame)
            held.append(streaming.nbytes)
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert streaming.curve().negatives > 5_000_000
    assert held[-1] < 1.2 * held[0] < 64 * 2**20
    assert max(peaks[1:]) < 1.2 * peaks[0] < 128 * 2**20


def test_ignored_frames_take_no_memory() -> None:
    streaming = StreamingPixelMetrics()
    for _ in range(1000):
        streaming.add(np.zeros((4, 4), np.float32), np.full((4, 4), 255, np.uint8))
    assert streaming.nbytes == 0 and not streaming._normal and not streaming._anomalous
