"""Listens to camera and node at once: everything goes into the bag, reports and pictures are kept for the summary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PolygonStamped
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Float32, String
from visualization_msgs.msg import MarkerArray

from mgcda_ros.bags.definitions import type_name
from mgcda_ros.bags.writer import BagWriter
from mgcda_ros.demo.video import OverlayVideo
from mgcda_ros.images import image_to_rgb
from mgcda_ros.outputs.cloud import POINT
from mgcda_ros.outputs.status import read_status
from mgcda_ros.stamps import to_nanoseconds


@dataclass
class FrameRecord:
    """What is known of one frame: the node's report and mask, and the truth (instances: 0 none, id; 255 unknown)."""

    report: dict[str, Any] | None = None
    mask: np.ndarray | None = None
    instances: np.ndarray | None = None
    truth: list[dict[str, Any]] | None = None
    nearest_x_m: dict[int, float] | None = None
    """By the hazard's id, from ~/cloud: how far ahead its footprint begins."""


@dataclass
class Recording:
    """frames: by stamp, nanoseconds. heartbeats: reports that belong to no frame. published: pictures seen."""

    frames: dict[int, FrameRecord] = field(default_factory=dict)
    heartbeats: list[dict[str, Any]] = field(default_factory=list)
    stops: list[tuple[int, float]] = field(default_factory=list)
    """~/stop_distance with the time that it arrived, nanoseconds."""
    published: int = 0
    first_published_ns: int | None = None

    def frame(self, stamp: int) -> FrameRecord:
        """Return the record of the frame with this stamp, made if new."""
        return self.frames.setdefault(stamp, FrameRecord())

    def reported(self) -> list[tuple[int, FrameRecord]]:
        """Return the frames that the node reported on, in the order of their stamps."""
        return [(stamp, record) for stamp, record in sorted(self.frames.items()) if record.report is not None]


class Recorder(Node):
    """Records camera topics (image, camera_info, ground truth) and the outputs of the node called node_name."""

    def __init__(
        self, *, node_name: str, image_topic: str, info_topic: str, compressed: bool, bag: BagWriter, video_file: Path
    ) -> None:
        super().__init__("mgcda_recorder")
        self.recording = Recording()
        self.video = OverlayVideo(video_file)
        self._bag = bag
        image_type = CompressedImage if compressed else Image
        picture_topic = f"{image_topic}/compressed" if compressed else image_topic
        camera_space = image_topic.rsplit("/", 1)[0]
        camera_qos = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._listen(picture_topic, image_type, camera_qos, self._on_image)
        self._listen(info_topic, CameraInfo, camera_qos, None)
        self._listen(f"{camera_space}/ground_truth/instances", Image, QoSProfile(depth=10), self._on_instances)
        self._listen(f"{camera_space}/ground_truth/hazards", String, QoSProfile(depth=50), self._on_truth)
        self._listen(f"{node_name}/status", DiagnosticArray, QoSProfile(depth=50), self._on_status)
        self._listen(f"{node_name}/mask", Image, QoSProfile(depth=10), self._on_mask)
        for topic, message_type in (("markers", MarkerArray), ("grid", OccupancyGrid), ("nearest", PolygonStamped)):
            self._listen(f"{node_name}/{topic}", message_type, QoSProfile(depth=10), None)
        self._listen(f"{node_name}/cloud", PointCloud2, QoSProfile(depth=10), self._on_cloud)
        self._listen(f"{node_name}/stop_distance", Float32, QoSProfile(depth=10), self._on_stop_distance)
        self._listen(f"{camera_space}/odometry", Odometry, camera_qos, None)
        self._listen(f"{node_name}/overlay", Image, QoSProfile(depth=10), self._on_overlay, in_bag=False)

    def _listen(self, topic: str, message_type: type, qos: QoSProfile, handle: Any, *, in_bag: bool = True) -> None:
        def receive(serialized: bytes) -> None:
            if in_bag:
                self._bag.write(topic, type_name(message_type), self.get_clock().now().nanoseconds, serialized)
            if handle is not None:
                handle(deserialize_message(serialized, message_type))

        self.create_subscription(message_type, topic, receive, qos, raw=True)

    def _on_image(self, message: Image | CompressedImage) -> None:
        self.recording.published += 1
        if self.recording.first_published_ns is None:
            self.recording.first_published_ns = self.get_clock().now().nanoseconds

    def _on_status(self, message: DiagnosticArray) -> None:
        values = read_status(message)
        values["message"] = message.status[0].message
        values["received_ns"] = self.get_clock().now().nanoseconds
        if "frame_stamp_ns" in values:
            self.recording.frame(int(values["frame_stamp_ns"])).report = values
        else:
            self.recording.heartbeats.append(values)

    def _on_cloud(self, message: PointCloud2) -> None:
        points = np.frombuffer(message.data, POINT)
        stamp = to_nanoseconds(message.header.stamp)
        numbers = np.unique(points["id"]).tolist()
        self.recording.frame(stamp).nearest_x_m = {
            number: float(points["x"][points["id"] == number].min()) for number in numbers
        }

    def _on_stop_distance(self, message: Float32) -> None:
        self.recording.stops.append((self.get_clock().now().nanoseconds, message.data))

    def _on_mask(self, message: Image) -> None:
        self.recording.frame(to_nanoseconds(message.header.stamp)).mask = _grey(message)

    def _on_instances(self, message: Image) -> None:
        self.recording.frame(to_nanoseconds(message.header.stamp)).instances = _grey(message)

    def _on_truth(self, message: String) -> None:
        truth = json.loads(message.data)
        self.recording.frame(int(truth["stamp_ns"])).truth = truth["hazards"]

    def _on_overlay(self, message: Image) -> None:
        self.video.add(cv2.cvtColor(image_to_rgb(message), cv2.COLOR_RGB2BGR))


def _grey(message: Image) -> np.ndarray:
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)[:, : message.width].copy()
