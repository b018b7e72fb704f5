"""~/hazards: the hazards' boxes as vision_msgs, published where vision_msgs is installed."""

from __future__ import annotations

from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of

CLASS_ID = "anomaly"


def hazards_message(result: Result) -> Detection2DArray:
    """Return vision_msgs/Detection2DArray: one detection per hazard, its box in pixels, its score, its id.

    An empty array means "clear" only together with a ~/status of OK and the same stamp.
    """
    header = header_of(result.frame.stamp, result.frame.frame_id)
    message = Detection2DArray(header=header)
    for hazard in result.report.hazards:
        x_min, y_min, x_max, y_max = hazard.box_px
        detection = Detection2D(header=header, id=str(hazard.id))
        detection.bbox.center.position.x = (x_min + x_max) / 2
        detection.bbox.center.position.y = (y_min + y_max) / 2
        detection.bbox.size_x = float(x_max - x_min)
        detection.bbox.size_y = float(y_max - y_min)
        hypothesis = ObjectHypothesisWithPose()
        hypothesis.hypothesis.class_id = CLASS_ID
        hypothesis.hypothesis.score = hazard.score
        detection.results.append(hypothesis)
        message.detections.append(detection)
    return message
