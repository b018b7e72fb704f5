"""~/hazards_3d: the hazards' boxes on the ground as vision_msgs, published where vision_msgs is installed."""

from __future__ import annotations

from copy import copy

from geometry_msgs.msg import Vector3
from vision_msgs.msg import Detection3D, Detection3DArray, ObjectHypothesis, ObjectHypothesisWithPose

from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.outputs.box_poses import box_poses
from mgcda_ros.outputs.hazards import CLASS_ID
from mgcda_ros.result import Result


def hazards_3d_message(result: Result) -> Detection3DArray | None:
    """Return vision_msgs/Detection3DArray in the base frame: one detection per hazard that has a position.

    Metres. A hazard without a position is not in it: ~/hazards and ~/status have all. None without extrinsics.
    """
    header = base_header(result)
    if header is None:
        return None
    message = Detection3DArray(header=header)
    # A constructor makes all that the message could hold, poses and covariances too; a copy takes a third of the time.
    blank, blank_result = Detection3D(header=header), ObjectHypothesisWithPose()
    boxes = zip(result.located, box_poses(result), result.boxes.size_m.tolist(), strict=True)
    for hazard, pose, (depth, width, height) in boxes:
        detection, hypothesis = copy(blank), copy(blank_result)
        detection.id = str(hazard.id)
        detection.bbox = copy(blank.bbox)
        detection.bbox.center = pose.pose
        detection.bbox.size = Vector3(x=depth, y=width, z=height)
        hypothesis.hypothesis = ObjectHypothesis(class_id=CLASS_ID, score=hazard.score)
        hypothesis.pose = pose
        detection.results = [hypothesis]
        message.detections.append(detection)
    return message
