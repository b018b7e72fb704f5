"""Starts the mgcda node for one camera, and on request a simulated camera and RViz.

On a laptop without a camera: ros2 launch mgcda_ros mgcda.launch.py sim:=true rviz:=true
"""

from __future__ import annotations

from collections.abc import Mapping

from launch.actions import OpaqueFunction

from launch import Action, LaunchContext, LaunchDescription
from mgcda_ros import launching
from mgcda_ros.shared_files import shared_file

SIM_PARAMETERS: dict[str, str] = {
    "camera_height_m": "1.5",
    "camera_pitch_deg": "3.0",
    "base_frame": "base_link",
    "odometry_topic": "odometry",
    "vehicle_width_m": "1.8",
}
"""With sim:=true, unless said otherwise: where the simulated camera sits, and what it publishes."""

PARAMETER_ARGUMENTS: dict[str, tuple[type, str]] = {
    "image_topic": (str, "Topic of the camera's pictures"),
    "image_transport": (str, "raw (sensor_msgs/Image) or compressed (sensor_msgs/CompressedImage)"),
    "camera_info_topic": (str, "Topic of the camera's sensor_msgs/CameraInfo"),
    "weights": (str, "Path of a .safetensors file with its card beside it, or mgcda_fast"),
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
    "params_file": (str(shared_file("config/mgcda.yaml")), "YAML file with the node's parameters"),
    **launching.EVERY_NODE,
    "sim": ("false", "true: also start a simulated camera, mgcda_sim_camera"),
    "sim_seed": ("7", "Which drive the simulated camera shows; below 1000 are those never trained on"),
    "rviz": ("false", "true: also start RViz with config/mgcda.rviz"),
}
"""All others: default and description."""

ARGUMENTS: dict[str, tuple[str, str]] = {
    **{name: ("", f"{text}; empty: as in params_file") for name, (_, text) in PARAMETER_ARGUMENTS.items()},
    **OTHER_ARGUMENTS,
}


def resolved(*, arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments, with sim:=true those of the simulated camera where none are given."""
    if not launching.is_on(arguments, "sim"):
        return dict(arguments)
    return {name: text or SIM_PARAMETERS.get(name, "") for name, text in arguments.items()}


def sim_remappings(*, arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the remappings that have the simulated camera publish on the topics asked for."""
    topics = {
        "image": arguments["image_topic"],
        "camera_info": arguments["camera_info_topic"],
        "odometry": arguments["odometry_topic"],
    }
    return [(name, topic) for name, topic in topics.items() if topic]


def start(context: LaunchContext) -> list[Action]:
    """Return the actions that the arguments ask for."""
    arguments = resolved(arguments=launching.given(context, list(ARGUMENTS)))
    namespace = arguments["namespace"]
    actions = launching.profile_actions(environment=context.environment)
    # RViz first: where it is not installed, launch gives up at once and leaves alone what it has started already.
    if launching.is_on(arguments, "rviz"):
        topics = {"image": arguments["image_topic"], "camera_info": arguments["camera_info_topic"]}
        remappings = launching.rviz_remappings(namespace=namespace, topics=topics)
        sim_time = bool(arguments["use_sim_time"]) and launching.is_on(arguments, "use_sim_time")
        actions.append(launching.rviz(namespace=namespace, remappings=remappings, use_sim_time=sim_time))
        if launching.is_on(arguments, "sim"):
            seat = {
                name: launching.typed(name=f"camera_{name}", text=arguments[f"camera_{name}"], kind=float)
                for name in ("height_m", "pitch_deg")
            }
            frame = arguments["base_frame"]
            actions.append(launching.sim_transform(namespace=namespace, base_frame=frame, **seat))
    if launching.is_on(arguments, "sim"):
        seed = launching.typed(name="sim_seed", text=arguments["sim_seed"], kind=int)
        remappings = sim_remappings(arguments=arguments)
        actions.append(launching.sim_camera(namespace=namespace, remappings=remappings, parameters={"seed": seed}))
    kinds = {name: kind for name, (kind, _) in PARAMETER_ARGUMENTS.items()}
    overrides = launching.parameter_overrides(arguments=arguments, kinds=kinds)
    return [*actions, launching.mgcda_node(arguments=arguments, overrides=overrides)]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description: the arguments, and what they ask for."""
    return LaunchDescription([*launching.declared(ARGUMENTS), OpaqueFunction(function=start)])
