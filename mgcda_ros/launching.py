"""What the launch files are made of; needs launch and launch_ros, which come with ROS 2 from apt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from launch.actions import DeclareLaunchArgument, OpaqueCoroutine, RegisterEventHandler, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch.utilities.type_utils import get_typed_value
from launch_ros.actions import LifecycleNode, Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.ros_adapters import get_ros_node
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from scipy.spatial.transform import Rotation

from launch import Action, Event, EventHandler, LaunchContext
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_ros.shared_files import PACKAGE, PROFILE_VARIABLES, shared_file

NODE = "mgcda"
SIM_FRAME = "sim_camera_optical_frame"
RVIZ_OUTPUTS = ("overlay", "score", "markers", "cloud", "grid", "nearest")
"""The node's topics that config/mgcda.rviz shows."""
ASK_PERIOD_S = 0.5
KINDS = {bool: "true or false", float: "a number", int: "a whole number"}

Arguments = Mapping[str, str]
Described = Mapping[str, tuple[str, str]]
"""Arguments by name: default and description."""

EVERY_NODE: dict[str, tuple[str, str]] = {
    "namespace": ("", "Namespace of every node started here; empty: none"),
    "log_level": ("info", "Log level of the node: debug, info, warn, error or fatal"),
    "respawn": ("true", "true: the node is started again 2 s after it ended by itself"),
}


def declared(arguments: Described) -> list[DeclareLaunchArgument]:
    """Return the arguments, each with its default and description."""
    return [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in arguments.items()
    ]


def given(context: LaunchContext, names: Sequence[str]) -> dict[str, str]:
    """Return what was given for each argument, or its default."""
    return {name: LaunchConfiguration(name).perform(context) for name in names}


def typed(*, name: str, text: str, kind: type) -> Any:
    """Return an argument's text as a bool, float, int or str; raises RuntimeError naming the argument."""
    try:
        return text if kind is str else get_typed_value(text, kind)
    except ValueError as error:
        raise RuntimeError(f"argument {name}:={text} is not allowed; it must be {KINDS[kind]}") from error


def is_on(arguments: Arguments, name: str) -> bool:
    """Return a flag; raises RuntimeError naming it where it is none."""
    return typed(name=name, text=arguments[name], kind=bool)


def parameter_overrides(*, arguments: Arguments, kinds: Mapping[str, type]) -> dict[str, ParameterValue]:
    """Return the node's parameters that the arguments set: the non-empty ones of kinds."""
    return {
        name: ParameterValue(typed(name=name, text=arguments[name], kind=kind), value_type=kind)
        for name, kind in kinds.items()
        if arguments[name]
    }


def profile_actions(*, environment: Mapping[str, str]) -> list[Action]:
    """Return what has Fast DDS carry whole pictures through shared memory, unless the user chose a profile."""
    if any(environment.get(variable) for variable in PROFILE_VARIABLES):
        return []
    return [SetEnvironmentVariable(PROFILE_VARIABLES[0], str(shared_file("config/fastdds_shm.xml")))]


def existing_file(*, arguments: Arguments, name: str) -> Path:
    """Return the file that an argument names; raises RuntimeError where there is none."""
    path = Path(arguments[name]).expanduser()
    if not path.is_file():
        raise RuntimeError(f"argument {name}:={path}: there is no such file")
    return path


def mgcda_node(*, arguments: Arguments, overrides: Mapping[str, Any]) -> LifecycleNode:
    """Return the node with the parameters of params_file and overrides.

    Its own parameter autostart takes it through the lifecycle; with autostart: false events of launch_ros do.
    """
    return LifecycleNode(
        package=PACKAGE,
        executable="mgcda_node",
        name=NODE,
        namespace=arguments["namespace"],
        parameters=[str(existing_file(arguments=arguments, name="params_file")), dict(overrides)],
        ros_arguments=["--log-level", arguments["log_level"]],
        respawn=is_on(arguments, "respawn"),
        respawn_delay=2.0,
        output="screen",
    )


class NodeLooks(Event):
    """The node is active."""

    name = "mgcda_ros.launching.NodeLooks"


def once_active(*, namespace: str, actions: Sequence[Action]) -> list[Action]:
    """Return what starts actions once, when the node is active.

    It is asked again and again: of its transitions it tells once, which is lost where launch has not found it by then.
    """

    async def ask(context: LaunchContext) -> None:
        client = get_ros_node(context).create_client(GetState, f"{_base(namespace)}/{NODE}/get_state")
        state = State.PRIMARY_STATE_UNKNOWN
        # A shutdown cancels it: launch, which waits for it, would take that for its own end, and leave its processes.
        with suppress(asyncio.CancelledError):
            while state != State.PRIMARY_STATE_ACTIVE:
                answer = client.call_async(GetState.Request()) if client.service_is_ready() else None
                await asyncio.sleep(ASK_PERIOD_S)
                if answer is not None and answer.done():
                    state = answer.result().current_state.id
                elif answer is not None:
                    client.remove_pending_request(answer)
            await context.emit_event(NodeLooks())

    looks = EventHandler(matcher=lambda event: isinstance(event, NodeLooks), entities=list(actions), handle_once=True)
    return [RegisterEventHandler(looks), OpaqueCoroutine(coroutine=ask)]


def sim_camera(
    *, namespace: str, remappings: Sequence[tuple[str, str]] = (), parameters: Mapping[str, Any] | None = None
) -> Node:
    """Return a simulated camera that publishes image, camera_info and odometry in a namespace."""
    return Node(
        package=PACKAGE,
        executable="mgcda_sim_camera",
        name="sim_camera",
        namespace=namespace,
        parameters=[dict(parameters)] if parameters else None,
        remappings=list(remappings) or None,
        output="screen",
    )


def sim_transform(*, namespace: str, height_m: float, pitch_deg: float, base_frame: str) -> Node:
    """Return what tells RViz where the simulated camera sits; for a vehicle its own description does."""
    seat = extrinsics_of(base_frame, height_m, pitch_deg, 0.0, 0.0, 0.0, 0.0)
    turn = Rotation.from_matrix(seat.rotation).as_quat()
    numbers = dict(zip(("x", "y", "z", "qx", "qy", "qz", "qw"), (*seat.position, *turn), strict=True))
    arguments = [part for name, value in numbers.items() for part in (f"--{name}", f"{value:.9f}")]
    return Node(
        package="tf2_ros",
        executable="static_transform_publisher",
        name="sim_camera_mounting",
        namespace=namespace,
        arguments=[*arguments, "--frame-id", base_frame, "--child-frame-id", SIM_FRAME],
        output="log",
    )


def rviz_remappings(*, namespace: str, camera: str = "", topics: Arguments) -> list[tuple[str, str]]:
    """Return the remappings from the topics in config/mgcda.rviz, which have no namespace, to the ones in use.

    camera: whose outputs are shown, where it has a name. topics: image and camera_info, where they are not the default.
    """
    base = _base(namespace)
    below = f"{base}/{camera}" if camera else base
    outputs = f"{base}/{NODE}/{camera}" if camera else f"{base}/{NODE}"
    used = {f"/{NODE}/{output}": f"{outputs}/{output}" for output in RVIZ_OUTPUTS}
    used |= {f"/{name}": topics.get(name) or f"{below}/{name}" for name in ("image", "camera_info")}
    return [(shown, topic) for shown, topic in used.items() if shown != topic]


def rviz(*, namespace: str, remappings: Sequence[tuple[str, str]], use_sim_time: bool = False) -> Node:
    """Return RViz with config/mgcda.rviz."""
    return Node(
        package="rviz2",
        executable="rviz2",
        name="mgcda_rviz",
        namespace=namespace,
        arguments=["-d", str(shared_file("config/mgcda.rviz"))],
        parameters=[{"use_sim_time": use_sim_time}],
        remappings=list(remappings) or None,
        output="log",
    )


def _base(namespace: str) -> str:
    """Return what the names in a namespace begin with, before the slash."""
    return f"/{namespace.strip('/')}" if namespace.strip("/") else ""
