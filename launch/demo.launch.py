"""Starts all that there is to see without a vehicle: a simulated camera, the node and RViz."""

from __future__ import annotations

from pathlib import Path

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from launch import LaunchDescription
from mgcda_ros import launching

ARGUMENTS: dict[str, tuple[str, str]] = {
    "seed": ("7", "Which drive is shown; below 1000 are those never trained on"),
    "rviz": ("true", "true: also start RViz with config/mgcda.rviz"),
    "namespace": launching.EVERY_NODE["namespace"],
    "log_level": launching.EVERY_NODE["log_level"],
}


def generate_launch_description() -> LaunchDescription:
    """Return the launch description: mgcda.launch.py with a simulated camera."""
    arguments = {"sim": "true", "sim_seed": LaunchConfiguration("seed")}
    arguments |= {name: LaunchConfiguration(name) for name in ("rviz", "namespace", "log_level")}
    whole = PythonLaunchDescriptionSource(str(Path(__file__).with_name("mgcda.launch.py")))
    return LaunchDescription(
        [
            *launching.declared(ARGUMENTS),
            IncludeLaunchDescription(whole, launch_arguments=list(arguments.items())),
        ]
    )
