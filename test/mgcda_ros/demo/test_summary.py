"""The demo's figures, from recordings made by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mgcda_ros.demo.photos import UNKNOWN, labelled_objects
from mgcda_ros.demo.recorder import FrameRecord, Recording
from mgcda_ros.demo.summary import format_summary, judge, summarise

SIZE = (60, 80)


def record(regions: list[tuple[int, int]], objects: dict[int, tuple[int, int]], unknown_rows: int = 0) -> FrameRecord:
    """A frame with 10 x 10 regions and objects, each at its top left corner (row, column)."""
    mask, instances = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    instances[:unknown_rows] = UNKNOWN
    for row, column in regions:
        mask[row : row + 10, column : column + 10] = 255
    for number, (row, column) in objects.items():
        instances[row : row + 10, column : column + 10] = number
    truth = [{"id": number, "distance_m": 30.0 - number} for number in objects]
    return FrameRecord(mask=mask, instances=instances, truth=truth)


@pytest.mark.parametrize(
    ("regions", "objects", "unknown_rows", "expected"),
    [
        pytest.param([], {}, 0, (set(), set(), 0, 0), id="clear and reported clear"),
        pytest.param([(30, 30)], {1: (30, 30)}, 0, ({1}, {1}, 0, 0), id="found"),
        pytest.param([(39, 39)], {1: (30, 30)}, 0, ({1}, {1}, 0, 0), id="touched by one pixel"),
        pytest.param([(40, 40)], {1: (30, 30)}, 0, ({1}, set(), 1, 0), id="beside it is missed and false"),
        pytest.param([], {1: (30, 30), 2: (5, 5)}, 0, ({1, 2}, set(), 0, 0), id="both missed"),
        pytest.param([(0, 0)], {}, 20, (set(), set(), 0, 1), id="where nothing is labelled"),
        pytest.param([(14, 0)], {}, 20, (set(), set(), 0, 1), id="mostly where nothing is labelled"),
        pytest.param([(16, 0)], {}, 20, (set(), set(), 1, 0), id="mostly on known ground"),
    ],
)
def test_regions_are_judged(
    regions: list[tuple[int, int]], objects: dict[int, tuple[int, int]], unknown_rows: int, expected: tuple
) -> None:
    judgement = judge(record(regions, objects, unknown_rows))
    found = (judgement.visible, judgement.touched, judgement.false_regions, judgement.unjudged_regions)
    assert found == expected


def test_hazard_too_small_to_see_is_not_counted_as_missed() -> None:
    frame = record([], {1: (30, 30)})
    assert judge(frame, visible_px=101).visible == set()


def test_frame_without_mask_is_not_judged_as_clear() -> None:
    frame = record([], {1: (30, 30)})
    frame.mask = None
    assert judge(frame) is None


def report(received_s: float, **values: Any) -> dict[str, Any]:
    base = {"status": "OK", "model": "m", "dropped": "2", "hazard_count": "1", "latency_s": "0.1", "input_age_s": "0.2"}
    return {**base, "received_ns": int(received_s * 1e9), **values}


def test_summary_of_a_drive() -> None:
    recording = Recording(published=5)
    frames = [
        record([(30, 30)], {1: (30, 30)}),
        record([(30, 30), (0, 0)], {1: (30, 30), 2: (45, 60)}),
        record([], {}),
    ]
    for number, frame in enumerate(frames):
        frame.report = report(number * 0.5, latency_s=str(0.1 * (number + 1)))
        recording.frames[number] = frame
    summary = summarise(recording)
    assert summary["frames published"] == 5
    assert summary["frames reported on"] == 3
    assert summary["frames dropped by the node, for a newer one"] == 2
    assert summary["rate, reports per second"] == pytest.approx(2.0)
    assert summary["latency, arrival to report, p50 s"] == pytest.approx(0.2)
    assert summary["recall, per hazard and frame"] == pytest.approx(2 / 3)
    assert summary["false regions per frame"] == pytest.approx(1 / 3)
    assert summary["frames without a false region"] == 2
    assert (summary["hazards passed"], summary["hazards found"]) == (2, 1)
    assert summary["distance when first found, median m"] == 29.0
    assert "| hazards passed | 2 |" in format_summary(summary)


def test_summary_without_any_report_claims_nothing() -> None:
    summary = summarise(Recording(published=4))
    assert summary["frames reported on"] == 0
    assert not any("latency" in name or "recall" in name for name in summary)


def test_drive_without_hazards_has_no_recall_rather_than_a_perfect_one() -> None:
    recording = Recording(published=1)
    frame = record([], {})
    frame.report = report(0)
    recording.frames[0] = frame
    assert math.isnan(summarise(recording)["recall, per hazard and frame"])


def test_labelled_objects_are_numbered_and_unlabelled_pixels_marked() -> None:
    labels = np.zeros(SIZE, np.uint8)
    labels[0:5, 0:5] = 1
    labels[20:30, 20:30] = 1
    labels[50:] = 255
    instances, hazards = labelled_objects(labels)
    assert sorted(hazard["visible_px"] for hazard in hazards) == [25, 100]
    assert len(set(instances[labels == 1])) == 2
    assert (instances[labels == 255] == UNKNOWN).all()
    assert (instances[labels == 0] == 0).all()
