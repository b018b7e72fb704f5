"""~/mask: which pixels belong to a hazard."""

from __future__ import annotations

import cv2
import numpy as np
from sensor_msgs.msg import Image

from mgcda_ros.images import rgb_to_image
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of


def mask_message(result: Result) -> Image:
    """Return sensor_msgs/Image, mono8: 255 inside the outline of a hazard, 0 elsewhere, of the frame's size."""
    mask = np.zeros(result.frame.image.shape[:2], np.uint8)
    for hazard in result.report.hazards:
        cv2.fillPoly(mask, [hazard.polygon_px.astype(np.int32)], 255)
    return rgb_to_image(mask, encoding="mono8", header=header_of(result.frame.stamp, result.frame.frame_id))
