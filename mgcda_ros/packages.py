"""Packages that are not everywhere, and what the node does without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from mgcda_ros.parameters.checking import ParameterError


def check_packages(values: Mapping[str, Any], say: Callable[[str], object]) -> None:
    """Say what is not published without vision_msgs; raises ParameterError where values ask for what is missing.

    values: of every parameter, by name.
    """
    if values["extrinsics"] == "tf" and find_spec("tf2_ros") is None:
        raise ParameterError(
            "parameter extrinsics: 'tf' is not allowed without tf2_ros; "
            "install ros-$ROS_DISTRO-tf2-ros-py, or set it to 'parameters'"
        )
    if find_spec("vision_msgs") is None:
        if values["detections"] == "required":
            raise ParameterError(
                "parameter detections: 'required' is not allowed without vision_msgs; "
                "install ros-$ROS_DISTRO-vision-msgs, or set it to 'auto'"
            )
        say("vision_msgs is not installed: ~/hazards and ~/hazards_3d are not published")
