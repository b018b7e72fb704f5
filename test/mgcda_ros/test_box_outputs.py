"""~/hazards, ~/hazards_3d and ~/objects: every field, on the real messages where they are installed."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from message_stand_ins import PACKAGES, need
from result_samples import BASE, STAMP, located, result, without_position
from std_msgs.msg import Header

from mgcda_core.frame import Hazard, HazardState
from mgcda_ros.outputs import available_outputs


def assert_of_the_frame(header: Header, frame_id: str = BASE) -> None:
    assert (header.frame_id, header.stamp.sec, header.stamp.nanosec) == (frame_id, STAMP // 10**9, STAMP % 10**9)


@pytest.fixture
def vision(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return need("vision_msgs", monkeypatch)


@pytest.fixture
def autoware(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return need("autoware_perception_msgs", monkeypatch)


def built(topic: str, *hazards: Hazard, **arguments: object) -> object:
    (output,) = [output for output in available_outputs() if output.topic == topic]
    message = output.build(result(*hazards, **arguments))
    assert message is None or isinstance(message, output.message_type)
    return message


def rotated(hazard: Hazard, angle: float) -> Hazard:
    """Return the hazard turned about the place below the camera."""
    below = np.array([1.0, 0.0, 0.0])
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return replace(hazard, footprint_m=(hazard.footprint_m - below) @ turn.T + below)


def test_outputs_exist_where_their_package_does(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = {"vision_msgs": {"hazards", "hazards_3d"}, "autoware_perception_msgs": {"objects"}}
    for package in PACKAGES:
        need(package, monkeypatch)
    everything = {output.topic for output in available_outputs()}
    assert everything == {
        "score", "mask", "overlay", "markers", "cloud", "grid", "nearest", "stop_distance", *set.union(*topics.values())
    }  # fmt: skip
    find_spec = importlib.util.find_spec
    for package, own in topics.items():
        with monkeypatch.context() as patch:
            patch.setattr(
                "importlib.util.find_spec", lambda name, gone=package: None if name == gone else find_spec(name)
            )
            assert {output.topic for output in available_outputs()} == everything - own


def test_every_output_is_documented_with_its_type(vision: ModuleType, autoware: ModuleType) -> None:
    page = (Path(__file__).parents[2] / "docs" / "interfaces.md").read_text()
    for output in available_outputs():
        package = output.message_type.__module__.split(".")[0]
        assert f"| `~/{output.topic}` | {package}/{output.message_type.__name__}" in page


def test_hazards_in_the_picture_are_all_there_with_the_ids_of_their_tracks(vision: ModuleType) -> None:
    message = built("hazards", located(4, 10, 0, score=0.75), without_position(11))
    assert_of_the_frame(message.header, "camera")
    assert [detection.id for detection in message.detections] == ["4", "11"]
    for detection, score in zip(message.detections, (0.75, 0.8), strict=True):
        assert_of_the_frame(detection.header, "camera")
        assert (detection.bbox.center.position.x, detection.bbox.center.position.y) == (640.0, 535.0)
        assert (detection.bbox.size_x, detection.bbox.size_y, detection.bbox.center.theta) == (80.0, 50.0, 0.0)
        (hypothesis,) = detection.results
        assert (hypothesis.hypothesis.class_id, hypothesis.hypothesis.score) == ("anomaly", score)


def test_box_straight_ahead_has_place_size_and_covariance(vision: ModuleType) -> None:
    message = built("hazards_3d", located(4, 10, 0, score=0.75), without_position(5))
    assert_of_the_frame(message.header)
    (detection,) = message.detections
    assert_of_the_frame(detection.header)
    assert detection.id == "4"
    # Upper border 150, lower border 200 of the focal length below the horizon: 2 m * (1 - 150 / 200).
    height = 0.5
    centre, size = detection.bbox.center, detection.bbox.size
    assert (size.x, size.y, size.z) == pytest.approx((1.0, 1.0, height))
    assert (centre.position.x, centre.position.y, centre.position.z) == pytest.approx((10.5, 0.0, height / 2))
    turn = centre.orientation
    assert (turn.x, turn.y, turn.z, turn.w) == pytest.approx((0.0, 0.0, 0.0, 1.0))
    (hypothesis,) = detection.results
    assert (hypothesis.hypothesis.class_id, hypothesis.hypothesis.score) == ("anomaly", 0.75)
    assert hypothesis.pose.pose == centre
    any_angle = math.pi**2 / 3
    expected = np.diag([0.4**2, 0.1**2, (height / 2) ** 2, any_angle, any_angle, any_angle])
    np.testing.assert_allclose(np.reshape(hypothesis.pose.covariance, (6, 6)), expected, atol=1e-12)


@pytest.mark.parametrize("degrees", [30.0, -100.0])
def test_box_beside_turns_with_the_line_of_sight(vision: ModuleType, degrees: float) -> None:
    angle = math.radians(degrees)
    (detection,) = built("hazards_3d", rotated(located(4, 10, 0), angle)).detections
    centre, size = detection.bbox.center, detection.bbox.size
    assert (size.x, size.y) == pytest.approx((1.0, 1.0))
    assert (centre.position.x, centre.position.y) == pytest.approx((1 + 9.5 * math.cos(angle), 9.5 * math.sin(angle)))
    assert (centre.orientation.z, centre.orientation.w) == pytest.approx((math.sin(angle / 2), math.cos(angle / 2)))
    covariance = np.reshape(detection.results[0].pose.covariance, (6, 6))
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    found = covariance[:2, :2]
    assert along @ found @ along == pytest.approx(0.4**2)
    assert across @ found @ across == pytest.approx(0.1**2)
    assert along @ found @ across == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("sigma", [None, math.nan])
def test_width_of_unknown_deviation_counts_as_wholly_uncertain(vision: ModuleType, sigma: float | None) -> None:
    (detection,) = built("hazards_3d", replace(located(4, 10, 0), width_sigma_m=sigma)).detections
    assert detection.results[0].pose.covariance[7] == pytest.approx(0.5**2)


@pytest.mark.parametrize(("topic", "items"), [("hazards_3d", "detections"), ("objects", "objects")])
def test_without_positions_it_is_empty_and_without_extrinsics_there_is_none(
    vision: ModuleType, autoware: ModuleType, topic: str, items: str
) -> None:
    message = built(topic, without_position(1))
    assert_of_the_frame(message.header)
    assert getattr(message, items) == []
    assert built(topic, located(1, 10, 0), extrinsics=None) is None


@pytest.mark.parametrize("state", list(HazardState))
def test_object_of_autoware_has_the_footprint_around_its_place(autoware: ModuleType, state: HazardState) -> None:
    hazard = rotated(located(4, 10, 0, score=0.75, state=state), math.radians(30))
    message = built("objects", hazard, without_position(5))
    assert_of_the_frame(message.header)
    (thing,) = message.objects
    assert thing.existence_probability == 0.75
    (classification,) = thing.classification
    assert (classification.label, classification.probability) == (autoware.ObjectClassification.HAZARD, 1.0)

    kinematics = thing.kinematics
    place = kinematics.pose_with_covariance.pose.position
    assert (place.x, place.y, place.z) == pytest.approx((1 + 9.5 * math.cos(math.pi / 6), 9.5 * 0.5, 0.25))
    turn = kinematics.pose_with_covariance.pose.orientation
    assert (turn.x, turn.y, turn.z, turn.w) == (0.0, 0.0, 0.0, 1.0)
    assert kinematics.has_position_covariance
    assert kinematics.pose_with_covariance.covariance[0] == pytest.approx(0.75 * 0.4**2 + 0.25 * 0.1**2)
    assert kinematics.orientation_availability == autoware.DetectedObjectKinematics.UNAVAILABLE
    assert not kinematics.has_twist and not kinematics.has_twist_covariance

    shape = thing.shape
    assert shape.type == autoware.Shape.POLYGON
    back = [(place.x + point.x, place.y + point.y) for point in shape.footprint.points]
    np.testing.assert_allclose(back, hazard.footprint_m[:, :2])
    assert [point.z for point in shape.footprint.points] == [0.0] * 4
    # A square of one metre, turned by 30 degrees.
    extent = math.cos(math.pi / 6) + math.sin(math.pi / 6)
    assert (shape.dimensions.x, shape.dimensions.y, shape.dimensions.z) == pytest.approx((extent, extent, 0.5))


def test_autoware_without_that_label_hears_of_an_unknown_object(
    autoware: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(autoware.ObjectClassification, "FIELDS"):
        pytest.skip("the real messages have the label")
    monkeypatch.delattr(autoware.ObjectClassification, "HAZARD")
    (thing,) = built("objects", located(4, 10, 0)).objects
    assert thing.classification[0].label == autoware.ObjectClassification.UNKNOWN == 0
