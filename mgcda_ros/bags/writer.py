"""Writes serialized messages, as they came over the wire, to a rosbag2 in MCAP."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from rosbags.interfaces import Connection
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from mgcda_ros.bags.definitions import define

BAG_VERSION = 9
"""What Jazzy writes and later rosbag2 read; Humble's does not read its metadata (rosbag2 issue 2013)."""


class BagWriter:
    """A context manager; topics are added as their first message comes.

    path: a folder that must not exist yet (rosbags refuses to overwrite a bag).
    """

    def __init__(self, path: Path) -> None:
        self._writer = Writer(path, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        self._types = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Connection] = {}

    def __enter__(self) -> BagWriter:
        self._writer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def define(self, message_class: type) -> None:
        """Learn a message class of rclpy, so that messages of a type can be written that rosbags has never heard of."""
        define(self._types, message_class)

    def write(self, topic: str, message_type: str, stamp_ns: int, serialized: bytes) -> None:
        """Add one message. message_type: as in "sensor_msgs/msg/Image". stamp_ns: when it was received."""
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(topic, message_type, typestore=self._types)
        self._writer.write(self._connections[topic], stamp_ns, serialized)
