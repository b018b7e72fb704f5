"""Where odometry says that the vehicle is, on a plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from mgcda_core.frame import Status
from mgcda_ros.health import Health
from mgcda_ros.stamps import to_nanoseconds

if TYPE_CHECKING:
    from nav_msgs.msg import Odometry


class PlanarPose(NamedTuple):
    """stamp_ns: nanoseconds. x_m, y_m: metres. yaw_rad: counter-clockwise (REP 103)."""

    stamp_ns: int
    x_m: float
    y_m: float
    yaw_rad: float


def judge_silence(health: Health, topic: str, silent_s: float, deadline_s: float) -> None:
    """Report that no odometry came for longer than deadline_s, or that this is over."""
    is_silent = silent_s > deadline_s
    message = f"no odometry on {topic} for more than {deadline_s:g} s: hazards are followed without"
    health.degrade("odometry", message if is_silent else None)


def planar_pose(message: Odometry) -> PlanarPose:
    """Return the pose of a nav_msgs/Odometry; what the vehicle pitches and rolls is in the sigmas of the camera."""
    pose = message.pose.pose
    turn = pose.orientation
    yaw = math.atan2(2 * (turn.w * turn.z + turn.x * turn.y), 1 - 2 * (turn.y**2 + turn.z**2))
    return PlanarPose(to_nanoseconds(message.header.stamp), pose.position.x, pose.position.y, yaw)


def usable_pose(message: Odometry, *, base_frame: str, topic: str, health: Health) -> PlanarPose | None:
    """Return the pose of an odometry message that moves base_frame; None where it moves another, which is reported."""
    if message.child_frame_id != base_frame:
        health.report(
            "odometry_frame",
            Status.DEGRADED,
            f"{topic} moves {message.child_frame_id!r}, hazards are in {base_frame!r}: it is not used; "
            "set base_frame, or have the pose of that frame published",
        )
        return None
    health.clear("odometry_frame")
    return planar_pose(message)
