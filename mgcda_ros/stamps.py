"""Sensor stamps: nanoseconds in the core, builtin_interfaces/Time in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builtin_interfaces.msg import Time
    from std_msgs.msg import Header

SECOND = 1_000_000_000


def to_nanoseconds(stamp: Time) -> int:
    """Return a message's stamp in nanoseconds."""
    return stamp.sec * SECOND + stamp.nanosec


def to_time(nanoseconds: int) -> Time:
    """Return nanoseconds as a message's stamp."""
    from builtin_interfaces.msg import Time

    return Time(sec=nanoseconds // SECOND, nanosec=nanoseconds % SECOND)


def header_of(nanoseconds: int, frame_id: str) -> Header:
    """Return a header with this stamp and frame_id."""
    from std_msgs.msg import Header

    return Header(stamp=to_time(nanoseconds), frame_id=frame_id)
