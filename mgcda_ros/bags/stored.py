"""What a bag holds: topics, and messages as they were stored."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from rosbags.typesys import Stores, get_typestore

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CDR, ROS1 = "cdr", "ros1"
"""How messages are serialized: in ROS 2 and in ROS 1."""
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_RENAMED = {"tf/msg/tfMessage": "tf2_msgs/msg/TFMessage"}
"""Types of ROS 1 that ROS 2 has under another name, with the same fields."""
_TYPES = get_typestore(Stores.ROS2_JAZZY)


class Topic(NamedTuple):
    """name. message_type: as in "sensor_msgs/msg/Image". count: of messages. encoding: CDR or ROS1, or another."""

    name: str
    message_type: str
    count: int
    encoding: str = CDR


class StoredMessage(NamedTuple):
    """One message. time_ns: when it was recorded, nanoseconds. raw: serialized as encoding says."""

    topic: str
    message_type: str
    time_ns: int
    raw: bytes
    encoding: str = CDR


def as_cdr(message: StoredMessage) -> StoredMessage:
    """Return a message as ROS 2 has it; raises an error of rosbags where it is damaged or of an unknown type.

    rosbag2 may compress messages one by one; what begins like zstd is no CDR, which begins with a zero.
    """
    raw, name = message.raw, _RENAMED.get(message.message_type, message.message_type)
    if message.encoding == ROS1:
        raw = bytes(_TYPES.ros1_to_cdr(raw, name))
    elif raw[:4] == ZSTD_MAGIC:
        raw = zstd.decompress(raw)
    return message._replace(message_type=name, raw=raw, encoding=CDR)


def deserialize(message: StoredMessage) -> Any:
    """Return the fields of a message of as_cdr(), with the names that rclpy's messages have.

    Raises whatever rosbags does with bytes that are no such message, ValueError for what as_cdr() could not convert.
    """
    if message.encoding != CDR:
        raise ValueError(f"a message of type {message.message_type}, {len(message.raw)} bytes, cannot be converted")
    return _TYPES.deserialize_cdr(message.raw, message.message_type)
