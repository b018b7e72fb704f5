"""Starts the mgcda node, and on request a simulated camera and RViz.

On a laptop without a camera: ros2 launch mgcda_ros mgcda.launch.py sim:=true rviz:=true
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch.utilities.type_utils import get_typed_value
from launch_ros.actions import LifecycleNode, Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import Action, LaunchContext, LaunchDescription

PACKAGE = "mgcda_ros"
NODE = "mgcda"
SHARE = Path(__file__).absolute().parent.parent
"""share/mgcda_ros, or the checkout."""
PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
SIM_PARAMETERS: dict[str, str] = {
    "camera_height_m": "1.5",
    "camera_pitch_deg": "3.0",
    "base_frame": "base_link",
    "odometry_topic": "odometry",
    "vehicle_width_m": "1.8",
}
"""With sim:=true, unless said otherwise: where the simulated camera sits, and what it publishes."""
RVIZ_OUTPUTS = ("overlay", "score", "markers")
"""The node's topics that config/mgcda.rviz shows."""

PARAMETER_ARGUMENTS: dict[str, tuple[type, str]] = {
    "image_topic": (str, "Topic of the camera's pictures"),
    "image_transport": (str, "raw (sensor_msgs/Image) or compressed (sensor_msgs/CompressedImage)"),
    "camera_info_topic": (str, "Topic of the camera's sensor_msgs/CameraInfo"),
    "weights": (str, "Path of a .safetensors file with its card beside it"),
    "threshold": (float, "Anomaly probability above which a pixel belongs to a hazard; 0: the weights' own"),
    "extrinsics": (str, "parameters: the camera sits as camera_height_m and camera_pitch_deg say; tf: as tf2 says"),
    "base_frame": (str, "Frame of everything in metres"),
    "camera_height_m": (float, "Height of the camera above the ground; 0: not known, hazards have no position"),
    "camera_pitch_deg": (float, "How far the camera looks down"),
    "odometry_topic": (str, "Topic of the vehicle's nav_msgs/Odometry"),
    "vehicle_width_m": (float, "Width of the vehicle, for ~/stop_distance; 0: not known"),
    "vehicle_front_m": (float, "From base_frame's origin to the vehicle's foremost point"),
    "autostart": (bool, "true: the node configures and activates itself; false: a lifecycle manager does"),
    "use_sim_time": (bool, "true: the time of /clock, for bags and simulators"),
}
"""Arguments that become parameters of the node: type and description; empty keeps what the parameter file says."""

OTHER_ARGUMENTS: dict[str, tuple[str, str]] = {
    "params_file": (str(SHARE / "config" / "mgcda.yaml"), "YAML file with the node's parameters"),
    "namespace": ("", "Namespace of every node started here; empty: none"),
    "log_level": ("info", "Log level of the node: debug, info, warn, error or fatal"),
    "sim": ("false", "true: also start a simulated camera, mgcda_sim_camera"),
    "rviz": ("false", "true: also start RViz with config/mgcda.rviz"),
}
"""All others: default and description."""


def declared_arguments() -> list[DeclareLaunchArgument]:
    """Return every argument of this file, each with its default and description."""
    parameters = [
        DeclareLaunchArgument(name, default_value="", description=f"{text}; empty: as in params_file")
        for name, (_, text) in PARAMETER_ARGUMENTS.items()
    ]
    others = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in OTHER_ARGUMENTS.items()
    ]
    return parameters + others


def typed(*, name: str, text: str, kind: type) -> Any:
    """Return an argument's text as a bool, float or str; raises RuntimeError naming the argument."""
    try:
        return text if kind is str else get_typed_value(text, kind)
    except ValueError as error:
        allowed = {bool: "true or false", float: "a number"}[kind]
        raise RuntimeError(f"argument {name}:={text} is not allowed; it must be {allowed}") from error


def parameter_overrides(*, arguments: Mapping[str, str]) -> dict[str, ParameterValue]:
    """Return the node's parameters that the arguments set: the non-empty ones."""
    return {
        name: ParameterValue(typed(name=name, text=arguments[name], kind=kind), value_type=kind)
        for name, (kind, _) in PARAMETER_ARGUMENTS.items()
        if arguments[name]
    }


def resolved(*, arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments, with sim:=true those of the simulated camera where none are given."""
    if not typed(name="sim", text=arguments["sim"], kind=bool):
        return dict(arguments)
    return {name: text or SIM_PARAMETERS.get(name, "") for name, text in arguments.items()}


def profile_actions(*, environment: Mapping[str, str]) -> list[Action]:
    """Return what has Fast DDS carry whole pictures through shared memory, unless the user chose a profile."""
    if any(environment.get(variable) for variable in PROFILE_VARIABLES):
        return []
    return [SetEnvironmentVariable(PROFILE_VARIABLES[0], str(SHARE / "config" / "fastdds_shm.xml"))]


def sim_remappings(*, arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the remappings that have the simulated camera publish on the topics asked for."""
    topics = {
        "image": arguments["image_topic"],
        "camera_info": arguments["camera_info_topic"],
        "odometry": arguments["odometry_topic"],
    }
    return [(name, topic) for name, topic in topics.items() if topic]


def mgcda_node(*, arguments: Mapping[str, str]) -> LifecycleNode:
    """Return the node; its own parameter autostart takes it through the lifecycle."""
    parameters = Path(arguments["params_file"]).expanduser()
    if not parameters.is_file():
        raise RuntimeError(f"argument params_file:={parameters}: there is no such file")
    return LifecycleNode(
        package=PACKAGE,
        executable="mgcda_node",
        name=NODE,
        namespace=arguments["namespace"],
        parameters=[str(parameters), parameter_overrides(arguments=arguments)],
        ros_arguments=["--log-level", arguments["log_level"]],
        respawn=True,
        respawn_delay=2.0,
        output="screen",
    )


def sim_camera(*, arguments: Mapping[str, str]) -> Node:
    """Return the simulated camera, publishing where the node listens."""
    return Node(
        package=PACKAGE,
        executable="mgcda_sim_camera",
        name="sim_camera",
        namespace=arguments["namespace"],
        remappings=sim_remappings(arguments=arguments),
        output="screen",
    )


def rviz_remappings(*, arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the remappings from the topics in config/mgcda.rviz, which have no namespace, to the ones in use."""
    namespace = arguments["namespace"].strip("/")
    base = f"/{namespace}" if namespace else ""
    topics = {f"/{NODE}/{topic}": f"{base}/{NODE}/{topic}" for topic in RVIZ_OUTPUTS}
    topics["/image"] = arguments["image_topic"] or f"{base}/image"
    topics["/camera_info"] = arguments["camera_info_topic"] or f"{base}/camera_info"
    return [(shown, used) for shown, used in topics.items() if shown != used]


def rviz(*, arguments: Mapping[str, str]) -> Node:
    """Return RViz with config/mgcda.rviz."""
    return Node(
        package="rviz2",
        executable="rviz2",
        name="mgcda_rviz",
        namespace=arguments["namespace"],
        arguments=["-d", str(SHARE / "config" / "mgcda.rviz")],
        remappings=rviz_remappings(arguments=arguments),
        output="log",
    )


def start(context: LaunchContext) -> list[Action]:
    """Return the actions that the arguments ask for."""
    arguments = {name: LaunchConfiguration(name).perform(context) for name in (*PARAMETER_ARGUMENTS, *OTHER_ARGUMENTS)}
    arguments = resolved(arguments=arguments)
    actions = profile_actions(environment=context.environment)
    # RViz first: where it is not installed, launch gives up at once and leaves alone what it has started already.
    for name, build in (("rviz", rviz), ("sim", sim_camera)):
        if typed(name=name, text=arguments[name], kind=bool):
            actions.append(build(arguments=arguments))
    return [*actions, mgcda_node(arguments=arguments)]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description: the arguments, and what they ask for."""
    return LaunchDescription([*declared_arguments(), OpaqueFunction(function=start)])
