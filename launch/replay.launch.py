"""Plays a bag to the mgcda node in the bag's own time, and on request records what comes out and starts RViz.

For every frame, without drops and without ROS: mgcda replay BAG (docs/replay.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from launch.actions import EmitEvent, ExecuteProcess, OpaqueFunction, RegisterEventHandler, TimerAction
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.events.process import ProcessExited

from launch import Action, LaunchContext, LaunchDescription
from mgcda_ros import launching
from mgcda_ros.shared_files import shared_file

NODE_ARGUMENTS: dict[str, tuple[type, str]] = {
    "image_topic": (str, "Topic of the camera's pictures in the bag"),
    "image_transport": (str, "raw or compressed, as in the bag"),
    "camera_info_topic": (str, "Topic of the camera's sensor_msgs/CameraInfo in the bag"),
    "odometry_topic": (str, "Topic of the vehicle's nav_msgs/Odometry in the bag"),
    "weights": (str, "Path of a .safetensors file with its card beside it, or mgcda_fast"),
}
ARGUMENTS: dict[str, tuple[str, str]] = {
    "bag": ("", "Folder or file of the bag to play"),
    "rate": ("1.0", "How fast it is played; 0.5: half as fast as it was recorded"),
    "loop": ("false", "true: again from the start when it ends; false: all ends with it"),
    "record": ("", "Folder for a new bag of the pictures and all that the node says of them; empty: none"),
    **{name: ("", f"{text}; empty: as in params_file") for name, (_, text) in NODE_ARGUMENTS.items()},
    "params_file": (str(shared_file("config/mgcda.yaml")), "YAML file with the node's parameters"),
    **launching.EVERY_NODE,
    "rviz": ("false", "true: also start RViz with config/mgcda.rviz"),
}

DISCOVERY_S = 1
"""Between the player's start and its first message; what nobody has subscribed to yet is lost."""
LAST_FRAME_S = 2.0
"""For the frame that is in work when the bag ends."""


def player(arguments: Mapping[str, str]) -> ExecuteProcess:
    """Return what plays the bag with its clock; raises RuntimeError where there is no such bag."""
    bag = Path(arguments["bag"]).expanduser()
    if not arguments["bag"] or not bag.exists():
        raise RuntimeError(f"argument bag:={arguments['bag']}: there is no such bag; give the folder of a rosbag2")
    rate = launching.typed(name="rate", text=arguments["rate"], kind=float)
    if not rate > 0:
        raise RuntimeError(f"argument rate:={arguments['rate']} is not allowed; it must be above 0")
    loop = ["--loop"] if launching.is_on(arguments, "loop") else []
    # A clock of 100 Hz; the node's own time would otherwise stand still between frames.
    command = ["ros2", "bag", "play", str(bag), "--clock", "100", "--rate", f"{rate:g}", "--delay", str(DISCOVERY_S)]
    command += loop
    return ExecuteProcess(cmd=command, name="player", output="screen")


def recorder(arguments: Mapping[str, str]) -> ExecuteProcess:
    """Return what records all topics; raises RuntimeError where the folder is there already."""
    folder = Path(arguments["record"]).expanduser()
    if folder.exists():
        raise RuntimeError(f"argument record:={folder}: it is there already; name a new folder")
    command = ["ros2", "bag", "record", "--all", "--use-sim-time", "--output", str(folder)]
    return ExecuteProcess(cmd=command, name="recorder", output="screen")


def end(event: ProcessExited, context: LaunchContext) -> list[Action]:
    """Return what ends all after the player: nothing where all ends already, which launch takes no second time."""
    if context.is_shutdown:
        return []
    return [TimerAction(period=LAST_FRAME_S, actions=[EmitEvent(event=Shutdown(reason="the player has ended"))])]


def start(context: LaunchContext) -> list[Action]:
    """Return the actions that the arguments ask for."""
    arguments = launching.given(context, list(ARGUMENTS))
    namespace = arguments["namespace"]
    play = player(arguments)
    actions = launching.profile_actions(environment=context.environment)
    if launching.is_on(arguments, "rviz"):
        topics = {"image": arguments["image_topic"], "camera_info": arguments["camera_info_topic"]}
        remappings = launching.rviz_remappings(namespace=namespace, topics=topics)
        actions.append(launching.rviz(namespace=namespace, remappings=remappings, use_sim_time=True))
    if arguments["record"]:
        actions.append(recorder(arguments))
    kinds = {name: kind for name, (kind, _) in NODE_ARGUMENTS.items()}
    overrides = launching.parameter_overrides(arguments=arguments, kinds=kinds) | {"use_sim_time": True}
    node = launching.mgcda_node(arguments=arguments, overrides=overrides)
    # Not before it looks: loading takes seconds, and what is played meanwhile is not seen.
    looks = launching.once_active(namespace=namespace, actions=[play])
    ended = RegisterEventHandler(OnProcessExit(target_action=play, on_exit=end))
    return [*actions, ended, node, *looks]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description: the arguments, and what they ask for."""
    return LaunchDescription([*launching.declared(ARGUMENTS), OpaqueFunction(function=start)])
