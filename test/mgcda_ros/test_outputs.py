"""Each output's message, from a Result made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus
from visualization_msgs.msg import Marker

from mgcda_core.frame import Camera, Frame, Hazard, HazardReport, ScoreMap, Status
from mgcda_ros.outputs.markers import DEPTH_M, markers_message
from mgcda_ros.outputs.mask import mask_message
from mgcda_ros.outputs.overlay import overlay_message
from mgcda_ros.outputs.score import score_message
from mgcda_ros.outputs.status import read_status, status_message
from mgcda_ros.result import Result

STAMP = 1_700_000_000_123_456_789
CAMERA = Camera(64, 48, np.array([[50.0, 0, 31.5], [0, 50.0, 23.5], [0, 0, 1]]))
HAZARD = Hazard(
    id=1,
    box_px=(10, 20, 20, 30),
    polygon_px=np.array([[10, 20], [19, 20], [19, 29], [10, 29]], np.float32),
    score=0.75,
    area_px=100,
    on_road=0.5,
)


def result(camera: Camera | None = CAMERA, hazards: tuple[Hazard, ...] = (HAZARD,)) -> Result:
    probability = np.zeros((48, 64), np.float32)
    probability[20:30, 10:20] = 0.75
    frame = Frame(np.full((48, 64, 3), 90, np.uint8), STAMP, "cam", camera)
    report = HazardReport(STAMP, "cam", Status.OK, "looking", hazards, 0.2, 0.1, "weights")
    return Result(frame, ScoreMap(probability, None, STAMP, "cam"), report, 0.5)


def test_score_message_holds_the_probabilities() -> None:
    message = score_message(result())
    values = np.frombuffer(message.data, np.float32).reshape(48, 64)
    np.testing.assert_array_equal(values, result().score_map.probability)


def test_mask_message_is_255_inside_the_hazard_only() -> None:
    mask = np.frombuffer(mask_message(result()).data, np.uint8).reshape(48, 64)
    expected = np.zeros((48, 64), np.uint8)
    expected[20:30, 10:20] = 255
    np.testing.assert_array_equal(mask, expected)


def test_overlay_message_is_bgr_of_the_pictures_size_with_a_tinted_hazard() -> None:
    message = overlay_message(result())
    picture = np.frombuffer(message.data, np.uint8).reshape(48, 64, 3)
    blue, _, red = picture[25, 15]
    assert (message.encoding, red > blue) == ("bgr8", True)


def test_markers_begin_by_deleting_all_and_are_all_of_the_frame() -> None:
    markers = markers_message(result()).markers
    assert markers[0].action == Marker.DELETEALL
    assert {marker.header.frame_id for marker in markers} == {"cam"}
    assert [marker.type for marker in markers[1:]] == [Marker.TEXT_VIEW_FACING, Marker.LINE_STRIP]
    assert all(marker.lifetime.sec > 0 for marker in markers[1:])


def test_marker_outline_projects_back_onto_the_polygon() -> None:
    outline = markers_message(result()).markers[2]
    points = np.array([[p.x, p.y, p.z] for p in outline.points])
    np.testing.assert_allclose(points[:, 2], DEPTH_M)
    pixels = points @ CAMERA.intrinsics.T
    np.testing.assert_allclose(pixels[:-1, :2] / pixels[:-1, 2:], HAZARD.polygon_px, atol=1e-6)
    np.testing.assert_allclose(points[0], points[-1])


def test_an_outline_beyond_the_lens_model_is_cut_and_never_has_a_point_that_is_not_a_number() -> None:
    folding = replace(CAMERA, distortion=np.array([-1.5, 0.0, 0.0, 0.0, 0.0]))  # up to 15.7 pixels from the middle
    (text, cut) = markers_message(result(folding)).markers[1:]
    points = np.array([[p.x, p.y, p.z] for p in cut.points])
    assert 1 < len(points) < 5 and np.isfinite(points).all()
    shut = replace(CAMERA, distortion=np.array([-15.0, 0.0, 0.0, 0.0, 0.0]))
    (text,) = markers_message(result(shut)).markers[1:]
    assert text.text == "OK: 1 hazard(s), 1 without position"


def test_markers_without_a_camera_say_that_there_is_no_position() -> None:
    markers = markers_message(result(camera=None)).markers
    assert [marker.type for marker in markers[1:]] == [Marker.TEXT_VIEW_FACING]
    assert "1 without position: no camera calibration" in markers[1].text


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (Status.OK, DiagnosticStatus.OK),
        (Status.DEGRADED, DiagnosticStatus.WARN),
        (Status.STALE, DiagnosticStatus.STALE),
        (Status.BLIND, DiagnosticStatus.ERROR),
    ],
)
def test_status_message_has_the_level_of_the_status_and_reads_back(status: Status, level: bytes) -> None:
    report = replace(result().report, status=status)
    message = status_message(report, name="/mgcda", now=Time(sec=5), counters={"dropped": 3})
    assert message.status[0].level == level
    values = read_status(message)
    assert (values["status"], values["dropped"], values["frame_stamp_ns"]) == (status.name, "3", str(STAMP))
    assert values["hazards"][0]["box_px"] == [10, 20, 20, 30]
    assert message.header.stamp.sec * 10**9 + message.header.stamp.nanosec == STAMP


def test_heartbeat_has_now_for_a_stamp_and_no_frame() -> None:
    report = HazardReport(None, "", Status.BLIND, "no model")
    message = status_message(report, name="/mgcda", now=Time(sec=5), counters={})
    assert message.header.stamp.sec == 5
    assert "frame_stamp_ns" not in read_status(message)
