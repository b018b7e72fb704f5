"""A node with two cameras, over DDS: each with its own topics, pictures and status, one model for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from harness import Peer, good_image, node_in_process, picture
from rclpy.parameter import Parameter
from rclpy.publisher import Publisher
from sensor_msgs.msg import Image

from mgcda_ros.images import image_to_rgb, rgb_to_image
from mgcda_ros.node import MgcdaNode
from mgcda_ros.stamps import header_of, to_nanoseconds

CAMERAS = ("left", "right")
HEIGHTS = {"left": 96, "right": 120}


@pytest.fixture
def node_and_peer() -> Iterator[tuple[MgcdaNode, Peer]]:
    own = {"right.camera_height_m": 1.4, "right.region_of_interest_bottom": 0.8, "left.maximum_rate_hz": 2.0}
    with node_in_process(cameras="left,right", **own) as both:
        yield both


@pytest.fixture
def publishers(node_and_peer: tuple[MgcdaNode, Peer]) -> dict[str, Publisher]:
    _, peer = node_and_peer
    return {camera: peer.node.create_publisher(Image, f"/{camera}/image", 2) for camera in CAMERAS}


def of(camera: str) -> Callable[[int], Image]:
    def make(stamp: int) -> Image:
        header = header_of(stamp, f"{camera}_optical_frame")
        return rgb_to_image(picture(HEIGHTS[camera], 160, seed=stamp), encoding="rgb8", header=header)

    return make


def test_each_camera_has_its_own_topics_and_status(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    _, peer = node_and_peer
    masks: dict[str, list[Image]] = {camera: [] for camera in CAMERAS}
    for camera in CAMERAS:
        peer.node.create_subscription(Image, f"/mgcda/{camera}/mask", masks[camera].append, 2)
    for camera in CAMERAS:
        report = peer.send_until_report(of(camera), publisher=publishers[camera])
        assert report["camera"] == camera
        peer.until(lambda camera=camera: masks[camera], f"the mask of {camera}")
        mask = masks[camera][-1]
        assert mask.header.frame_id == f"{camera}_optical_frame"
        assert (mask.height, mask.width) == ({"left": 96, "right": round(0.8 * 120)}[camera], 160)
    names = {message.status[0].name for message, _ in peer.statuses}
    assert names == {f"/mgcda/{camera}: anomaly detection" for camera in CAMERAS}
    diagnosed = {topic for topic, _ in peer.node.get_topic_names_and_types()}
    assert {"/mgcda/left/status", "/mgcda/right/overlay", "/diagnostics"} <= diagnosed
    assert not diagnosed & {"/mgcda/status", "/mgcda/mask"}


def test_one_camera_that_dies_is_stale_and_the_other_is_looked_at(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    node, peer = node_and_peer
    node.set_parameters([Parameter("frame_deadline_s", value=0.5)])
    for camera in CAMERAS:
        peer.send_until_report(of(camera), publisher=publishers[camera])
    start = len(peer.statuses)
    peer.until(
        lambda: (
            peer.send_until_report(of("left"), publisher=publishers["left"])["status"] == "OK"
            and any(v["status"] == "STALE" for _, v in peer.statuses[start:] if v["camera"] == "right")
        ),
        "left OK while right is STALE",
    )
    silent = peer.wait_status("STALE", "no frame on /right/image", camera="right")
    assert silent["hazards"] == []


def test_an_unreadable_picture_of_one_is_blind_for_that_one_alone(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    _, peer = node_and_peer

    def unreadable(stamp: int) -> Image:
        message = good_image(stamp)
        message.data = np.zeros(10, np.uint8).tobytes()
        return message

    peer.send_until_report(of("left"), publisher=publishers["left"])
    publishers["right"].publish(unreadable(peer.now()))
    assert "/right/image" in peer.wait_status("BLIND", camera="right")["message"]
    assert peer.send_until_report(of("left"), publisher=publishers["left"])["status"] == "OK"


def test_what_is_wrong_with_the_node_is_wrong_with_every_camera(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    node.trigger_deactivate()
    for camera in CAMERAS:
        assert "not active" in peer.wait_status("BLIND", camera=camera)["message"]


def test_a_camera_is_not_looked_at_more_often_than_its_rate(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    _, peer = node_and_peer
    peer.send_until_report(of("left"), publisher=publishers["left"])
    begin, start = peer.now(), len(peer.statuses)
    # Ten in two seconds of stamps, whenever they come: 2 Hz lets every fifth through.
    for number in range(1, 11):
        publishers["left"].publish(of("left")(begin + number * 200_000_000))
        peer.spin(0.1)
    peer.until(
        lambda: int(peer.statuses[-1][1].get("skipped", 0)) + int(peer.statuses[-1][1].get("processed", 0)) >= 10,
        "all of them to be looked at or skipped",
    )
    stamps = {int(v["frame_stamp_ns"]) for _, v in peer.statuses[start:] if "frame_stamp_ns" in v}
    own = sorted(stamp for stamp in stamps if stamp > begin)
    assert 2 <= len(own) <= 5
    assert all(later - earlier >= 0.9 * 5e8 for earlier, later in zip(own, own[1:], strict=False))


def test_the_region_of_interest_is_a_part_of_the_picture(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    _, peer = node_and_peer
    overlays: list[Image] = []
    peer.node.create_subscription(Image, "/mgcda/right/overlay", overlays.append, 2)
    sent: dict[int, Image] = {}

    def make(stamp: int) -> Image:
        sent[stamp] = of("right")(stamp)
        return sent[stamp]

    peer.send_until_report(make, publisher=publishers["right"])
    peer.until(lambda: overlays, "an overlay")
    shown = image_to_rgb(overlays[-1])
    whole = image_to_rgb(sent[to_nanoseconds(overlays[-1].header.stamp)])
    assert shown.shape == (96, 160, 3)
    # The status is written at the top and hazards are drawn in; the lowest rows of a road are the picture's own.
    assert np.median(np.abs(shown[80:].astype(int) - whole[80:96])) == 0


def test_what_each_camera_has_of_its_own_is_set_for_each(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, _ = node_and_peer
    (refused,) = node.set_parameters([Parameter("camera_pitch_deg", value=3.0)])
    assert not refused.successful and "set left.camera_pitch_deg and so on" in refused.reason
    (accepted,) = node.set_parameters([Parameter("right.camera_pitch_deg", value=3.0)])
    assert accepted.successful
    settings = {channel.name: channel.watch._next[0] for channel in node._channels}
    down = settings["right"].extrinsics.rotation @ [0.0, 0.0, 1.0]
    assert down[2] == pytest.approx(-np.sin(np.deg2rad(3.0))) and settings["left"].extrinsics is None


def test_every_camera_is_told_the_load_of_the_process(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    _, peer = node_and_peer
    told: dict[str, list[float]] = {camera: [] for camera in CAMERAS}

    def note(message: DiagnosticArray) -> None:
        (status,) = message.status
        values = {value.key: value.value for value in status.values}
        told[status.name.split("/")[2].partition(":")[0]].append(float(values["cpu_percent"]))

    peer.node.create_subscription(DiagnosticArray, "/diagnostics", note, 20)
    peer.until(lambda: all(len(loads) >= 4 for loads in told.values()), "diagnostics of both")
    assert all(max(loads) > 0 for loads in told.values())


def test_an_activation_that_fails_again_and_again_leaves_no_subscriptions_behind() -> None:
    wrong = {"qos_overrides./right/camera_info.subscription.reliability": "perfect", "autostart_retry_s": 0.1}
    with node_in_process(("BLIND", "perfect"), cameras="left,right", **wrong) as (_, peer):
        peer.spin(2.0)
        for topic in ("/left/image", "/right/image"):
            assert len(peer.node.get_subscriptions_info_by_topic(topic)) <= 1


def test_one_bad_picture_in_a_batch_is_blind_for_its_camera_alone(
    node_and_peer: tuple[MgcdaNode, Peer], publishers: dict[str, Publisher]
) -> None:
    node, peer = node_and_peer
    node._worker._together = True

    def flat(stamp: int) -> Image:
        return rgb_to_image(picture(36, 160)[:16], encoding="rgb8", header=header_of(stamp, "right_optical_frame"))

    peer.send_until_report(of("left"), publisher=publishers["left"])
    start = len(peer.statuses)
    for _ in range(5):
        publishers["right"].publish(flat(peer.now()))
        peer.send_until_report(of("left"), publisher=publishers["left"])
    found = {camera: [v for _, v in peer.statuses[start:] if v["camera"] == camera] for camera in CAMERAS}
    assert not any(v["status"] == "BLIND" for v in found["left"])
    assert any(v["status"] == "BLIND" for v in found["right"])
