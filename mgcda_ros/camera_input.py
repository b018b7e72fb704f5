"""One camera's topics: the newest picture and calibration, as a Frame when the worker asks for one."""

from __future__ import annotations

import time
from typing import NamedTuple

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mgcda_core.frame import Camera, Frame, Status
from mgcda_ros.health import Health
from mgcda_ros.images import ImageError, camera_from_info, compressed_to_rgb, image_to_rgb
from mgcda_ros.mailbox import Mailbox
from mgcda_ros.stamps import SECOND, to_nanoseconds

CONDITIONS = ("input", "stamp", "camera_info", "camera_size")
"""What is reported here: unreadable pictures, time that went back, an unusable calibration or one of another size."""


class Arrival(NamedTuple):
    """A message and when it arrived, time.monotonic() seconds."""

    message: Image | CompressedImage
    arrived_s: float


class CameraInput:
    """Subscribes to a camera; the callbacks only file the message away.

    last_arrival_s: time.monotonic() of the newest picture, None before the first.
    """

    def __init__(
        self, node: Node, health: Health, *, image_topic: str, transport: str, info_topic: str, reliability: str
    ) -> None:
        self._node = node
        self._health = health
        self.mailbox: Mailbox[Arrival] = Mailbox()
        self.last_arrival_s: float | None = None
        self._camera: Camera | None = None
        self._last_stamp: int | None = None
        policy = ReliabilityPolicy.RELIABLE if reliability == "reliable" else ReliabilityPolicy.BEST_EFFORT
        # The mailbox keeps the newest alone. A few more here, so that frames which come while the process has no CPU
        # are counted as dropped instead of vanishing inside DDS.
        few = QoSProfile(depth=5, reliability=policy)
        compressed = transport == "compressed"
        image = node.create_subscription(
            CompressedImage if compressed else Image,
            # Resolved first, so that remapping the picture topic moves its compressed one along.
            f"{node.resolve_topic_name(image_topic)}/compressed" if compressed else image_topic,
            self._on_image,
            few,
            # One at a time, or of two pictures the older might be filed last.
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        info = node.create_subscription(
            CameraInfo,
            info_topic,
            self._on_info,
            qos_profile_sensor_data,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        self._subscriptions = (image, info)
        self.topic: str = image.topic_name
        self.info_topic: str = info.topic_name

    def close(self) -> None:
        """Unsubscribe and let nobody wait for a frame any more."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self.mailbox.close()

    def _on_image(self, message: Image | CompressedImage) -> None:
        self.last_arrival_s = time.monotonic()
        self.mailbox.put(Arrival(message, self.last_arrival_s))

    def _on_info(self, message: CameraInfo) -> None:
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
        return Frame(image, stamp, message.header.frame_id, self._matching_camera(image.shape[1], image.shape[0]))

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
