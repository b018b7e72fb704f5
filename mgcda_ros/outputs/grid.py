"""~/grid: where around the vehicle hazards stand, or stood a moment ago, as an occupancy grid."""

from __future__ import annotations

import array
from collections.abc import Callable

from nav_msgs.msg import OccupancyGrid

from mgcda_core.hazards.ground_grid import GridSettings, GroundGrid, Motion, occupancy, updated
from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.result import Result


class GridOutput:
    """Remembers hazards from frame to frame, for the settings' decay_s.

    motion_between: the vehicle's motion from one stamp to another, nanoseconds, or None where that is not known;
    without it, what is remembered does not move in the base frame, and decay_s should be short.
    """

    def __init__(
        self, settings: GridSettings, motion_between: Callable[[int, int], Motion | None] | None = None
    ) -> None:
        self._settings = settings
        self._motion_between = motion_between
        self._grid: GroundGrid | None = None

    def __call__(self, result: Result) -> OccupancyGrid | None:
        """Return nav_msgs/OccupancyGrid in the base frame: 1 to 100 by score where hazards stand, -1 elsewhere.

        Never 0: no ground is called free. None without extrinsics.
        """
        header, settings, stamp_ns = base_header(result), self._settings, result.frame.stamp
        if header is None:
            return None
        motion = None
        if self._motion_between is not None and self._grid is not None:
            motion = self._motion_between(self._grid.stamp_ns, stamp_ns)
        self._grid = updated(self._grid, result.located, stamp_ns, settings, motion)
        cells = occupancy(self._grid, settings)

        message = OccupancyGrid(header=header)
        message.info.map_load_time = header.stamp
        message.info.resolution = settings.resolution_m
        message.info.height, message.info.width = cells.shape
        message.info.origin.position.x, message.info.origin.position.y = -settings.behind_m, -settings.aside_m
        message.info.origin.position.z = result.extrinsics.ground_z_m
        # An array of the field's own type is taken as it is; anything else is copied element by element.
        message.data = array.array("b", cells.tobytes())
        return message
