"""Replay says of a bag's frames what the node says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bag_samples import drive_samples
from harness import Peer, node_in_process, only_watch
from nav_msgs.msg import Odometry
from rclpy.serialization import deserialize_message
from replay_samples import IMAGE, OVERRIDES, replayed
from sensor_msgs.msg import CameraInfo, Image

from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.node import MgcdaNode

PARAMETERS = {
    "image_topic": IMAGE, "camera_info_topic": "/camera/camera_info", "maximum_input_age_s": 0.0,
    "frame_deadline_s": 30.0,
}  # fmt: skip
MESSAGES = {"/camera/camera_info": CameraInfo, "/camera/odometry": Odometry, IMAGE: Image}


def test_hazards_and_status_are_those_of_the_node_for_the_same_frames(tmp_path: Path) -> None:
    samples = [sample for sample in drive_samples(8) if sample.topic in MESSAGES]
    report = replayed(tmp_path, samples, overrides={"frame_deadline_s": 30.0, "maximum_input_age_s": 0.0})
    with node_in_process(**(OVERRIDES | PARAMETERS)) as (node, peer):
        told = by_the_node(node, peer, samples)
    assert len(told) == 8 and any(each["hazards"] for each in told)
    for record, values in zip(report["records"], told, strict=True):
        assert record["stamp_ns"] == int(values["frame_stamp_ns"])
        assert record["hazards"] == values["hazards"]
        assert (record["status"], f"{record['status']}: {record['message']}") == (values["status"], values["message"])
    states = {hazard["state"] for record in report["records"] for hazard in record["hazards"]}
    assert "CONFIRMED" in states, "the tracks are compared too"
    assert any(hazard["distance_m"] for record in report["records"] for hazard in record["hazards"]), "and the places"


def by_the_node(node: MgcdaNode, peer: Peer, samples: list) -> list[dict[str, Any]]:
    """Send messages over DDS one after the other, and return what the node's status says of each picture."""
    watch = only_watch(node)
    publishers = {topic: peer.node.create_publisher(kind, topic, 10) for topic, kind in MESSAGES.items()}
    peer.until(lambda: all(each.get_subscription_count() for each in publishers.values()), "the node's subscriptions")
    told: list[dict[str, Any]] = []
    for sample in samples:
        publishers[sample.topic].publish(deserialize_message(sample.raw, MESSAGES[sample.topic]))
        if sample.topic == "/camera/odometry":
            peer.until(lambda at=sample.time_ns: at in node._motion._stamps, "the pose to arrive")
        elif sample.topic == "/camera/camera_info":
            peer.until(lambda: calibrated(watch), "the calibration to arrive")
        else:
            told.append(peer.until(lambda at=sample.time_ns: report_on(peer, at), "a report on the picture"))
    return told


def calibrated(watch: CameraWatch) -> bool:
    """Return whether the node has a calibration."""
    return watch.camera._maker._camera is not None


def report_on(peer: Peer, stamp_ns: int) -> dict[str, Any] | None:
    """Return what was said of the picture with this stamp."""
    return next((v for _, v in peer.statuses if v.get("frame_stamp_ns") == str(stamp_ns)), None)


def test_output_bag_says_what_the_records_say_and_has_the_inputs_as_they_were(tmp_path: Path) -> None:
    from bag_samples import TYPES
    from rosbags.rosbag2 import Reader

    samples = drive_samples(5)
    report = replayed(tmp_path, samples, write_bag=True)
    assert report["missing"] == {} and report["failures"] == {}
    inputs: dict[str, list[tuple[int, bytes]]] = {}
    statuses: list[Any] = []
    counts: dict[str, int] = {}
    with Reader(tmp_path / "out" / "bag") as reader:
        for connection, time_ns, raw in reader.messages():
            counts[connection.topic] = counts.get(connection.topic, 0) + 1
            if connection.topic.startswith("/camera"):
                inputs.setdefault(connection.topic, []).append((time_ns, raw))
            if connection.topic == "/mgcda/status":
                values = TYPES.deserialize_cdr(raw, connection.msgtype).status[0].values
                statuses.append({each.key: each.value for each in values})
    for topic in (IMAGE, "/camera/camera_info", "/camera/odometry"):
        assert inputs[topic] == [(each.time_ns, each.raw) for each in samples if each.topic == topic]
    assert [json.loads(each["hazards"]) for each in statuses] == [each["hazards"] for each in report["records"]]
    for output in ("mask", "score", "overlay", "markers", "cloud", "grid", "nearest", "stop_distance"):
        assert counts[f"/mgcda/{output}"] == 5
