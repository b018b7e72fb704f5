"""What is kept of frames, written to a file and added up, against all frames in one."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from mgcda_core.datasets.minimum_sizes import MinimumSizes
from mgcda_core.evaluation.component_metrics import StreamingComponentMetrics
from mgcda_core.evaluation.false_regions import FalseRegions
from mgcda_core.evaluation.region_metrics import StreamingRegionMetrics
from mgcda_core.evaluation.scored_regions import regions_of
from mgcda_core.evaluation.slices import SlicedRecall

Frame = tuple[np.ndarray, np.ndarray]


def frames() -> list[Frame]:
    """Return scores and labels in blocks, of few scores, so that regions are equally sure; some frames have neither."""
    rng = np.random.default_rng(3)
    drawn = []
    for number in range(12):
        labels = np.kron(rng.choice([0, 1, 255], (24, 32), p=[0.8, 0.15, 0.05]), np.ones((4, 4))).astype(np.uint8)
        scores = np.kron(rng.choice([0.1, 0.6, 0.7, 0.9], (48, 64), p=[0.91, 0.03, 0.03, 0.03]), np.ones((2, 2)))
        # Guesses that are partly right, or nothing would ever match.
        scores = np.where((labels == 1) & (rng.random(labels.shape) < 0.97), 0.8, scores)
        drawn.append((scores.astype(np.float32) * (number % 5 != 1), labels * (number % 4 != 2)))
    return drawn


MEASURES: dict[str, tuple[Callable[[], Any], Callable[[Any, Frame], None], Callable[[Any], Any]]] = {
    "components": (
        partial(StreamingComponentMetrics, threshold=0.5, minimum_sizes=MinimumSizes(4, 4)),
        lambda measure, frame: measure.add(*frame),
        lambda measure: measure.metrics(),
    ),
    "false regions": (
        partial(FalseRegions, least_px=4),
        lambda measure, frame: measure.add(frame[0] > 0.5, frame[1]),
        lambda measure: (measure.frames, measure.clean_frames, measure.per_frame, measure.per_clean_frame),
    ),
    "recall": (
        SlicedRecall,
        lambda measure, frame: measure.add(frame[0] > 0.5, frame[1]),
        lambda measure: (measure.by_size(), measure.by_region()),
    ),
    "regions": (
        StreamingRegionMetrics,
        lambda measure, frame: measure.add(frame[1], regions_of(frame[0], frame[0] > 0.5)),
        lambda measure: measure.metrics(),
    ),
}


@pytest.mark.parametrize(("make", "add", "result"), MEASURES.values(), ids=MEASURES)
def test_counts_of_parts_add_up_to_those_of_all_however_they_are_taken_together(
    make: Callable[[], Any], add: Callable[[Any, Frame], None], result: Callable[[Any], Any]
) -> None:
    def measured(some: list[Frame]) -> Any:
        measure = make()
        for frame in some:
            add(measure, frame)
        return measure

    def together(*measures: Any) -> Any:
        whole = make()
        for measure in measures:
            file = io.BytesIO()
            np.savez_compressed(file, **measure.counts())
            file.seek(0)
            with np.load(file, allow_pickle=False) as counts:
                whole.add_counts(counts)
        return whole

    drawn = frames()
    expected = result(measured(drawn))
    first, second, third = measured(drawn[:3]), measured(drawn[3:4]), measured(drawn[4:])
    assert result(together(first, second, third)) == close(expected)
    assert result(together(together(first, second), third)) == close(expected)
    assert result(together(first, together(second, third))) == close(expected)
    begun = measured(drawn[:3])
    begun.add_counts(together(second, third).counts())
    assert result(begun) == close(expected)
    assert result(together(make(), first)) == close(result(first))


def close(result: Any) -> Any:
    """Return what equals a result but for the last digits of its sums."""
    return result if any(isinstance(each, dict) for each in result) else pytest.approx(result, rel=1e-13, abs=0)


def test_the_frames_of_this_test_have_something_to_add_up() -> None:
    metrics = StreamingRegionMetrics()
    for scores, labels in frames():
        metrics.add(labels, regions_of(scores, scores > 0.5))
    found = metrics.metrics()
    assert 0.02 < found.mask_ap < 0.98 and found.objects > 100
    assert len(metrics.counts()["scores"]) > 200, "more than COCO counts of one picture"
