"""One file per topic: each turns a Result into one message, and nothing else. vision_msgs is the only optional one."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from mgcda_ros.outputs.markers import markers_message
from mgcda_ros.outputs.mask import mask_message
from mgcda_ros.outputs.overlay import overlay_message
from mgcda_ros.outputs.score import score_message
from mgcda_ros.result import Result


class Output(NamedTuple):
    """A topic below the node's name, its message type, and what builds the message from a Result."""

    topic: str
    message_type: type
    build: Callable[[Result], Any]


def available_outputs() -> tuple[Output, ...]:
    """Return every output that this machine can publish; ~/hazards needs vision_msgs."""
    outputs = [
        Output("score", Image, score_message),
        Output("mask", Image, mask_message),
        Output("overlay", Image, overlay_message),
        Output("markers", MarkerArray, markers_message),
    ]
    if importlib.util.find_spec("vision_msgs") is not None:
        from vision_msgs.msg import Detection2DArray

        from mgcda_ros.outputs.hazards import hazards_message

        outputs.append(Output("hazards", Detection2DArray, hazards_message))
    return tuple(outputs)
