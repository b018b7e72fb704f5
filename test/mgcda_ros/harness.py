"""A node in its own process and, in the test's, somebody who publishes and waits for what comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from ros_domain import fresh_domain
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mgcda_core.simulation.drive import Drive
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.images import rgb_to_image
from mgcda_ros.node import MgcdaNode
from mgcda_ros.outputs.status import read_status
from mgcda_ros.stamps import header_of

DEADLINE_S = 60.0
PATIENT = {"maximum_input_age_s": 5.0, "maximum_latency_s": 5.0, "image_reliability": "reliable"}
"""A shared machine stands still for a second now and then, and a picture that is sent once must arrive."""


def environment(domain: int) -> dict[str, str]:
    """Return the environment of a child that talks on this domain, on this machine only."""
    return {
        **os.environ,
        "ROS_DOMAIN_ID": str(domain),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "OMP_NUM_THREADS": "1",
        "RCUTILS_COLORIZED_OUTPUT": "0",
    }


@contextmanager
def process(program: str, arguments: list[str], *, domain: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of entry.py in a process group of its own, and end it with the block."""
    command = [sys.executable, "-c", f"from mgcda_ros.entry import {program}; {program}()", *arguments]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment(domain), start_new_session=True
        )
        try:
            yield child
        finally:
            for number in (signal.SIGINT, signal.SIGKILL):
                if child.poll() is None:
                    os.killpg(child.pid, number)
                    try:
                        child.wait(15)
                    except subprocess.TimeoutExpired:
                        continue


def node_arguments(**parameters: object) -> list[str]:
    """Return the node's command line with these parameters."""
    arguments = ["--ros-args"]
    for name, value in (PATIENT | parameters).items():
        arguments += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
    return arguments


class Peer:
    """A camera and a listener on one domain, in this process; close() ends it. cameras: the node's, by name."""

    def __init__(self, domain: int, cameras: Sequence[str] = ("",)) -> None:
        self.context = Context()
        rclpy.init(args=[], context=self.context, domain_id=domain)
        self.node = rclpy.create_node("peer", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.statuses: list[tuple[DiagnosticArray, dict[str, Any]]] = []
        for camera in cameras:
            topic = f"/mgcda/{camera}/status" if camera else "/mgcda/status"
            callback = partial(self._on_status, camera)
            self.node.create_subscription(DiagnosticArray, topic, callback, QoSProfile(depth=50))
        self.image = self.node.create_publisher(Image, "/image", 2)
        self.compressed = self.node.create_publisher(CompressedImage, "/image/compressed", 2)
        self.info = self.node.create_publisher(CameraInfo, "/camera_info", 2)

    def _on_status(self, camera: str, message: DiagnosticArray) -> None:
        values = read_status(message) | {"message": message.status[0].message, "camera": camera}
        self.statuses.append((message, values))

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)

    def now(self) -> int:
        return self.node.get_clock().now().nanoseconds

    def spin(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=min(0.05, left))

    def until(self, done: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
        """Spin until done() is true and return it; fails the test, naming what, after deadline_s."""
        end = time.monotonic() + deadline_s
        while not (result := done()):
            seen = [values["message"] for _, values in self.statuses[-5:]]
            assert time.monotonic() < end, f"{what}: not within {deadline_s} s; last statuses: {seen}"
            self.executor.spin_once(timeout_sec=0.05)
        return result

    def wait_status(
        self, status: str, containing: str = "", deadline_s: float = DEADLINE_S, *, camera: str | None = None
    ) -> dict[str, Any]:
        """Wait for a new status message of this status whose message contains a text; camera: None: of any."""
        start = len(self.statuses)

        def found() -> dict[str, Any] | None:
            new = [values for _, values in self.statuses[start:] if camera in (None, values["camera"])]
            return next((v for v in new if v["status"] == status and containing in v["message"]), None)

        return self.until(found, f"status {status} with {containing!r}", deadline_s)

    def send_until_report(self, make: Callable[[int], Image | CompressedImage], *, publisher: Any = None) -> dict:
        """Publish make(stamp) every 0.3 s until a report on one of these stamps comes, and return it.

        Reports on the first frames after a start or a gap, which say that they are, are waited out.
        """
        stamps: set[str] = set()
        start, last_sent = len(self.statuses), 0.0

        def reported() -> dict[str, Any] | None:
            nonlocal last_sent
            if time.monotonic() - last_sent > 0.3:
                last_sent = time.monotonic()
                stamp = self.now()
                stamps.add(str(stamp))
                (publisher or self.image).publish(make(stamp))
            new = [values for _, values in self.statuses[start:]]
            settled = (values for values in new if "too few frames" not in values["message"])
            return next((values for values in settled if values.get("frame_stamp_ns") in stamps), None)

        return self.until(reported, "a report on a published frame")


@contextmanager
def node_in_process(
    first_status: tuple[str, str] = ("STALE", "no frame"), **parameters: object
) -> Iterator[tuple[MgcdaNode, Peer]]:
    """Run a node of small pictures in this process, with somebody to talk to it, once it has this status."""
    domain = fresh_domain()
    context = Context()
    rclpy.init(args=[], context=context, domain_id=domain)
    overrides = PATIENT | {"long_side_px": 160, "threads": 1, "heartbeat_s": 0.2} | parameters
    node = MgcdaNode(
        context=context, parameter_overrides=[Parameter(name, value=value) for name, value in overrides.items()]
    )
    peer = Peer(domain, str(overrides.get("cameras", "")).split(","))
    peer.executor.shutdown()
    # One executor for both: the node's context is the one it was made with.
    peer.executor = SingleThreadedExecutor(context=context)
    peer.executor.add_node(node)
    peer.executor.add_node(peer.node)
    try:
        peer.wait_status(*first_status)
        yield node, peer
    finally:
        node.stop_worker()
        peer.close()
        node.destroy_node()
        rclpy.shutdown(context=context)


def only_watch(node: MgcdaNode) -> CameraWatch:
    """Return what looks at the one camera of an active node."""
    (channel,) = node._channels
    return channel.watch


@lru_cache
def _road(height: int, width: int) -> np.ndarray:
    return Drive(seed=7, width=width, height=height).render(0.0).image


def picture(height: int = 96, width: int = 160, *, seed: int = 0) -> np.ndarray:
    """Return a picture of a road, uint8 (height, width, 3), with the noise of this seed."""
    noise = np.random.default_rng(seed).integers(0, 3, (height, width, 3), np.uint8)
    return np.minimum(_road(height, width), 253) + noise


def good_image(stamp: int, frame_id: str = "camera_optical_frame") -> Image:
    """Return a picture as sensor_msgs/Image, rgb8; one of another stamp has other noise, or it would be frozen."""
    return rgb_to_image(picture(seed=stamp), encoding="rgb8", header=header_of(stamp, frame_id))
