"""The simulated camera as a process: pictures, calibration and truth of one frame belong together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from harness import Peer, process
from ros_domain import fresh_domain
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header, String

from mgcda_core.simulation.drive import Drive
from mgcda_ros.images import camera_from_info, image_to_rgb
from mgcda_ros.sim_camera import camera_info_message
from mgcda_ros.stamps import to_nanoseconds


def test_one_frames_picture_calibration_and_truth_have_one_stamp_and_match_the_drive(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = ["--ros-args"]
    for name, value in {"seed": 3, "width": 160, "height": 96, "rate": 5.0, "frames": 15}.items():
        arguments += ["-p", f"{name}:={value}"]
    peer = Peer(domain)
    received: dict[str, dict[int, object]] = {"image": {}, "camera_info": {}, "instances": {}, "truth": {}}

    def keep(kind: str, stamp: int, message: object) -> None:
        received[kind][stamp] = message

    subscribe = peer.node.create_subscription
    subscribe(Image, "/image", lambda m: keep("image", to_nanoseconds(m.header.stamp), m), 20)
    subscribe(CameraInfo, "/camera_info", lambda m: keep("camera_info", to_nanoseconds(m.header.stamp), m), 20)
    subscribe(Image, "/ground_truth/instances", lambda m: keep("instances", to_nanoseconds(m.header.stamp), m), 20)
    subscribe(String, "/ground_truth/hazards", lambda m: keep("truth", json.loads(m.data)["stamp_ns"], m), 20)
    try:
        with process("sim_camera", arguments, domain=domain, log=tmp_path / "log") as child:
            stamp = peer.until(
                lambda: next(iter(set.intersection(*(set(kind) for kind in received.values()))), None),
                "one frame on all four topics",
            )
            assert child.wait(30) == 0  # it stops by itself after 15 frames
    finally:
        peer.close()
    truth = json.loads(received["truth"][stamp].data)
    frame = Drive(seed=3, width=160, height=96).render(truth["time_s"])
    np.testing.assert_array_equal(image_to_rgb(received["image"][stamp]), frame.image)
    instances = np.frombuffer(received["instances"][stamp].data, np.uint8).reshape(96, 160)
    np.testing.assert_array_equal(instances, frame.instances)
    assert [hazard["id"] for hazard in truth["hazards"]] == [hazard.id for hazard in frame.hazards]
    camera = camera_from_info(received["camera_info"][stamp])
    np.testing.assert_allclose(camera.intrinsics, frame.camera.intrinsics)


def test_camera_info_describes_a_rectified_camera() -> None:
    camera = Drive(seed=1, width=160, height=96).render(0.0).camera
    message = camera_info_message(camera, Header(frame_id="x"))
    np.testing.assert_allclose(np.reshape(message.p, (3, 4))[:, :3], np.reshape(message.k, (3, 3)))
    assert (message.width, message.height, message.header.frame_id) == (160, 96, "x")


@pytest.mark.parametrize("parameter", ["rate:=0.0", "width:=3", "seed:=-1"])
def test_parameter_out_of_range_ends_the_process_with_its_name(tmp_path: Path, parameter: str) -> None:
    with process("sim_camera", ["--ros-args", "-p", parameter], domain=fresh_domain(), log=tmp_path / "log") as child:
        assert child.wait(30) != 0
    assert parameter.split(":")[0] in (tmp_path / "log").read_text()
