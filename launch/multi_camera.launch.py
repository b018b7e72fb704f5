"""Starts the mgcda node for several cameras, as one YAML file names them, with one model for all.

On a laptop without cameras: ros2 launch mgcda_ros multi_camera.launch.py sim:=true
"""

from __future__ import annotations

from launch.actions import OpaqueFunction

from launch import Action, LaunchContext, LaunchDescription
from mgcda_ros import launching
from mgcda_ros.parameters.checking import ParameterError, camera_names
from mgcda_ros.parameters.file import checked_values, read_parameter_file
from mgcda_ros.shared_files import shared_file

ARGUMENTS: dict[str, tuple[str, str]] = {
    "params_file": (
        str(shared_file("config/multi_camera.yaml")),
        "YAML file with the node's parameters, cameras and their own among them",
    ),
    **launching.EVERY_NODE,
    "use_sim_time": ("false", "true: the time of /clock, for bags and simulators"),
    "autostart": ("true", "true: the node configures and activates itself; false: a lifecycle manager does"),
    "sim": ("false", "true: also start a simulated camera for each, on CAMERA/image, each on a drive of its own"),
    "sim_rate": ("10.0", "Frames per second of the simulated cameras"),
    "rviz": ("false", "true: also start RViz with config/mgcda.rviz, which shows the first camera"),
}


def cameras_of(arguments: launching.Arguments) -> tuple[str, ...]:
    """Return the cameras that params_file names; raises RuntimeError where it names none, or has other mistakes."""
    path = launching.existing_file(arguments=arguments, name="params_file")
    try:
        overrides = read_parameter_file(path)
        cameras = camera_names(str(overrides.get("cameras", "")))
        for camera in cameras:
            checked_values(overrides, camera)
    except ParameterError as error:
        raise RuntimeError(f"argument params_file:={path}: {error}") from None
    if not cameras:
        raise RuntimeError(f"argument params_file:={path}: parameter cameras names none; for one, use mgcda.launch.py")
    return cameras


def start(context: LaunchContext) -> list[Action]:
    """Return the actions that the arguments ask for."""
    arguments = launching.given(context, list(ARGUMENTS))
    cameras, namespace = cameras_of(arguments), arguments["namespace"]
    sim_time = launching.is_on(arguments, "use_sim_time")
    actions = launching.profile_actions(environment=context.environment)
    # RViz first: where it is not installed, launch gives up at once and leaves alone what it has started already.
    if launching.is_on(arguments, "rviz"):
        remappings = launching.rviz_remappings(namespace=namespace, camera=cameras[0], topics={})
        actions.append(launching.rviz(namespace=namespace, remappings=remappings, use_sim_time=sim_time))
    if launching.is_on(arguments, "sim"):
        rate = launching.typed(name="sim_rate", text=arguments["sim_rate"], kind=float)
        for number, camera in enumerate(cameras):
            below = f"{namespace.rstrip('/')}/{camera}" if namespace else camera
            actions.append(launching.sim_camera(namespace=below, parameters={"seed": 7 + number, "rate": rate}))
    kinds = {"use_sim_time": bool, "autostart": bool}
    overrides = launching.parameter_overrides(arguments=arguments, kinds=kinds)
    return [*actions, launching.mgcda_node(arguments=arguments, overrides=overrides)]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description: the arguments, and what they ask for."""
    return LaunchDescription([*launching.declared(ARGUMENTS), OpaqueFunction(function=start)])
