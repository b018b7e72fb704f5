"""How far the vehicle drove, by its odometry."""

from __future__ import annotations

import math
from typing import Any

from mgcda_ros.planar_pose import PlanarPose, planar_pose

LEAST_STEP_M = 0.1
"""Shorter steps are noise of a vehicle that stands still, or are added up until they are not."""
FASTEST_MPS = 100.0
"""What is faster is no motion: odometry was set anew."""


class Travelled:
    """Adds up the way, metres; nothing is known without two poses."""

    def __init__(self) -> None:
        self._last: PlanarPose | None = None
        self._metres = 0.0
        self._poses = 0

    def add(self, message: Any) -> None:
        """Take in a nav_msgs/Odometry."""
        pose = planar_pose(message)
        if not (math.isfinite(pose.x_m) and math.isfinite(pose.y_m)):
            return
        self._poses += 1
        if self._last is None:
            self._last = pose
            return
        step_m = math.hypot(pose.x_m - self._last.x_m, pose.y_m - self._last.y_m)
        seconds = (pose.stamp_ns - self._last.stamp_ns) / 1e9
        is_jump = seconds <= 0 or step_m > FASTEST_MPS * seconds
        if is_jump or step_m >= LEAST_STEP_M:
            self._metres += 0.0 if is_jump else step_m
            self._last = pose

    @property
    def kilometres(self) -> float | None:
        """Return the way in kilometres, or None where it is not known."""
        return self._metres / 1000 if self._poses > 1 else None
