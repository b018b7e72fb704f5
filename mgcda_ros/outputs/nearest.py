"""~/nearest: the ground that the nearest confirmed hazard stands on."""

from __future__ import annotations

from geometry_msgs.msg import Point32, PolygonStamped

from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.result import Result, is_confirmed


def nearest_message(result: Result) -> PolygonStamped | None:
    """Return geometry_msgs/PolygonStamped in the base frame, metres: the footprint with the least distance.

    Without corners where no confirmed hazard has a position; that is "clear" only with ~/status. None without
    extrinsics.
    """
    header = base_header(result)
    if header is None:
        return None
    message = PolygonStamped(header=header)
    confirmed = [hazard for hazard in result.located if is_confirmed(hazard)]
    if confirmed:
        nearest = min(confirmed, key=lambda hazard: hazard.distance_m)
        message.polygon.points = [Point32(x=x, y=y, z=z) for x, y, z in nearest.footprint_m.tolist()]
    return message
