"""~/mask: which pixels belong to a hazard."""

from __future__ import annotations

import cv2
import numpy as np
from sensor_msgs.msg import Image

from mgcda_core.frame import HazardState
from mgcda_ros.images import rgb_to_image
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of


def mask_message(result: Result) -> Image:
    """Return sensor_msgs/Image, mono8: 255 inside the outline of a hazard that this frame shows, of its size."""
    mask = np.zeros(result.frame.image.shape[:2], np.uint8)
    for hazard in result.report.hazards:
        if hazard.state == HazardState.COASTING:
            continue
        cv2.fillPoly(mask, [hazard.polygon_px.astype(np.int32)], 255)
    return rgb_to_image(mask, encoding="mono8", header=header_of(result.frame.stamp, result.frame.frame_id))
