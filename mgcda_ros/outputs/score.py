"""~/score: the anomaly probability of every pixel."""

from __future__ import annotations

from sensor_msgs.msg import Image

from mgcda_ros.images import rgb_to_image
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of


def score_message(result: Result) -> Image:
    """Return sensor_msgs/Image, 32FC1, in [0, 1], with the frame's stamp, frame_id and size."""
    header = header_of(result.frame.stamp, result.frame.frame_id)
    return rgb_to_image(result.score_map.probability, encoding="32FC1", header=header)
