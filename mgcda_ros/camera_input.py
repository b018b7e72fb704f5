"""One camera's topics: the newest picture and calibration, as a Frame when the worker asks for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mgcda_core.frame import Camera, Frame, Status
from mgcda_ros.camera_settings import View
from mgcda_ros.health import Health
from mgcda_ros.images import ImageError, camera_from_info, compressed_to_rgb, image_to_rgb
from mgcda_ros.mailbox import Mailbox
from mgcda_ros.stamps import SECOND, to_nanoseconds
from mgcda_ros.subscribing import Input

CONDITIONS = ("input", "stamp", "camera_info", "camera_size", "qos")
"""What is reported here: unreadable pictures, time that went back, an unusable calibration or one of another size,
publishers whose QoS does not go with ours."""

_EARLY_SHARE = 0.1
"""Of the time between two frames."""


class Arrival(NamedTuple):
    """A message and when it arrived, time.monotonic() seconds."""

    message: Image | CompressedImage
    arrived_s: float


class CameraInput:
    """Subscribes to a camera; the callbacks only file the message away.

    last_arrival_s: time.monotonic() of the newest picture, None before the first. skipped: pictures that came faster
    than view lets through. wake: called with each picture.
    """

    def __init__(
        self,
        node: Node,
        health: Health,
        *,
        image_topic: str,
        transport: str,
        info_topic: str,
        reliability: str,
        view: View,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self._health = health
        self.view = view
        self.skipped = 0
        self.mailbox: Mailbox[Arrival] = Mailbox(wake)
        self._last_taken_ns: int | None = None
        self.last_arrival_s: float | None = None
        self.last_info: CameraInfo | None = None
        self._camera: Camera | None = None
        self._last_stamp: int | None = None
        compressed = transport == "compressed"
        # Resolved first, so that remapping the picture topic moves its compressed one along.
        topic = f"{node.resolve_topic_name(image_topic)}/compressed" if compressed else image_topic
        message_type = CompressedImage if compressed else Image
        self._image = Input(node, message_type, topic, self._on_image, reliability)
        self._info = Input(node, CameraInfo, info_topic, self._on_info)
        self.topic, self.info_topic = self._image.topic, self._info.topic

    def close(self) -> None:
        """Unsubscribe and let nobody wait for a frame any more."""
        self._image.close()
        self._info.close()
        self.mailbox.close()

    def watch(self) -> None:
        """Report publishers whose messages cannot come, or that they are gone; called by the heartbeat."""
        problems = filter(None, (self._image.problem(), self._info.problem()))
        if message := "; ".join(problems):
            self._health.report("qos", Status.DEGRADED, message)
        else:
            self._health.clear("qos")

    def _on_image(self, message: Image | CompressedImage) -> None:
        self.last_arrival_s = time.monotonic()
        if self._is_due(to_nanoseconds(message.header.stamp)):
            self.mailbox.put(Arrival(message, self.last_arrival_s))
        else:
            self.skipped += 1

    def _is_due(self, stamp_ns: int) -> bool:
        """Return whether a picture comes no faster than maximum_rate_hz, by the stamps, and remember it if so."""
        if self.view.maximum_rate_hz and self._last_taken_ns is not None:
            passed_s = (stamp_ns - self._last_taken_ns) / SECOND
            # A stamp that went back begins anew. Cameras are never quite regular: a little early is due.
            if 0 <= passed_s < (1 - _EARLY_SHARE) / self.view.maximum_rate_hz:
                return False
        self._last_taken_ns = stamp_ns
        return True

    def _on_info(self, message: CameraInfo) -> None:
        self.last_info = message
        try:
            self._camera = camera_from_info(message)
        except ImageError as error:
            # A calibration that was good before is not trusted once the camera says something else.
            self._camera = None
            self._health.report("camera_info", Status.DEGRADED, f"{self.info_topic}: {error}")
            return
        self._health.clear("camera_info")

    def frame(self, arrival: Arrival) -> Frame | None:
        """Return the arrival as a Frame, or None with the condition "input" reported where it is no picture."""
        message = arrival.message
        try:
            image = image_to_rgb(message) if isinstance(message, Image) else compressed_to_rgb(message)
        except ImageError as error:
            self._health.report("input", Status.BLIND, f"{self.topic}: {error}")
            return None
        self._health.clear("input")
        stamp = to_nanoseconds(message.header.stamp)
        if self._last_stamp is not None and stamp < self._last_stamp:
            back_s = (self._last_stamp - stamp) / SECOND
            self._health.report("stamp", Status.DEGRADED, f"{self.topic}: the stamp went back by {back_s:.3f} s")
        else:
            self._health.clear("stamp")
        self._last_stamp = stamp
        frame = Frame(image, stamp, message.header.frame_id, self._matching_camera(image.shape[1], image.shape[0]))
        try:
            return self.view.region.cropped(frame)
        except ValueError as error:
            self._health.report("input", Status.BLIND, f"{self.topic}: {error}")
            return None

    def _matching_camera(self, width: int, height: int) -> Camera | None:
        camera = self._camera
        if camera is None:
            return None
        if (camera.width, camera.height) == (width, height):
            self._health.clear("camera_size")
            return camera
        self._health.report(
            "camera_size",
            Status.DEGRADED,
            f"{self.info_topic} describes {camera.width} x {camera.height} pixels, {self.topic} has "
            f"{width} x {height}: the calibration is not used; publish the one of this picture size",
        )
        return None
