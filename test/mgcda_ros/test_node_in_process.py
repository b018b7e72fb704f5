"""What can only be seen from inside the node: work that is not done, and a detector that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from harness import Peer, good_image, node_in_process, only_watch
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from mgcda_core.frame import Frame
from mgcda_core.processing import Processor
from mgcda_ros.node import MgcdaNode


@pytest.fixture
def node_and_peer() -> Iterator[tuple[MgcdaNode, Peer]]:
    with node_in_process() as both:
        yield both


def test_output_that_nobody_subscribes_to_is_not_computed(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    built: list[str] = []

    def counting(output: object) -> object:
        def build(result: object) -> object:
            built.append(output.topic)
            return output.build(result)

        return output._replace(build=build)

    watch = only_watch(node)
    watch.outputs = [(counting(output), publisher) for output, publisher in watch.outputs]
    peer.send_until_report(good_image)
    assert built == []
    peer.node.create_subscription(Image, "/mgcda/mask", lambda _: None, 2)
    peer.until(lambda: peer.send_until_report(good_image) and built, "the mask to be built")
    assert set(built) == {"mask"}


def test_failing_detector_is_blind_with_the_reason_and_recovers(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    detector = node._detector

    def fail(frame: Frame) -> None:
        raise RuntimeError("the network returned NaN")

    with monkeypatch.context() as patch:
        patch.setattr(detector, "detect", fail)
        peer.image.publish(good_image(peer.now()))
        blind = peer.wait_status("BLIND", "the network returned NaN")
        assert blind["hazards"] == []
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_slow_detector_is_degraded_and_drops_are_counted(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    node.set_parameters([Parameter("maximum_latency_s", value=0.2)])
    process = Processor.process

    def slow(self: Processor, frame: Frame) -> tuple:
        time.sleep(0.4)
        return process(self, frame)

    monkeypatch.setattr(Processor, "process", slow)
    for _ in range(20):
        peer.image.publish(good_image(peer.now()))
        peer.spin(0.05)
    degraded = peer.wait_status("DEGRADED", "slow")
    assert int(degraded["dropped"]) > 0


def test_hanging_detector_is_stale_although_frames_come(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    node.set_parameters([Parameter("frame_deadline_s", value=0.5), Parameter("maximum_latency_s", value=0.5)])
    peer.send_until_report(good_image)
    go_on = threading.Event()
    process = Processor.process

    def hang(self: Processor, frame: Frame) -> tuple:
        go_on.wait(20)
        return process(self, frame)

    with monkeypatch.context() as patch:
        patch.setattr(Processor, "process", hang)
        start = len(peer.statuses)
        try:
            for _ in range(30):
                peer.image.publish(good_image(peer.now()))
                peer.spin(0.1)
        finally:
            go_on.set()
    hung = [values for _, values in peer.statuses[start:] if "none was reported on" in values["message"]]
    assert {values["status"] for values in hung} == {"STALE"}
    peer.until(lambda: peer.send_until_report(good_image)["status"] == "OK", "OK once it goes on")


def test_worker_outlives_any_silence(node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    node, peer = node_and_peer
    news = node._worker._news
    waits: list[float] = []
    wait = news.wait

    def impatient(timeout_s: float) -> bool:
        waits.append(timeout_s)
        return wait(0.01)

    monkeypatch.setattr(news, "wait", impatient)
    peer.until(lambda: len(waits) > 20, "many waits in vain")
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_output_that_fails_is_degraded_and_takes_neither_report_nor_other_outputs_with_it(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    masks: list[Image] = []
    peer.node.create_subscription(Image, "/mgcda/mask", masks.append, 2)
    peer.node.create_subscription(Image, "/mgcda/score", lambda _: None, 2)

    def fail(result: object) -> None:
        raise RuntimeError("no room for the score")

    watch = only_watch(node)
    watch.outputs = [
        (output._replace(build=fail) if output.topic == "score" else output, publisher)
        for output, publisher in watch.outputs
    ]
    peer.until(
        lambda: "no room for the score" in peer.send_until_report(good_image)["message"] and masks,
        "a word about the failure, and masks all the same",
    )


def test_status_that_cannot_be_published_once_does_not_end_the_worker(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    watch = only_watch(node)
    publish, failures = watch._publish_report, []

    def fail_twice(report: object) -> None:
        if len(failures) < 2:
            failures.append(report)
            raise RuntimeError("publisher is invalid")
        publish(report)

    watch._publish_report = fail_twice
    assert peer.send_until_report(good_image)["frame_stamp_ns"]
    assert len(failures) == 2
    assert node._worker.is_alive


def test_frame_whose_condition_is_lifted_meanwhile_is_still_reported_as_blind(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    monkeypatch.setattr(
        only_watch(node).camera, "frame", lambda arrival: None
    )  # unreadable, with no condition standing
    start = len(peer.statuses)
    peer.image.publish(good_image(peer.now()))
    reports = peer.until(
        lambda: [v for _, v in peer.statuses[start:] if v["status"] == "BLIND"], "BLIND for an unreadable frame"
    )
    assert reports[0]["hazards"] == []


def test_picture_without_hazards_in_a_blind_spot_never_reads_as_clear(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    _, peer = node_and_peer

    def unreadable(stamp: int) -> Image:
        message = good_image(stamp)
        message.data = np.zeros(10, np.uint8).tobytes()
        return message

    peer.send_until_report(good_image)
    start = len(peer.statuses)
    for _ in range(5):
        peer.image.publish(unreadable(peer.now()))
        peer.spin(0.1)
    assert all(values["status"] != "OK" for _, values in peer.statuses[start + 1 :])


def test_transition_that_raises_is_blind_with_the_reason(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no memory left")

    monkeypatch.setattr("mgcda_ros.node.Detector", fail)
    node.trigger_deactivate()
    node.trigger_cleanup()
    node.trigger_configure()
    blind = peer.wait_status("BLIND", "RuntimeError: no memory left")
    assert blind["hazards"] == []


def test_detections_required_without_vision_msgs_is_a_configure_error(
    node_and_peer: tuple[MgcdaNode, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, peer = node_and_peer
    monkeypatch.setattr("mgcda_ros.packages.find_spec", lambda name: None)
    node.trigger_deactivate()
    node.trigger_cleanup()
    node.set_parameters([Parameter("detections", value="required")])
    node.trigger_configure()
    blind = peer.wait_status("BLIND", "parameter detections: 'required'")
    assert "vision-msgs" in blind["message"]
    node.set_parameters([Parameter("detections", value="auto"), Parameter("extrinsics", value="tf")])
    node.trigger_configure()
    blind = peer.wait_status("BLIND", "parameter extrinsics: 'tf'")
    assert "tf2-ros-py" in blind["message"]


def test_silence_is_told_by_its_own_deadline_however_rare_the_heartbeat(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    changes = [Parameter("heartbeat_s", value=10.0), Parameter("frame_deadline_s", value=0.5)]
    assert all(result.successful for result in node.set_parameters(changes))
    report = peer.send_until_report(good_image)
    assert report["status"] == "OK"
    silent_since_s, before = time.monotonic(), len(peer.statuses)
    peer.wait_status("STALE", "no frame on /image for more than 0.5 s")
    # Of a busy machine; the next heartbeat would come after 10 s.
    assert time.monotonic() - silent_since_s < 4.0
    peer.spin(0.5)
    told = [values["status"] for _, values in peer.statuses[before:]]
    assert told.count("STALE") == 1, "it is told once, and then by the heartbeat"
    assert node._heartbeat_timer.timer_period_ns == 50_000_000


def test_a_node_that_stops_looking_says_so_at_once_however_rare_the_heartbeat(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    node.set_parameters([Parameter("heartbeat_s", value=10.0)])
    assert peer.send_until_report(good_image)["status"] == "OK"
    node.trigger_deactivate()
    stopped_s = time.monotonic()
    peer.wait_status("BLIND", "not active: inactive")
    assert time.monotonic() - stopped_s < 4.0
