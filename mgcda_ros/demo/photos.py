"""A folder of photographs as a camera: one picture at a time, the next when the node has reported on it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from std_msgs.msg import Header, String

from mgcda_core.datasets.benchmarks import LabelledPicture, pairs
from mgcda_core.datasets.picture import read_picture
from mgcda_core.prediction import picture_files
from mgcda_ros.images import rgb_to_image

FRAME_ID = "photo"
UNKNOWN = 255


def photographs(folder: Path) -> list[LabelledPicture | Path]:
    """Return the folder's pictures, each with its label where the folder is the images/ of a labelled set.

    Raises ValueError where there is no picture.
    """
    if folder.name == "images" and (folder.parent / "labels_masks").is_dir():
        return list(pairs(folder.parent))
    return list(picture_files(folder))


class PhotoCamera(Node):
    """Publishes photographs as image, with their labelled objects, where there are any, as ground truth."""

    def __init__(self, folder: Path, *, namespace: str) -> None:
        super().__init__("photo_camera", namespace=namespace)
        self.photographs = photographs(folder)
        reliable = QoSProfile(depth=2)
        self._image = self.create_publisher(Image, "image", reliable)
        self._instances = self.create_publisher(Image, "ground_truth/instances", reliable)
        self._truth = self.create_publisher(String, "ground_truth/hazards", reliable)

    def listeners(self) -> int:
        """Return how many subscribers the picture topic has."""
        return self._image.get_subscription_count()

    def publish(self, index: int) -> int:
        """Publish photograph number index, stamped now, and return its stamp in nanoseconds."""
        photograph = self.photographs[index]
        image, labels = (read_picture(photograph), None) if isinstance(photograph, Path) else photograph.read()
        stamp = self.get_clock().now()
        header = Header(stamp=stamp.to_msg(), frame_id=FRAME_ID)
        if labels is not None:
            instances, hazards = labelled_objects(labels)
            truth = {"stamp_ns": stamp.nanoseconds, "hazards": hazards, "picture": photograph.image_path.name}
            self._truth.publish(String(data=json.dumps(truth)))
            self._instances.publish(rgb_to_image(instances, encoding="mono8", header=header))
        self._image.publish(rgb_to_image(image, encoding="rgb8", header=header))
        return stamp.nanoseconds


def labelled_objects(labels: np.ndarray) -> tuple[np.ndarray, list[dict[str, object]]]:
    """Return (instances, hazards) of labels (H, W): 8-connected anomalies numbered from 1, 255 where unlabelled."""
    count, numbers, statistics, _ = cv2.connectedComponentsWithStats((labels == 1).astype(np.uint8), connectivity=8)
    instances = np.where(labels == 255, UNKNOWN, np.minimum(numbers, UNKNOWN - 1)).astype(np.uint8)
    hazards = [
        {"id": min(number, UNKNOWN - 1), "kind": "labelled", "visible_px": int(statistics[number, cv2.CC_STAT_AREA])}
        for number in range(1, count)
    ]
    return instances, hazards
