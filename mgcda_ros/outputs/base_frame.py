"""What all outputs in metres share: they are in the vehicle's base frame, or not at all."""

from __future__ import annotations

from std_msgs.msg import Header

from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of


def base_header(result: Result) -> Header | None:
    """Return a header with the frame's stamp in the base frame; None without extrinsics.

    An output then has nothing to publish: an empty message would read as a clear road.
    """
    return None if result.extrinsics is None else header_of(result.frame.stamp, result.extrinsics.frame_id)
