"""The vehicle's odometry as EgoMotion."""

from __future__ import annotations

import time
from collections import deque

from nav_msgs.msg import Odometry
from rclpy.node import Node

from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_ros.health import Health
from mgcda_ros.planar_pose import judge_silence, usable_pose
from mgcda_ros.subscribing import Input

CONDITIONS = ("odometry", "odometry_frame", "odometry_qos")
"""What is reported here: silence, the pose of another frame, and publishers whose QoS does not go with ours."""

KEPT_POSES = 1000


class OdometryInput:
    """Subscribes to nav_msgs/Odometry; what comes goes into motion.

    base_frame: the frame that hazards are in; poses of another one are not used. deadline_s: silence that is reported.
    """

    def __init__(
        self, node: Node, health: Health, motion: EgoMotion, *, topic: str, base_frame: str, deadline_s: float
    ) -> None:
        self._motion = motion
        self._health = health
        self._base_frame, self.deadline_s = base_frame, deadline_s
        self._last_arrival_s = time.monotonic()
        self.topic: str = node.resolve_topic_name(topic)
        self.kept: deque[Odometry] = deque(maxlen=KEPT_POSES)
        # Last: its first message may come while this is still running.
        self._input = Input(node, Odometry, topic, self._on_odometry)

    def close(self) -> None:
        """Unsubscribe; what was reported is over."""
        self._input.close()
        for condition in CONDITIONS:
            self._health.clear(condition)

    def watch(self) -> None:
        """Report silence and publishers whose messages cannot come, or that it is over."""
        self._health.degrade("odometry_qos", self._input.problem())
        judge_silence(self._health, self.topic, time.monotonic() - self._last_arrival_s, self.deadline_s)

    def _on_odometry(self, message: Odometry) -> None:
        pose = usable_pose(message, base_frame=self._base_frame, topic=self.topic, health=self._health)
        if pose is not None:
            self.kept.append(message)
            self._last_arrival_s = time.monotonic()
            self._motion.add(*pose)
