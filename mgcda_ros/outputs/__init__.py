"""One file per topic: each turns a Result into one message, and nothing else.

vision_msgs and autoware_perception_msgs are the only optional packages; what needs them exists where they do.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NamedTuple

from geometry_msgs.msg import PolygonStamped
from nav_msgs.msg import OccupancyGrid
from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import Float32
from visualization_msgs.msg import MarkerArray

from mgcda_core.hazards.ground_grid import GridSettings, Motion
from mgcda_ros.outputs.cloud import CloudSettings, cloud_message
from mgcda_ros.outputs.grid import GridOutput
from mgcda_ros.outputs.markers import markers_message
from mgcda_ros.outputs.mask import mask_message
from mgcda_ros.outputs.nearest import nearest_message
from mgcda_ros.outputs.overlay import overlay_message
from mgcda_ros.outputs.score import score_message
from mgcda_ros.outputs.stop import stop_message
from mgcda_ros.result import Result

_CLOUD, _GRID = CloudSettings(), GridSettings()


class Output(NamedTuple):
    """A topic below the node's name, its message type, and what builds the message from a Result.

    build returns None where nothing can be said of the frame: then nothing is published, because an empty message
    would read as a clear road. blind: what is published while there is no frame to speak of, None: nothing.
    """

    topic: str
    message_type: type
    build: Callable[[Result], Any | None]
    blind: Any | None = None


def available_outputs(
    topics: Collection[str] | None = None,
    cloud: CloudSettings = _CLOUD,
    grid: GridSettings = _GRID,
    motion_between: Callable[[int, int], Motion | None] | None = None,
) -> tuple[Output, ...]:
    """Return every output of these topics that this machine can publish; ~/grid starts with nothing remembered.

    topics: None: all. motion_between: as GridOutput has it. ~/hazards and ~/hazards_3d need vision_msgs, ~/objects
    autoware_perception_msgs.
    """
    outputs = [
        Output("score", Image, score_message),
        Output("mask", Image, mask_message),
        Output("overlay", Image, overlay_message),
        Output("markers", MarkerArray, markers_message),
        Output("cloud", PointCloud2, partial(cloud_message, settings=cloud)),
        Output("grid", OccupancyGrid, GridOutput(grid, motion_between)),
        Output("nearest", PolygonStamped, nearest_message),
        Output("stop_distance", Float32, stop_message, blind=Float32(data=math.nan)),
    ]
    if importlib.util.find_spec("vision_msgs") is not None:
        from vision_msgs.msg import Detection2DArray, Detection3DArray

        from mgcda_ros.outputs.hazards import hazards_message
        from mgcda_ros.outputs.hazards_3d import hazards_3d_message

        outputs.append(Output("hazards", Detection2DArray, hazards_message))
        outputs.append(Output("hazards_3d", Detection3DArray, hazards_3d_message))
    if importlib.util.find_spec("autoware_perception_msgs") is not None:
        from autoware_perception_msgs.msg import DetectedObjects

        from mgcda_ros.outputs.autoware import autoware_message

        outputs.append(Output("objects", DetectedObjects, autoware_message))
    return tuple(output for output in outputs if topics is None or output.topic in topics)
