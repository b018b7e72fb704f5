"""~/stop_distance: how far the vehicle may drive straight on, in one number."""

from __future__ import annotations

import math

from std_msgs.msg import Float32

from mgcda_core.frame import Status
from mgcda_ros.result import Result, is_confirmed


def stop_message(result: Result) -> Float32:
    """Return std_msgs/Float32, metres from the vehicle's front to the nearest confirmed hazard in its corridor.

    inf: looked, and the corridor is clear. NaN: not known, because the status is not OK, the camera has no extrinsics,
    a confirmed hazard has no position, or no distance was computed.
    """
    # Without extrinsics no hazard is located, but then there may also be none.
    is_known = (
        result.report.status == Status.OK
        and result.extrinsics is not None
        and sum(map(is_confirmed, result.located)) == sum(map(is_confirmed, result.report.hazards))
        and result.stop_distance_m >= 0
    )
    return Float32(data=result.stop_distance_m if is_known else math.nan)
