"""~/overlay: the camera's picture with hazards and status drawn in, for people."""

from __future__ import annotations

import cv2
from sensor_msgs.msg import Image

from mgcda_core.overlay import draw_overlay
from mgcda_ros.images import rgb_to_image
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of


def overlay_message(result: Result) -> Image:
    """Return sensor_msgs/Image, bgr8, of the frame's size."""
    report = result.report
    drawn = draw_overlay(
        result.frame.image,
        report.hazards,
        report.status,
        f"{len(report.hazards)} hazard(s)  {report.message}",
        probability=result.score_map.probability,
        tint_above=result.threshold,
    )
    header = header_of(result.frame.stamp, result.frame.frame_id)
    return rgb_to_image(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), encoding="bgr8", header=header)
