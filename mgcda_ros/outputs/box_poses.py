"""Where a hazard's box stands, and how certain that is, as messages of boxes have it."""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import PoseWithCovariance

from mgcda_ros.result import Result

_UNKNOWN_ANGLE_VARIANCE = math.pi**2 / 3
"""Of an angle that may be any."""


def box_poses(result: Result) -> list[PoseWithCovariance]:
    """Return the pose of each located hazard's box in the base frame; needs extrinsics.

    Position: the box's centre, metres. Orientation: about z, x along the line of sight away from the camera.
    Covariance, (x, y, z, rotations about x, y, z) row by row: along the line of sight the variance of the distance;
    across it a quarter of that of the width, as the middle of two borders varies by half of what their distance does;
    upwards the square of half the height, which is an estimate; which way the object itself faces is unknown.
    """
    boxes = result.boxes
    along = np.array([hazard.distance_sigma_m for hazard in result.located]) ** 2
    across = np.array([_width_sigma(hazard.width_sigma_m) for hazard in result.located])
    across = np.where(np.isfinite(across), across, boxes.size_m[:, 1]) ** 2 / 4
    cosine, sine = np.cos(boxes.yaw_rad), np.sin(boxes.yaw_rad)
    covariance = np.zeros((len(along), 6, 6))
    covariance[:, 0, 0] = cosine**2 * along + sine**2 * across
    covariance[:, 1, 1] = sine**2 * along + cosine**2 * across
    covariance[:, 0, 1] = covariance[:, 1, 0] = cosine * sine * (along - across)
    covariance[:, 2, 2] = (boxes.size_m[:, 2] / 2) ** 2
    covariance[:, [3, 4, 5], [3, 4, 5]] = _UNKNOWN_ANGLE_VARIANCE

    poses = []
    rows = zip(boxes.centre_m.tolist(), (boxes.yaw_rad / 2).tolist(), covariance.reshape(-1, 36), strict=True)
    for (x, y, z), half_yaw, values in rows:
        message = PoseWithCovariance(covariance=values)
        position, orientation = message.pose.position, message.pose.orientation
        position.x, position.y, position.z = x, y, z
        orientation.z, orientation.w = math.sin(half_yaw), math.cos(half_yaw)
        poses.append(message)
    return poses


def _width_sigma(sigma_m: float | None) -> float:
    return math.nan if sigma_m is None else sigma_m
