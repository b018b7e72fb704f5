"""Message packages that come with ROS 2 from apt only, with the fields as they are published, where they are missing.

A stand-in refuses a field that the message does not have, and a value of another type than the field's, as rclpy's
generated classes do when they check. Sources: vision_msgs 4.1 (github.com/ros-perception/vision_msgs, branch ros2),
autoware_perception_msgs 1.12 (github.com/autowarefoundation/autoware_msgs).
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
from geometry_msgs.msg import Polygon, Pose, PoseWithCovariance, TwistWithCovariance, Vector3
from std_msgs.msg import Header

CONSTANTS: dict[str, dict[str, int]] = {
    "ObjectClassification": {"UNKNOWN": 0, "CAR": 1, "ANIMAL": 8, "HAZARD": 9},
    "DetectedObjectKinematics": {"UNAVAILABLE": 0, "SIGN_UNKNOWN": 1, "AVAILABLE": 2},
    "Shape": {"BOUNDING_BOX": 0, "CYLINDER": 1, "POLYGON": 2},
}
PACKAGES: dict[str, dict[str, dict[str, Any]]] = {
    "vision_msgs": {
        "Point2D": {"x": float, "y": float},
        "Pose2D": {"position": "Point2D", "theta": float},
        "BoundingBox2D": {"center": "Pose2D", "size_x": float, "size_y": float},
        "BoundingBox3D": {"center": Pose, "size": Vector3},
        "ObjectHypothesis": {"class_id": str, "score": float},
        "ObjectHypothesisWithPose": {"hypothesis": "ObjectHypothesis", "pose": PoseWithCovariance},
        "Detection2D": {"header": Header, "results": list, "bbox": "BoundingBox2D", "id": str},
        "Detection3D": {"header": Header, "results": list, "bbox": "BoundingBox3D", "id": str},
        "Detection2DArray": {"header": Header, "detections": list},
        "Detection3DArray": {"header": Header, "detections": list},
    },
    "autoware_perception_msgs": {
        "ObjectClassification": {"label": int, "probability": float},
        "Shape": {"type": int, "footprint": Polygon, "dimensions": Vector3},
        "DetectedObjectKinematics": {
            "pose_with_covariance": PoseWithCovariance,
            "has_position_covariance": bool,
            "orientation_availability": int,
            "twist_with_covariance": TwistWithCovariance,
            "has_twist": bool,
            "has_twist_covariance": bool,
        },
        "DetectedObject": {
            "existence_probability": float,
            "classification": list,
            "kinematics": "DetectedObjectKinematics",
            "shape": "Shape",
        },
        "DetectedObjects": {"header": Header, "objects": list},
    },
}


class StandIn:
    """A message of the fields and types in its class's FIELDS."""

    FIELDS: dict[str, type] = {}

    def __init__(self, **values: Any) -> None:
        for name, kind in self.FIELDS.items():
            setattr(self, name, values.pop(name) if name in values else kind())
        assert not values, f"{type(self).__name__} has no {sorted(values)}"

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.FIELDS, f"{type(self).__name__} has no {name}"
        assert isinstance(value, self.FIELDS[name]), f"{type(self).__name__}.{name}: {value!r}"
        super().__setattr__(name, value)


def message_package(package: str) -> dict[str, ModuleType]:
    """Return stand-ins for a package and its module msg, by their names in sys.modules."""
    parent, messages = ModuleType(package), ModuleType(f"{package}.msg")
    parent.__spec__ = ModuleSpec(package, None)
    for name, fields in PACKAGES[package].items():
        types = {key: getattr(messages, kind) if isinstance(kind, str) else kind for key, kind in fields.items()}
        own = {"FIELDS": types, "__module__": messages.__name__, **CONSTANTS.get(name, {})}
        setattr(messages, name, type(name, (StandIn,), own))
    return {package: parent, messages.__name__: messages}


def need(package: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a package's module msg, real where it is installed; outputs that were built on a stand-in are unloaded."""
    if importlib.util.find_spec(package) is None:
        for output in ("hazards", "hazards_3d", "autoware"):
            monkeypatch.delitem(sys.modules, f"mgcda_ros.outputs.{output}", raising=False)
        for name, module in message_package(package).items():
            monkeypatch.setitem(sys.modules, name, module)
    return importlib.import_module(f"{package}.msg")
