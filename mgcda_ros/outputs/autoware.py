"""~/objects: the hazards as objects of Autoware, published where autoware_perception_msgs is installed.

Source: autoware_perception_msgs 1.12 (github.com/autowarefoundation/autoware_msgs).
"""

from __future__ import annotations

import numpy as np
from autoware_perception_msgs.msg import (
    DetectedObject,
    DetectedObjectKinematics,
    DetectedObjects,
    ObjectClassification,
    Shape,
)
from geometry_msgs.msg import Point32, Quaternion

from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.outputs.box_poses import box_poses
from mgcda_ros.result import Result

LABEL = getattr(ObjectClassification, "HAZARD", ObjectClassification.UNKNOWN)
"""Older releases have no HAZARD."""


def autoware_message(result: Result) -> DetectedObjects | None:
    """Return autoware_perception_msgs/DetectedObjects in the base frame: one object per hazard that has a position.

    The shape is the footprint, around the position. A hazard without a position is not in it: ~/hazards and ~/status
    have all. None without extrinsics.
    """
    header = base_header(result)
    if header is None:
        return None
    message = DetectedObjects(header=header)
    for hazard, pose, centre, size in zip(
        result.located, box_poses(result), result.boxes.centre_m, result.boxes.size_m, strict=True
    ):
        pose.pose.orientation = Quaternion(w=1.0)
        kinematics = DetectedObjectKinematics(pose_with_covariance=pose, has_position_covariance=True)
        kinematics.orientation_availability = DetectedObjectKinematics.UNAVAILABLE
        around = hazard.footprint_m[:, :2] - centre[:2]
        shape = Shape(type=Shape.POLYGON)
        shape.footprint.points = [Point32(x=x, y=y) for x, y in around.tolist()]
        shape.dimensions.x, shape.dimensions.y = np.ptp(around, axis=0).tolist()
        shape.dimensions.z = float(size[2])
        message.objects.append(
            DetectedObject(
                existence_probability=hazard.score,
                classification=[ObjectClassification(label=LABEL, probability=1.0)],
                kinematics=kinematics,
                shape=shape,
            )
        )
    return message
