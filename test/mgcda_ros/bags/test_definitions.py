"""What is derived from a class is the type itself: its hash is that of rosbags' own definition."""

from __future__ import annotations

from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from sensor_msgs.msg import CameraInfo, Imu, PointCloud2
from visualization_msgs.msg import MarkerArray

from mgcda_ros.bags.definitions import define, type_name
from mgcda_ros.bags.writer import BagWriter

KNOWN = get_typestore(Stores.ROS2_JAZZY)


@pytest.mark.parametrize(
    "message_class",
    [CameraInfo, DiagnosticArray, Imu, MarkerArray, OccupancyGrid, Odometry, PointCloud2],
    ids=lambda each: each.__name__,
)
def test_derived_type_has_the_hash_of_the_real_one(message_class: type) -> None:
    types = get_typestore(Stores.EMPTY)
    define(types, message_class)
    assert types.hash_rihs01(type_name(message_class)) == KNOWN.hash_rihs01(type_name(message_class))


def test_message_of_a_type_that_rosbags_does_not_know_is_written_and_read_back(tmp_path: Path) -> None:
    class Landmarks(Odometry):
        """Stands for a message of a package that only ROS has; its fields are Odometry's."""

    Landmarks.__module__ = "landmark_msgs.msg"
    message = Odometry(child_frame_id="car")
    with BagWriter(tmp_path / "bag") as bag:
        bag.define(Landmarks)
        bag.write("/landmarks", "landmark_msgs/msg/Landmarks", 5, serialize_message(message))
    with Reader(tmp_path / "bag") as reader:
        ((connection, time_ns, raw),) = list(reader.messages())
        types = get_typestore(Stores.EMPTY)
        types.register(get_types_from_msg(connection.msgdef.data, connection.msgtype))
        found = types.deserialize_cdr(raw, connection.msgtype)
    assert (time_ns, found.child_frame_id) == (5, "car")
