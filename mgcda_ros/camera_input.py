"""One camera's topics: the newest picture and calibration, as a Frame when the worker asks for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from mgcda_core.frame import Frame
from mgcda_ros.camera_settings import View
from mgcda_ros.frame_making import FrameMaker
from mgcda_ros.health import Health
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
        compressed = transport == "compressed"
        # Resolved first, so that remapping the picture topic moves its compressed one along.
        self.topic: str = node.resolve_topic_name(image_topic) + ("/compressed" if compressed else "")
        self.info_topic: str = node.resolve_topic_name(info_topic)
        # Before the subscriptions: their first message may come while this is still running.
        self._maker = FrameMaker(health, topic=self.topic, info_topic=self.info_topic)
        message_type = CompressedImage if compressed else Image
        # An absolute name would not be remapped any more.
        self._image = Input(node, message_type, self.topic if compressed else image_topic, self._on_image, reliability)
        try:
            self._info = Input(node, CameraInfo, info_topic, self._on_info)
        except Exception:
            self._image.close()  # nobody else knows of it yet
            raise

    def close(self) -> None:
        """Unsubscribe and let nobody wait for a frame any more."""
        self._image.close()
        self._info.close()
        self.mailbox.close()

    def watch(self) -> None:
        """Report publishers whose messages cannot come, or that they are gone; called by the heartbeat."""
        problems = filter(None, (self._image.problem(), self._info.problem()))
        self._health.degrade("qos", "; ".join(problems))

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
        self._maker.calibrate(message)

    def frame(self, arrival: Arrival) -> Frame | None:
        """Return the arrival as a Frame, or None with the condition "input" reported where it is no picture."""
        return self._maker.frame(arrival.message, self.view.region)
