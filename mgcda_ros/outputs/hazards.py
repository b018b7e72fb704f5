"""~/hazards: the hazards' boxes as vision_msgs, published where vision_msgs is installed."""

from __future__ import annotations

from copy import copy

from vision_msgs.msg import BoundingBox2D, Detection2D, Detection2DArray, ObjectHypothesis, ObjectHypothesisWithPose

from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of

CLASS_ID = "anomaly"


def hazards_message(result: Result) -> Detection2DArray:
    """Return vision_msgs/Detection2DArray: one detection per hazard: box in pixels, score, and the id of its track.

    An empty array means "clear" only together with a ~/status of OK and the same stamp.
    """
    header = header_of(result.frame.stamp, result.frame.frame_id)
    message = Detection2DArray(header=header)
    # A constructor makes all that the message could hold, poses and covariances too; a copy takes a third of the time.
    blank, blank_result = Detection2D(header=header), ObjectHypothesisWithPose()
    for hazard in result.report.hazards:
        x_min, y_min, x_max, y_max = hazard.box_px
        detection, hypothesis = copy(blank), copy(blank_result)
        detection.id = str(hazard.id)
        detection.bbox = BoundingBox2D(size_x=float(x_max - x_min), size_y=float(y_max - y_min))
        detection.bbox.center.position.x = (x_min + x_max) / 2
        detection.bbox.center.position.y = (y_min + y_max) / 2
        hypothesis.hypothesis = ObjectHypothesis(class_id=CLASS_ID, score=hazard.score)
        detection.results = [hypothesis]
        message.detections.append(detection)
    return message
