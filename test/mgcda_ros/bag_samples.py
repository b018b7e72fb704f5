"""Bags of every kind with the same messages, written by rosbags' own writers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Writer2
from rosbags.typesys import Stores, get_typestore

from mgcda_core.simulation.drive import Drive

TYPES = get_typestore(Stores.ROS2_JAZZY)
ROS1_TYPES = get_typestore(Stores.ROS1_NOETIC)
START_NS = 1_700_000_000_000_000_000
KINDS = ("mcap", "mcap, zstd chunks", "mcap, zstd messages", "sqlite3", "sqlite3, zstd file", "ros1", "ros1, lz4")


class Sample(NamedTuple):
    """One message, serialized as CDR."""

    topic: str
    message_type: str
    time_ns: int
    raw: bytes


def sample(topic: str, message_type: str, time_ns: int, message: Any) -> Sample:
    """Return a message of rosbags' types, serialized."""
    return Sample(topic, message_type, time_ns, bytes(TYPES.serialize_cdr(message, message_type)))


def text(topic: str, time_ns: int, content: str) -> Sample:
    """Return a std_msgs/String."""
    return sample(topic, "std_msgs/msg/String", time_ns, TYPES.types["std_msgs/msg/String"](content))


def header(stamp_ns: int, frame_id: str) -> Any:
    """Return a std_msgs/Header."""
    stamp = TYPES.types["builtin_interfaces/msg/Time"](stamp_ns // 10**9, stamp_ns % 10**9)
    return TYPES.types["std_msgs/msg/Header"](stamp, frame_id)


def image(topic: str, stamp_ns: int, picture: np.ndarray, *, time_ns: int | None = None) -> Sample:
    """Return a sensor_msgs/Image, rgb8 of uint8 (H, W, 3) or mono8 of uint8 (H, W)."""
    height, width = picture.shape[:2]
    encoding = "mono8" if picture.ndim == 2 else "rgb8"
    message = TYPES.types["sensor_msgs/msg/Image"](
        header(stamp_ns, "camera"), height, width, encoding, 0, picture.strides[0], picture.ravel()
    )
    return sample(topic, "sensor_msgs/msg/Image", stamp_ns if time_ns is None else time_ns, message)


def write_bag(path: Path, kind: str, samples: Sequence[Sample]) -> Path:
    """Write a bag of one of KINDS and return what a user would name: a folder, or the file of ROS 1."""
    if kind.startswith("ros1"):
        path = path.with_suffix(".bag")
        writer = Writer1(path)
        if "lz4" in kind:
            writer.set_compression(Writer1.CompressionFormat.LZ4)
        with writer:
            connections = {}
            for each in samples:
                if each.topic not in connections:
                    connections[each.topic] = writer.add_connection(each.topic, each.message_type, typestore=ROS1_TYPES)
                writer.write(
                    connections[each.topic], each.time_ns, bytes(TYPES.cdr_to_ros1(each.raw, each.message_type))
                )
        return path
    plugin = StoragePlugin.MCAP if kind.startswith("mcap") else StoragePlugin.SQLITE3
    writer2 = Writer2(path, version=9, storage_plugin=plugin)
    modes = {"chunks": CompressionMode.STORAGE, "messages": CompressionMode.MESSAGE, "file": CompressionMode.FILE}
    for word, mode in modes.items():
        if word in kind:
            writer2.set_compression(mode, CompressionFormat.ZSTD)
    with writer2:
        connections = {}
        for each in samples:
            if each.topic not in connections:
                connections[each.topic] = writer2.add_connection(each.topic, each.message_type, typestore=TYPES)
            writer2.write(connections[each.topic], each.time_ns, each.raw)
    return path


def storage_file(bag: Path) -> Path:
    """Return the one file that a bag's messages lie in."""
    if bag.is_file():
        return bag
    (path,) = (path for path in bag.iterdir() if path.name != "metadata.yaml")
    return path


def cut(path: Path, share: float) -> Path:
    """Cut a file off at a share of its size."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def camera_info(topic: str, stamp_ns: int, camera: Any) -> Sample:
    """Return a sensor_msgs/CameraInfo of a Camera."""
    names = TYPES.types
    region = names["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    k = camera.intrinsics.ravel()
    p = np.hstack([camera.intrinsics, np.zeros((3, 1))]).ravel()
    message = names["sensor_msgs/msg/CameraInfo"](
        header(stamp_ns, "camera"), camera.height, camera.width, camera.distortion_model,
        np.asarray(camera.distortion, np.float64), k, np.eye(3).ravel(), p, 0, 0, region,
    )  # fmt: skip
    return sample(topic, "sensor_msgs/msg/CameraInfo", stamp_ns, message)


def odometry(topic: str, stamp_ns: int, x: float, y: float, yaw: float, child: str = "base_link") -> Sample:
    """Return a nav_msgs/Odometry of a planar pose."""
    names = TYPES.types
    pose = names["geometry_msgs/msg/Pose"](
        names["geometry_msgs/msg/Point"](x, y, 0.0),
        names["geometry_msgs/msg/Quaternion"](0.0, 0.0, float(np.sin(yaw / 2)), float(np.cos(yaw / 2))),
    )
    zero = names["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    message = names["nav_msgs/msg/Odometry"](
        header(stamp_ns, "odom"),
        child,
        names["geometry_msgs/msg/PoseWithCovariance"](pose, np.zeros(36)),
        names["geometry_msgs/msg/TwistWithCovariance"](names["geometry_msgs/msg/Twist"](zero, zero), np.zeros(36)),
    )
    return sample(topic, "nav_msgs/msg/Odometry", stamp_ns, message)


def drive_samples(
    count: int, *, width: int = 256, height: int = 144, rate: float = 10.0, seed: int = 7
) -> list[Sample]:
    """Return a rendered drive: ground truth, odometry, calibration and picture of each frame, in this order."""
    drive = Drive(seed=seed, width=width, height=height)
    samples = []
    for number in range(count):
        stamp_ns = START_NS + round(number * 1e9 / rate)
        frame = drive.render(number / rate)
        samples += [
            image("/camera/ground_truth", stamp_ns, frame.instances),
            odometry("/camera/odometry", stamp_ns, *drive.pose_at(number / rate)),
            camera_info("/camera/camera_info", stamp_ns, frame.camera),
            image("/camera/image", stamp_ns, frame.image),
        ]
    return samples


def transform(
    topic: str, time_ns: int, parent: str, child: str, turn: Any, shift: tuple[float, float, float], *, stamp_ns: int
) -> Sample:
    """Return a tf2_msgs/TFMessage of one transform; turn: a scipy Rotation."""
    names = TYPES.types
    one = names["geometry_msgs/msg/TransformStamped"](
        header(stamp_ns, parent),
        child,
        names["geometry_msgs/msg/Transform"](
            names["geometry_msgs/msg/Vector3"](*map(float, shift)),
            names["geometry_msgs/msg/Quaternion"](*map(float, turn.as_quat())),
        ),
    )
    return sample(topic, "tf2_msgs/msg/TFMessage", time_ns, names["tf2_msgs/msg/TFMessage"]([one]))
