"""One camera's topics: the newest picture and calibration, as a Frame when the worker asks for one."""

from __future__ import annotations

import time
from typing import NamedTuple

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mgcda_core.frame import Frame
from mgcda_ros.frame_making import FrameMaker
from mgcda_ros.health import Health
from mgcda_ros.mailbox import Mailbox

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
        self.mailbox: Mailbox[Arrival] = Mailbox()
        self.last_arrival_s: float | None = None
        policy = ReliabilityPolicy.RELIABLE if reliability == "reliable" else ReliabilityPolicy.BEST_EFFORT
        # The mailbox keeps the newest alone. A few more here, so that frames which come while the process has no CPU
        # are counted as dropped instead of vanishing inside DDS.
        few = QoSProfile(depth=5, reliability=policy)
        compressed = transport == "compressed"
        # Resolved first, so that remapping the picture topic moves its compressed one along.
        self.topic: str = node.resolve_topic_name(image_topic) + ("/compressed" if compressed else "")
        self.info_topic: str = node.resolve_topic_name(info_topic)
        # Before the subscriptions: their first message may come while this is still running.
        self._maker = FrameMaker(health, topic=self.topic, info_topic=self.info_topic)
        image = node.create_subscription(
            CompressedImage if compressed else Image,
            self.topic if compressed else image_topic,
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

    def close(self) -> None:
        """Unsubscribe and let nobody wait for a frame any more."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self.mailbox.close()

    def _on_image(self, message: Image | CompressedImage) -> None:
        self.last_arrival_s = time.monotonic()
        self.mailbox.put(Arrival(message, self.last_arrival_s))

    def _on_info(self, message: CameraInfo) -> None:
        self._maker.calibrate(message)

    def frame(self, arrival: Arrival) -> Frame | None:
        """Return the arrival as a Frame, or None with the condition "input" reported where it is no picture."""
        return self._maker.frame(arrival.message)
