"""The node in a process of its own, over DDS: what comes out, and what it says when it cannot look."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from harness import Peer, good_image, node_arguments, picture, process
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.qos import QoSProfile
from ros_domain import fresh_domain
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from visualization_msgs.msg import MarkerArray

from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, card_path
from mgcda_ros.images import rgb_to_image
from mgcda_ros.stamps import header_of

FRAME_ID = "camera_optical_frame"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A peer of one running, active node that all tests of this module share."""
    domain = fresh_domain()
    log = tmp_path_factory.mktemp("node") / "node.log"
    arguments = node_arguments(long_side_px=160, threads=1, heartbeat_s=0.2, frame_deadline_s=1.0)
    with process("node", arguments, domain=domain, log=log):
        other = Peer(domain)
        try:
            other.wait_status("STALE", "no frame on /image yet")
            yield other
        finally:
            other.close()
            print(log.read_text())


def camera_info(**changes: object) -> CameraInfo:
    message = CameraInfo(header=header_of(1, FRAME_ID), width=160, height=96, distortion_model="plumb_bob")
    message.d = [0.0] * 5
    message.k = [100.0, 0.0, 80.0, 0.0, 100.0, 48.0, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def test_every_output_carries_the_stamp_and_frame_of_its_picture(peer: Peer) -> None:
    received: dict[str, list] = {"score": [], "mask": [], "overlay": [], "markers": []}
    subscriptions = [
        peer.node.create_subscription(
            MarkerArray if topic == "markers" else Image, f"/mgcda/{topic}", messages.append, 5
        )
        for topic, messages in received.items()
    ]
    report = peer.send_until_report(good_image)
    stamp = int(report["frame_stamp_ns"])

    def all_of_this_frame() -> dict | None:
        report = peer.send_until_report(good_image)
        peer.spin(0.3)  # the report comes first, the outputs after it
        found = {}
        for topic, messages in received.items():
            headers = [m.markers[0].header if topic == "markers" else m.header for m in messages]
            for message, header in zip(messages, headers, strict=True):
                if header.stamp.sec * 10**9 + header.stamp.nanosec == int(report["frame_stamp_ns"]):
                    found[topic] = (message, header)
        return found if len(found) == len(received) else None

    found = peer.until(all_of_this_frame, "score, mask, overlay and markers of one frame")
    assert {header.frame_id for _, header in found.values()} == {FRAME_ID}
    encodings = {topic: found[topic][0].encoding for topic in ("score", "mask", "overlay")}
    assert encodings == {"score": "32FC1", "mask": "mono8", "overlay": "bgr8"}
    assert {(found[topic][0].height, found[topic][0].width) for topic in encodings} == {(96, 160)}
    score = np.frombuffer(found["score"][0].data, np.float32)
    assert 0 <= score.min() <= score.max() <= 1
    assert stamp > 0
    for subscription in subscriptions:
        peer.node.destroy_subscription(subscription)


def test_status_of_a_reported_frame_has_its_stamp_and_frame_id(peer: Peer) -> None:
    report = peer.send_until_report(good_image)
    message = next(m for m, values in peer.statuses if values.get("frame_stamp_ns") == report["frame_stamp_ns"])
    stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
    assert stamp == int(report["frame_stamp_ns"])
    assert message.header.frame_id == FRAME_ID
    assert report["status"] == "OK"
    assert report["model"] == SHIPPED_WEIGHTS.stem


def bad_images() -> dict[str, Callable[[int], Image]]:
    def changed(**changes: object) -> Callable[[int], Image]:
        def make(stamp: int) -> Image:
            message = good_image(stamp)
            for name, value in changes.items():
                setattr(message, name, value)
            return message

        return make

    def truncated(stamp: int) -> Image:
        message = good_image(stamp)
        message.data = message.data[:-100]
        return message

    return {
        "unknown encoding": changed(encoding="magic9"),
        "depth encoding": changed(encoding="32FC1"),
        "step too small": changed(step=160),
        "zero size": changed(width=0, height=0),
        "truncated": truncated,
    }


@pytest.mark.parametrize("case", bad_images())
def test_unreadable_picture_is_blind_naming_the_topic_until_a_good_one_comes(peer: Peer, case: str) -> None:
    peer.send_until_report(good_image)
    make = bad_images()[case]
    start = len(peer.statuses)
    for _ in range(3):
        peer.image.publish(make(peer.now()))
        peer.spin(0.1)
    blind = peer.until(
        lambda: next((v for _, v in peer.statuses[start:] if v["status"] == "BLIND"), None), f"BLIND for {case}"
    )
    assert "/image" in blind["message"]
    assert blind["hazards"] == []
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_camera_info_with_nan_is_degraded_naming_the_topic_until_a_good_one_comes(peer: Peer) -> None:
    nan = camera_info(k=[float("nan"), 0.0, 80.0, 0.0, 100.0, 48.0, 0.0, 0.0, 1.0])

    def with_info(info: CameraInfo) -> Callable[[], dict | None]:
        def report() -> dict | None:
            peer.info.publish(info)
            return peer.send_until_report(good_image)

        return report

    bad = peer.until(
        lambda: next((r for r in [with_info(nan)()] if r["status"] == "DEGRADED"), None), "DEGRADED for NaN"
    )
    assert "/camera_info" in bad["message"]
    peer.until(lambda: with_info(camera_info())()["status"] == "OK", "OK after a good CameraInfo")


def test_camera_info_of_another_size_is_not_used_and_says_so(peer: Peer) -> None:
    def report(info: CameraInfo) -> dict:
        peer.info.publish(info)
        return peer.send_until_report(good_image)

    peer.until(lambda: "320 x 96" in report(camera_info(width=320))["message"], "a complaint about the size")
    peer.until(lambda: report(camera_info())["status"] == "OK", "OK after a fitting CameraInfo")


def test_stamp_that_goes_back_is_said_once_and_over_with_the_next(peer: Peer) -> None:
    peer.send_until_report(good_image)
    earlier = peer.now() - 300_000_000
    peer.image.publish(good_image(earlier))
    back = peer.until(
        lambda: next((v for _, v in peer.statuses if v.get("frame_stamp_ns") == str(earlier)), None), "a report"
    )
    assert back["status"] == "DEGRADED"
    assert "went back" in back["message"]
    assert "/image" in back["message"]
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_old_stamp_is_stale_not_clear(peer: Peer) -> None:
    before = peer.send_until_report(good_image)
    peer.image.publish(good_image(peer.now() - 60 * 10**9))
    report = peer.wait_status("STALE", "maximum_input_age_s")
    assert report["hazards"] == [] and "frame_stamp_ns" not in report
    assert int(report["too_old"]) == int(before["too_old"]) + 1
    assert int(report["processed"]) == int(before["processed"]), "it is not looked at"
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_dark_picture_is_degraded(peer: Peer) -> None:
    def dark(stamp: int) -> Image:
        message = good_image(stamp)
        message.data = bytes(len(message.data))
        return message

    report = peer.send_until_report(dark)
    assert report["status"] == "DEGRADED"
    assert "dark" in report["message"]
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_same_picture_with_new_stamps_is_degraded_until_another_one_comes(peer: Peer) -> None:
    data = good_image(peer.now()).data

    def stuck(stamp: int) -> Image:
        message = good_image(stamp)
        message.data = data
        return message

    peer.until(lambda: "frozen" in peer.send_until_report(stuck)["message"], "a word about the frozen picture")
    assert peer.statuses[-1][1]["status"] == "DEGRADED"
    assert "/image" in peer.statuses[-1][1]["message"]
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_silence_is_stale_and_the_heartbeat_goes_on(peer: Peer) -> None:
    peer.send_until_report(good_image)
    peer.wait_status("STALE", "no frame on /image for more than 1 s")
    before = len(peer.statuses)
    peer.spin(1.0)
    beats = peer.statuses[before:]
    assert len(beats) >= 4  # every 0.2 s
    assert {values["status"] for _, values in beats} == {"STALE"}
    assert all("frame_stamp_ns" not in values for _, values in beats)


def test_deactivated_is_blind_and_activated_again_looks_again(peer: Peer) -> None:
    client = peer.node.create_client(ChangeState, "/mgcda/change_state")
    assert client.wait_for_service(10)

    def change(transition: int) -> None:
        future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        peer.until(future.done, "an answer to change_state")
        assert future.result().success

    change(Transition.TRANSITION_DEACTIVATE)
    peer.wait_status("BLIND", "not active: inactive")
    change(Transition.TRANSITION_ACTIVATE)
    assert peer.send_until_report(good_image)["status"] == "OK"
    peer.node.destroy_client(client)


def test_transition_that_the_state_does_not_have_is_refused_and_the_node_lives(peer: Peer) -> None:
    client = peer.node.create_client(ChangeState, "/mgcda/change_state")
    assert client.wait_for_service(10)
    future = client.call_async(ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE)))
    peer.until(future.done, "an answer to change_state")
    assert not future.result().success
    assert peer.send_until_report(good_image)["status"] == "OK"
    peer.node.destroy_client(client)


def test_picture_larger_than_the_network_is_given_is_degraded(peer: Peer) -> None:
    def large(stamp: int) -> Image:
        return rgb_to_image(picture(192, 320), encoding="rgb8", header=header_of(stamp, FRAME_ID))

    reduced = peer.until(
        lambda: next((r for r in [peer.send_until_report(large)] if "reduced resolution" in r["message"]), None),
        "a word about the resolution",
    )
    assert reduced["status"] == "DEGRADED"
    peer.until(lambda: peer.send_until_report(good_image)["status"] == "OK", "OK at the full resolution")


def test_status_goes_on_with_simulated_time_and_no_clock(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(use_sim_time=True, long_side_px=160, threads=1, heartbeat_s=0.5)
    with process("node", arguments, domain=domain, log=tmp_path / "log"):
        peer = Peer(domain)
        try:
            peer.wait_status("STALE", "no frame on /image yet")  # it also configured itself without a clock
            arrivals: list[float] = []
            peer.node.create_subscription(
                DiagnosticArray, "/mgcda/status", lambda _: arrivals.append(time.monotonic()), QoSProfile(depth=50)
            )
            peer.spin(3.5)
            gaps = np.diff(arrivals)
            assert len(gaps) >= 4
            assert np.median(gaps) <= 0.53  # at least every heartbeat_s
        finally:
            peer.close()


def test_compressed_pictures_are_looked_at(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(long_side_px=160, threads=1, image_transport="compressed")

    def compressed(stamp: int) -> CompressedImage:
        message = CompressedImage(header=header_of(stamp, FRAME_ID), format="rgb8; jpeg compressed bgr8")
        message.data = cv2.imencode(".jpg", picture(seed=stamp))[1].tobytes()
        return message

    with process("node", arguments, domain=domain, log=tmp_path / "log"):
        peer = Peer(domain)
        try:
            peer.wait_status("STALE", "no frame on /image/compressed yet")
            assert peer.send_until_report(compressed, publisher=peer.compressed)["status"] == "OK"

            def broken(stamp: int) -> CompressedImage:
                message = compressed(stamp)
                message.data = message.data[:40]
                return message

            peer.compressed.publish(broken(peer.now()))
            peer.wait_status("BLIND", "/image/compressed")
        finally:
            peer.close()


def test_missing_weights_are_blind_naming_the_file_and_it_recovers_when_they_come(tmp_path: Path) -> None:
    domain, weights = fresh_domain(), tmp_path / "mine.safetensors"
    arguments = node_arguments(weights=weights, long_side_px=160, threads=1, autostart_retry_s=0.5, heartbeat_s=0.2)
    with process("node", arguments, domain=domain, log=tmp_path / "log") as child:
        peer = Peer(domain)
        try:
            blind = peer.wait_status("BLIND", str(weights))
            assert "does not exist" in blind["message"]
            weights.write_bytes(b"not whole")
            shutil.copy(card_path(SHIPPED_WEIGHTS), card_path(weights))
            peer.wait_status("BLIND", "not a whole safetensors file")
            shutil.copy(SHIPPED_WEIGHTS, tmp_path / "whole")
            (tmp_path / "whole").replace(weights)
            assert peer.send_until_report(good_image)["status"] == "OK"
            child.send_signal(signal.SIGINT)
            assert child.wait(15) == 0
        finally:
            peer.close()
    log = (tmp_path / "log").read_text()
    assert log.count("does not exist") == 1  # said once, not at every try
    assert "Traceback" not in log


def test_weights_that_ship_go_by_name(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(weights="mgcda_fast", long_side_px=160, threads=1)
    with process("node", arguments, domain=domain, log=tmp_path / "log"):
        peer = Peer(domain)
        try:
            assert peer.send_until_report(good_image)["model"] == "mgcda_fast"
        finally:
            peer.close()


def test_wrong_parameter_is_blind_naming_it_and_the_node_stays_up(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(threshold=2.5, tresholt=0.5, autostart_retry_s=0.5)
    with process("node", arguments, domain=domain, log=tmp_path / "log") as child:
        peer = Peer(domain)
        try:
            blind = peer.wait_status("BLIND", "parameter threshold: 2.5 is not allowed")
            assert "a number from 0 to 0.999" in blind["message"]
            assert "did you mean threshold?" in blind["message"]
            assert child.poll() is None
        finally:
            peer.close()
