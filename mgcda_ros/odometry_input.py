"""The vehicle's odometry as EgoMotion."""

from __future__ import annotations

import time

from nav_msgs.msg import Odometry
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data

from mgcda_core.frame import Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_ros.health import Health
from mgcda_ros.planar_pose import usable_pose

CONDITIONS = ("odometry", "odometry_frame")
"""What is reported here: silence, and the pose of another frame."""


class OdometryInput:
    """Subscribes to nav_msgs/Odometry; what comes goes into motion.

    base_frame: the frame that hazards are in; poses of another one are not used. deadline_s: silence that is reported.
    """

    def __init__(
        self, node: Node, health: Health, motion: EgoMotion, *, topic: str, base_frame: str, deadline_s: float
    ) -> None:
        self._motion = motion
        self._node, self._health = node, health
        self._base_frame, self._deadline_s = base_frame, deadline_s
        self._last_arrival_s = time.monotonic()
        self._subscription = node.create_subscription(
            Odometry, topic, self._on_odometry, qos_profile_sensor_data, callback_group=MutuallyExclusiveCallbackGroup()
        )
        self.topic: str = self._subscription.topic_name

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)

    def watch(self) -> None:
        """Report silence, or that it is over."""
        silent_s = time.monotonic() - self._last_arrival_s
        if silent_s > self._deadline_s:
            message = f"no odometry on {self.topic} for more than {self._deadline_s:g} s: hazards are followed without"
            self._health.report("odometry", Status.DEGRADED, message)
        else:
            self._health.clear("odometry")

    def _on_odometry(self, message: Odometry) -> None:
        pose = usable_pose(message, base_frame=self._base_frame, topic=self.topic, health=self._health)
        if pose is not None:
            self._last_arrival_s = time.monotonic()
            self._motion.add(*pose)
