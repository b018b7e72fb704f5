"""Bags that we write are read back by rosbags' reader, byte for byte."""

from __future__ import annotations

from pathlib import Path

from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_typestore
from std_msgs.msg import String

from mgcda_ros.bags.writer import BagWriter


def test_bag_reads_back_with_topics_times_and_contents(tmp_path: Path) -> None:
    texts = {"/a": ["one", "two"], "/b": ["three"]}
    with BagWriter(tmp_path / "bag") as bag:
        for topic, contents in texts.items():
            for number, text in enumerate(contents):
                bag.write(topic, "std_msgs/msg/String", 1000 + number, serialize_message(String(data=text)))
    types = get_typestore(Stores.ROS2_JAZZY)
    found: dict[str, list[str]] = {}
    with Reader(tmp_path / "bag") as reader:
        for connection, stamp, raw in reader.messages():
            found.setdefault(connection.topic, []).append(types.deserialize_cdr(raw, connection.msgtype).data)
            assert 1000 <= stamp <= 1001
    assert found == texts
    assert list((tmp_path / "bag").glob("*.mcap"))
