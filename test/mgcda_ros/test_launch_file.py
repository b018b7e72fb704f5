"""The ROS packaging: package.xml everywhere, the launch file where launch and launch_ros are installed."""

from __future__ import annotations

import importlib.util
import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from mgcda_core.simulation.drive import CAMERA_HEIGHT_M, CAMERA_PITCH_DEG
from mgcda_ros.parameters.declaration import BY_NAME
from mgcda_ros.parameters.reading import FOREIGN_PREFIXES
from mgcda_ros.sim_camera import BASE_FRAME

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / "launch" / "mgcda.launch.py"
EXEC_DEPENDS = {
    "rclpy",
    "builtin_interfaces",
    "diagnostic_msgs",
    "geometry_msgs",
    "lifecycle_msgs",
    "nav_msgs",
    "rcl_interfaces",
    "sensor_msgs",
    "std_msgs",
    "vision_msgs",
    "visualization_msgs",
    "cv_bridge",
    "sensor_msgs_py",
    "tf2_ros_py",
    "launch",
    "launch_ros",
    "ros2bag",
    "rosbag2_storage_mcap",
    "rviz2",
    "python3-numpy",
    "python3-opencv",
    "python3-pil",
    "python3-pytorch-pip",
    "python3-rosbags-pip",
    "python3-scipy",
    "python3-timm-pip",
    "python3-tqdm",
    "python3-yaml",
}
NO_LAUNCH = "launch_ros is not installed; it comes with ROS 2 from apt"


def texts(package: ElementTree.Element, tag: str) -> list[str]:
    return [str(element.text) for element in package.iter(tag)]


def test_package_xml_describes_an_ament_python_package() -> None:
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    assert package.get("format") == "3"
    assert texts(package, "name") == ["mgcda_ros"]
    assert texts(package, "license") == ["Apache-2.0"]
    assert texts(package, "build_type") == ["ament_python"]
    depends = texts(package, "exec_depend")
    assert set(depends) == EXEC_DEPENDS and len(depends) == len(EXEC_DEPENDS)


def test_package_xml_has_the_version_of_setup_py() -> None:
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    version = re.search(r'^ {4}version="([^"]+)"', (ROOT / "setup.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert texts(package, "version") == [version[1]]


def test_package_xml_has_an_email_that_colcon_accepts() -> None:
    """With an address that catkin_pkg refuses, colcon silently builds a plain Python package without ROS resources."""
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    accepted = re.compile(r"[-\w%+]+(\.[-\w%+]+)*@[-a-zA-Z0-9%]+(\.[-a-zA-Z0-9%]+)*\.[a-zA-Z]{2,}")
    emails = [maintainer.get("email", "") for maintainer in package.iter("maintainer")]
    assert emails and all(accepted.fullmatch(email) for email in emails)


def test_rviz_configuration_shows_the_nodes_topics() -> None:
    content = yaml.safe_load((ROOT / "config" / "mgcda.rviz").read_text(encoding="utf-8"))
    displays = content["Visualization Manager"]["Displays"]
    qualities = {display["Topic"]["Value"]: display["Topic"]["Reliability Policy"] for display in displays}
    assert qualities == {
        "/image": "Best Effort",
        "/mgcda/overlay": "Reliable",
        "/mgcda/score": "Reliable",
        "/mgcda/markers": "Reliable",
    }


@pytest.fixture(scope="module")
def launch_file() -> ModuleType:
    pytest.importorskip("launch", reason=NO_LAUNCH)
    pytest.importorskip("launch_ros", reason=NO_LAUNCH)
    specification = importlib.util.spec_from_file_location("mgcda_launch", LAUNCH_FILE)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def started(launch_file: ModuleType, **given: str) -> list[Any]:
    """Return the actions that the launch file starts with the given arguments, all others at their defaults."""
    from launch import LaunchContext

    context = LaunchContext()
    for argument in launch_file.declared_arguments():
        argument.execute(context)
    context.launch_configurations.update(given)
    return launch_file.start(context)


def defaults(launch_file: ModuleType, **given: str) -> dict[str, str]:
    """Return every argument's text: the given ones, all others at their defaults."""
    parameters = dict.fromkeys(launch_file.PARAMETER_ARGUMENTS, "")
    return parameters | {name: default for name, (default, _) in launch_file.OTHER_ARGUMENTS.items()} | given


def test_every_launch_argument_has_a_description(launch_file: ModuleType) -> None:
    arguments = launch_file.generate_launch_description().get_launch_arguments()
    assert {argument.name for argument in arguments} >= {"image_topic", "params_file", "sim", "rviz", "threshold"}
    for argument in arguments:
        assert len(argument.description) > 10 and argument.description != "no description given", argument.name


def test_launch_arguments_set_parameters_that_exist(launch_file: ModuleType) -> None:
    for name, (kind, _) in launch_file.PARAMETER_ARGUMENTS.items():
        assert name.startswith(FOREIGN_PREFIXES) or type(BY_NAME[name].default) is kind


def test_only_the_arguments_that_were_given_override_the_file(launch_file: ModuleType) -> None:
    assert launch_file.parameter_overrides(arguments=defaults(launch_file)) == {}
    given = defaults(launch_file, threshold="1", weights="12", autostart="false")
    overrides = launch_file.parameter_overrides(arguments=given)
    values = {name: override.value for name, override in overrides.items()}
    assert values == {"weights": "12", "threshold": 1.0, "autostart": False}
    assert type(values["threshold"]) is float


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        pytest.param("threshold", "high", "a number", id="word for number"),
        pytest.param("autostart", "maybe", "true or false", id="word for flag"),
    ],
)
def test_unreadable_argument_is_named(launch_file: ModuleType, name: str, text: str, allowed: str) -> None:
    with pytest.raises(RuntimeError, match=f"argument {name}:={text} is not allowed; it must be {allowed}"):
        started(launch_file, **{name: text})


def test_missing_parameter_file_is_named(launch_file: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="argument params_file:=/nonexistent.yaml: there is no such file"):
        started(launch_file, params_file="/nonexistent.yaml")


@pytest.mark.parametrize(
    ("environment", "set_by_us"),
    [
        pytest.param({}, True, id="nothing chosen"),
        pytest.param({"FASTRTPS_DEFAULT_PROFILES_FILE": ""}, True, id="empty"),
        pytest.param({"FASTRTPS_DEFAULT_PROFILES_FILE": "/mine.xml"}, False, id="chosen, old name"),
        pytest.param({"FASTDDS_DEFAULT_PROFILES_FILE": "/mine.xml"}, False, id="chosen, new name"),
    ],
)
def test_shared_memory_profile_unless_the_user_chose_one(
    launch_file: ModuleType, environment: dict[str, str], set_by_us: bool
) -> None:
    from launch import LaunchContext

    actions = launch_file.profile_actions(environment=environment)
    assert len(actions) == set_by_us
    if set_by_us:
        context, name = LaunchContext(), "FASTRTPS_DEFAULT_PROFILES_FILE"
        before = os.environ.get(name)
        try:
            actions[0].execute(context)
            assert Path(context.environment[name]) == ROOT / "config" / "fastdds_shm.xml"
        finally:
            os.environ.pop(name, None)
            if before is not None:
                os.environ[name] = before


@pytest.mark.parametrize(
    ("given", "executables"),
    [
        pytest.param({}, ["mgcda_node"], id="alone"),
        pytest.param({"sim": "true"}, ["mgcda_sim_camera", "mgcda_node"], id="with camera"),
        pytest.param({"sim": "True", "rviz": "true"}, ["rviz2", "mgcda_sim_camera", "mgcda_node"], id="with both"),
    ],
)
def test_sim_and_rviz_are_started_on_request_and_before_the_node(
    launch_file: ModuleType, given: dict[str, str], executables: list[str]
) -> None:
    """Where rviz2 is not installed, launch orphans every process that it started before it noticed."""
    from launch_ros.actions import Node

    nodes = [action for action in started(launch_file, **given) if isinstance(action, Node)]
    assert [node.node_executable for node in nodes] == executables


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, {}, id="as in the file"),
        pytest.param({"image_topic": "/front/image_raw"}, {"/image": "/front/image_raw"}, id="topic"),
        pytest.param(
            {"namespace": "/front"},
            {
                "/image": "/front/image",
                "/camera_info": "/front/camera_info",
                "/mgcda/overlay": "/front/mgcda/overlay",
                "/mgcda/score": "/front/mgcda/score",
                "/mgcda/markers": "/front/mgcda/markers",
            },
            id="namespace",
        ),
    ],
)
def test_rviz_shows_the_topics_in_use(launch_file: ModuleType, given: dict[str, str], expected: dict[str, str]) -> None:
    assert dict(launch_file.rviz_remappings(arguments=defaults(launch_file, **given))) == expected


def node_parameters(launch_file: ModuleType, **given: str) -> dict[str, Any]:
    arguments = launch_file.resolved(arguments=defaults(launch_file, **given))
    return {name: over.value for name, over in launch_file.parameter_overrides(arguments=arguments).items()}


def test_with_the_simulated_camera_the_node_knows_where_it_sits(launch_file: ModuleType) -> None:
    found = node_parameters(launch_file, sim="true")
    assert (found["camera_height_m"], found["camera_pitch_deg"]) == (CAMERA_HEIGHT_M, CAMERA_PITCH_DEG)
    assert (found["base_frame"], found["odometry_topic"]) == (BASE_FRAME, "odometry")
    assert node_parameters(launch_file, sim="true", camera_height_m="2.0")["camera_height_m"] == 2.0
    assert node_parameters(launch_file) == {}
