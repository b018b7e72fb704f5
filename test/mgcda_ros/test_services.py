"""The node's services and /diagnostics, over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from harness import Peer, good_image, node_in_process
from rclpy.parameter import Parameter
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import CameraInfo

from mgcda_ros.machine import machine_figures
from mgcda_ros.node import MgcdaNode
from mgcda_ros.pace import WINDOW_S, Pace
from mgcda_ros.parameters.file import checked_values, read_parameter_file

services = pytest.importorskip("std_srvs.srv", reason="std_srvs is not installed: the node has no services then")


@pytest.fixture
def node_and_peer(tmp_path: Path) -> Iterator[tuple[MgcdaNode, Peer]]:
    with node_in_process(kept_frames=3, kept_frames_folder=str(tmp_path / "saved"), diagnostics_period_s=0.5) as both:
        yield both


def call(peer: Peer, name: str, data: bool | None = None) -> tuple[bool, str]:
    kind = services.Trigger if data is None else services.SetBool
    client = peer.node.create_client(kind, f"/mgcda/{name}")
    peer.until(client.service_is_ready, f"service {name}")
    future = client.call_async(kind.Request() if data is None else kind.Request(data=data))
    peer.until(future.done, f"an answer from {name}")
    peer.node.destroy_client(client)
    return future.result().success, future.result().message


def test_switched_off_it_is_blind_and_looks_at_nothing_until_switched_on(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    _, peer = node_and_peer
    processed = int(peer.send_until_report(good_image)["processed"])
    assert call(peer, "enable", False)[0]
    start = len(peer.statuses)
    for _ in range(10):
        peer.image.publish(good_image(peer.now()))
        peer.spin(0.1)
    silent = [values for _, values in peer.statuses[start + 1 :]]
    assert silent and {values["status"] for values in silent} == {"BLIND"}
    assert all("switched off by ~/enable" in values["message"] for values in silent)
    assert int(silent[-1]["processed"]) <= processed + 1
    sent = peer.now()
    assert call(peer, "enable", True) == (True, "looking")
    report = peer.until(
        lambda: (found := peer.send_until_report(good_image))["status"] == "OK" and found, "OK once it is on"
    )
    assert int(report["frame_stamp_ns"]) > sent, "nothing that came while it was off"


def test_tracks_begin_anew(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    # So low that something is found in any picture.
    node.set_parameters([Parameter("threshold", value=0.001)])
    hazards = peer.until(lambda: peer.send_until_report(good_image)["hazards"], "a hazard")
    before = {hazard["id"] for hazard in hazards}
    assert call(peer, "reset_tracks")[0]
    start = len(peer.statuses)
    peer.image.publish(good_image(peer.now()))
    report = peer.until(
        lambda: [v for _, v in peer.statuses[start:] if "too few frames" in v["message"]], "the first frame anew"
    )[0]
    assert report["status"] == "DEGRADED" and report["hazards"]
    assert {hazard["state"] for hazard in report["hazards"]} == {"TENTATIVE"}
    assert not before & {hazard["id"] for hazard in report["hazards"]}, "with new ids"


def test_the_last_frames_are_saved_as_a_bag_with_what_was_said_of_them(
    node_and_peer: tuple[MgcdaNode, Peer], tmp_path: Path
) -> None:
    _, peer = node_and_peer
    assert call(peer, "save_frames") == (False, "no frame is kept: none came yet, or kept_frames is 0")
    peer.info.publish(CameraInfo(width=160, height=96))
    sent: dict[int, Any] = {}

    def remembered(stamp: int) -> Any:
        sent[stamp] = good_image(stamp)
        return sent[stamp]

    looked = [int(peer.send_until_report(remembered)["frame_stamp_ns"]) for _ in range(5)]
    done, message = call(peer, "save_frames")
    assert done, message
    (folder,) = (tmp_path / "saved").iterdir()
    assert message == f"{folder}: 3 frame(s)"
    with AnyReader([folder / "bag"], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
        found = [
            (connection.topic, reader.deserialize(raw, connection.msgtype)) for connection, _, raw in reader.messages()
        ]
    pictures = [message for topic, message in found if topic == "/image"]
    stamps = [picture.header.stamp.sec * 10**9 + picture.header.stamp.nanosec for picture in pictures]
    assert len(stamps) == 3 and stamps == sorted(stamps) and stamps[-1] >= looked[-1]
    for stamp, picture in zip(stamps, pictures, strict=True):
        assert bytes(picture.data) == bytes(sent[stamp].data)
    assert [message.width for topic, message in found if topic == "/camera_info"] == [160]
    reported = {
        int(value.value)
        for topic, message in found
        if topic == "/mgcda/status"
        for value in message.status[0].values
        if value.key == "frame_stamp_ns"
    }
    assert set(looked) <= reported
    values = checked_values(read_parameter_file(folder / "parameters.yaml"))
    assert (values["kept_frames"], values["long_side_px"]) == (3, 160), "a parameter file of the node"
    assert yaml.safe_load((folder / "facts.yaml").read_text())["mgcda_ros"]
    assert call(peer, "save_frames")[0]
    assert len(list((tmp_path / "saved").iterdir())) == 2, "a folder for each call"


def test_a_folder_that_cannot_be_written_is_said(node_and_peer: tuple[MgcdaNode, Peer], tmp_path: Path) -> None:
    node, peer = node_and_peer
    peer.send_until_report(good_image)
    (tmp_path / "file").write_text("")
    node.set_parameters([Parameter("kept_frames_folder", value=str(tmp_path / "file"))])
    done, message = call(peer, "save_frames")
    assert not done and "Error" in message and str(tmp_path / "file") in message
    assert peer.send_until_report(good_image)["status"] == "OK"


def test_services_of_a_node_that_is_not_active_say_so(node_and_peer: tuple[MgcdaNode, Peer]) -> None:
    node, peer = node_and_peer
    node.trigger_deactivate()
    for name, data in (("enable", True), ("reset_tracks", None), ("save_frames", None)):
        assert call(peer, name, data) == (False, "the node is not active")


def test_diagnostics_tell_how_it_fares_once_a_period_and_at_once_when_the_status_changes(
    node_and_peer: tuple[MgcdaNode, Peer],
) -> None:
    node, peer = node_and_peer
    received: list[tuple[int, DiagnosticArray]] = []
    peer.node.create_subscription(DiagnosticArray, "/diagnostics", lambda m: received.append((peer.now(), m)), 10)
    peer.until(lambda: peer.send_until_report(good_image)["status"] == "OK", "OK")
    peer.until(lambda: received and received[-1][1].status[0].level == DiagnosticStatus.OK, "diagnostics of it")
    (status,) = received[-1][1].status
    values = {value.key: value.value for value in status.values}
    assert status.name == "/mgcda: anomaly detection" and status.message.startswith("OK")
    assert status.hardware_id == "camera_optical_frame"
    assert values["model"] == "mgcda_lite" and int(values["processed"]) >= 1 and "hazards" not in values
    assert values["long_side_px"] == "160"
    assert 0 < float(values["latency_s_p50"]) <= float(values["latency_s_max"]) < 10
    assert 0 < float(values["rate_hz"]) < 30 and float(values["memory_mib"]) > 100
    node.trigger_deactivate()
    peer.until(lambda: received[-1][1].status[0].level == DiagnosticStatus.ERROR, "a word at once")
    start = len(received)
    peer.spin(3.0)
    assert 3 <= len(received) - start <= 8, "every 0.5 s while nothing changes"


def test_the_pace_is_that_of_the_last_seconds() -> None:
    now_s = [100.0]
    pace = Pace(lambda: now_s[0])
    assert pace.figures()["rate_hz"] == 0
    for number in range(200):
        now_s[0] += 0.1
        pace.add(latency_s=0.2 if number < 150 else 0.4, input_age_s=0.5)
    found = pace.figures()
    assert found["rate_hz"] == pytest.approx(10, rel=0.02)
    assert found["latency_s_max"] == 0.4 and found["input_age_s"] == 0.5
    assert 0.2 <= found["latency_s_p50"] <= 0.4
    now_s[0] += WINDOW_S + 1
    assert pace.figures() == {"rate_hz": 0.0}


def test_the_process_memory_is_the_kernels_number() -> None:
    resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
    assert machine_figures()["memory_mib"] == pytest.approx(resident_pages * 4096 / 2**20, rel=0.1)
