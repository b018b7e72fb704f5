"""The node from picture to metres: positions, the stop distance, and that neither outlives what it was made from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from harness import Peer, good_image, node_in_process, only_watch
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Float32, Header

from mgcda_core.frame import Frame, Hazard, ScoreMap
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.simulation.pinhole import make_view, project
from mgcda_ros.mounting import UnknownMountingError
from mgcda_ros.node import MgcdaNode
from mgcda_ros.sim_camera import camera_info_message

WIDTH, HEIGHT, CAMERA_HEIGHT_M, PITCH_DEG = 160, 96, 1.5, 6.0
VIEW = make_view(WIDTH, HEIGHT, 60.0, CAMERA_HEIGHT_M, PITCH_DEG)
DISTANCE_M, FRONT_M = 10.0, 2.5


@pytest.fixture
def node_and_peer() -> Iterator[tuple[MgcdaNode, Peer]]:
    mounted = {"camera_height_m": CAMERA_HEIGHT_M, "camera_pitch_deg": PITCH_DEG}
    with node_in_process(**mounted, vehicle_width_m=1.8, vehicle_front_m=FRONT_M) as both:
        yield both


def camera_info() -> CameraInfo:
    return camera_info_message(VIEW.camera, Header(frame_id="camera_optical_frame"))


def box_on_the_road() -> np.ndarray:
    """Return bool (H, W): a body 1 m wide whose foot is DISTANCE_M ahead, 0.6 m tall."""
    corners = np.array([[DISTANCE_M, y, z] for y in (-0.5, 0.5) for z in (0.0, 0.6)])
    pixels, _ = project(VIEW, corners)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return (columns >= low[0]) & (columns <= high[0]) & (rows >= low[1]) & (rows <= high[1])


@pytest.fixture
def seen(node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], None]:
    """Return a function that sets what the node sees from now on, bool (H, W), whatever the picture."""
    processor = only_watch(node_and_peer[0]).follower.processor

    def see(mask: np.ndarray) -> None:
        def process(frame: Frame) -> tuple[ScoreMap, tuple[Hazard, ...]]:
            score_map = ScoreMap(mask.astype(np.float32), None, frame.stamp, frame.frame_id)
            return score_map, find_hazards(score_map, processor.regions)

        monkeypatch.setattr(type(processor), "process", lambda self, frame: process(frame))

    return see


def listen(peer: Peer) -> list[float]:
    received: list[float] = []
    peer.node.create_subscription(Float32, "/mgcda/stop_distance", lambda m: received.append(m.data), 10)
    return received


def settled_report(peer: Peer) -> dict:
    def report() -> dict | None:
        peer.info.publish(camera_info())
        found = peer.send_until_report(good_image)
        return found if "calibration" not in found["message"] else None

    return peer.until(report, "a report on a frame with calibration")


def test_a_hazard_has_its_distance_and_stops_the_vehicle(
    node_and_peer: tuple[MgcdaNode, Peer], seen: Callable[[np.ndarray], None]
) -> None:
    _, peer = node_and_peer
    stops = listen(peer)
    seen(box_on_the_road())

    def confirmed() -> dict | None:
        hazards = settled_report(peer)["hazards"]
        return hazards[0] if hazards and hazards[0]["state"] == "CONFIRMED" and hazards[0]["distance_m"] else None

    hazard = peer.until(confirmed, "a confirmed hazard with a distance")
    assert hazard["distance_m"] == pytest.approx(DISTANCE_M, rel=0.06)
    assert hazard["width_m"] == pytest.approx(1.0, rel=0.15)
    assert 0 < hazard["distance_sigma_m"] < 2
    assert hazard["age_s"] > 0
    peer.until(lambda: settled_report(peer) and any(map(math.isfinite, stops)), "a stop distance")
    finite = [value for value in stops if math.isfinite(value)]
    assert finite[-1] == pytest.approx(hazard["distance_m"] - FRONT_M, abs=0.3)
    assert math.inf not in stops


def test_a_clear_corridor_is_inf_only_while_frames_come(
    node_and_peer: tuple[MgcdaNode, Peer], seen: Callable[[np.ndarray], None]
) -> None:
    node, peer = node_and_peer
    stops = listen(peer)
    seen(np.zeros((HEIGHT, WIDTH), bool))
    peer.until(lambda: math.isnan(stops[-1]) if stops else False, "NaN before the first frame")
    peer.until(lambda: settled_report(peer)["status"] == "OK" and math.inf in stops, "inf with a clear road")
    peer.until(lambda: math.isnan(stops[-1]), "NaN once frames do not come")
    peer.wait_status("STALE")
    start = len(stops)
    peer.until(lambda: len(stops) >= start + 3, "further values")
    assert all(map(math.isnan, stops[start:]))
    node.trigger_deactivate()
    start = len(stops)
    peer.until(lambda: len(stops) >= start + 2, "values of an inactive node")
    assert all(map(math.isnan, stops[start:]))


def test_without_calibration_the_status_says_that_nothing_has_a_position(
    node_and_peer: tuple[MgcdaNode, Peer], seen: Callable[[np.ndarray], None]
) -> None:
    _, peer = node_and_peer
    stops = listen(peer)
    seen(box_on_the_road())
    report = peer.send_until_report(good_image)
    assert report["status"] == "DEGRADED"
    assert "hazards have no position: no usable calibration on /camera_info" in report["message"]
    assert [hazard["distance_m"] for hazard in report["hazards"]] == [None]
    assert stops and all(map(math.isnan, stops))
    assert settled_report(peer)["status"] == "OK"


def test_missing_transform_is_degraded_and_never_a_clear_road(
    node_and_peer: tuple[MgcdaNode, Peer], seen: Callable[[np.ndarray], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    stops = listen(peer)
    seen(np.zeros((HEIGHT, WIDTH), bool))
    assert settled_report(peer)["status"] == "OK"

    def unknown(stamp_ns: int, frame_id: str) -> None:
        raise UnknownMountingError(f"no transform from {frame_id}")

    with monkeypatch.context() as patch:
        patch.setattr(only_watch(node).mounting, "at", unknown)
        peer.until(lambda: settled_report(peer)["status"] == "DEGRADED", "DEGRADED without a transform")
        start = len(stops)
        report = settled_report(peer)
        assert "hazards have no position: no transform from camera_optical_frame" in report["message"]
        peer.spin(0.3)
        assert len(stops) > start and all(map(math.isnan, stops[start:]))
    assert peer.until(lambda: settled_report(peer)["status"] == "OK", "OK again")
