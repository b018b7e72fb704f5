"""The launch files, where launch and launch_ros are installed."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from launch_samples import ROOT, loaded, nodes, parameters_of, started
from scipy.spatial.transform import Rotation

from mgcda_core.simulation.drive import CAMERA_HEIGHT_M, CAMERA_PITCH_DEG
from mgcda_ros.parameters.checking import FOREIGN_PREFIXES
from mgcda_ros.parameters.declaration import BY_NAME
from mgcda_ros.parameters.file import checked_values, read_parameter_file
from mgcda_ros.sim_camera import BASE_FRAME, FRAME_ID

LAUNCH_FILES = ("mgcda", "demo", "multi_camera", "replay")


@pytest.fixture(scope="module")
def launch_file() -> ModuleType:
    return loaded("mgcda")


@pytest.fixture(scope="module")
def several() -> ModuleType:
    return loaded("multi_camera")


@pytest.fixture(scope="module")
def replay() -> ModuleType:
    return loaded("replay")


@pytest.mark.parametrize("name", LAUNCH_FILES)
def test_every_launch_argument_has_a_description(name: str) -> None:
    module = loaded(name)
    arguments = {argument.name: argument for argument in module.generate_launch_description().get_launch_arguments()}
    assert arguments.keys() >= module.ARGUMENTS.keys() >= {"namespace", "log_level", "rviz"}
    for argument in arguments.values():
        assert len(argument.description) > 10 and argument.description != "no description given", argument.name
        assert argument.default_value is not None, argument.name


@pytest.mark.parametrize("name", LAUNCH_FILES)
def test_launch_files_run_nothing_while_they_are_read(name: str) -> None:
    text = (ROOT / "launch" / f"{name}.launch.py").read_text()
    assert not re.search(r"subprocess|os\.system|shell=True|popen", text)


def test_launch_arguments_set_parameters_that_exist(launch_file: ModuleType, replay: ModuleType) -> None:
    for name, (kind, _) in (launch_file.PARAMETER_ARGUMENTS | replay.NODE_ARGUMENTS).items():
        assert name.startswith(FOREIGN_PREFIXES) or type(BY_NAME[name].default) is kind


def test_only_the_arguments_that_were_given_override_the_file(launch_file: ModuleType) -> None:
    assert parameters_of(nodes(started(launch_file))["mgcda_node"]) == {}
    given = {"threshold": "1", "weights": "12", "autostart": "false"}
    values = parameters_of(nodes(started(launch_file, **given))["mgcda_node"])
    assert values == {"weights": "12", "threshold": 1.0, "autostart": False}
    assert type(values["threshold"]) is float


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        pytest.param("threshold", "high", "a number", id="word for number"),
        pytest.param("autostart", "maybe", "true or false", id="word for flag"),
        pytest.param("respawn", "often", "true or false", id="word for respawn"),
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

    actions = launch_file.launching.profile_actions(environment=environment)
    assert len(actions) == set_by_us
    if set_by_us:
        context, name = LaunchContext(), "FASTRTPS_DEFAULT_PROFILES_FILE"
        before = os.environ.get(name)
        try:
            actions[0].execute(context)
            assert Path(context.environment[name]).read_text() == (ROOT / "config" / "fastdds_shm.xml").read_text()
        finally:
            os.environ.pop(name, None)
            if before is not None:
                os.environ[name] = before


@pytest.mark.parametrize(
    ("given", "executables"),
    [
        pytest.param({}, ["mgcda_node"], id="alone"),
        pytest.param({"sim": "true"}, ["mgcda_sim_camera", "mgcda_node"], id="with camera"),
        pytest.param(
            {"sim": "True", "rviz": "true"},
            ["rviz2", "static_transform_publisher", "mgcda_sim_camera", "mgcda_node"],
            id="with both",
        ),
    ],
)
def test_sim_and_rviz_are_started_on_request_and_before_the_node(
    launch_file: ModuleType, given: dict[str, str], executables: list[str]
) -> None:
    """Where rviz2 is not installed, launch orphans every process that it started before it noticed."""
    assert list(nodes(started(launch_file, **given))) == executables


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, {}, id="as in the file"),
        pytest.param({"topics": {"image": "/front/image_raw"}}, {"/image": "/front/image_raw"}, id="topic"),
        pytest.param(
            {"namespace": "/car"},
            {
                "/image": "/car/image",
                "/camera_info": "/car/camera_info",
                "/mgcda/overlay": "/car/mgcda/overlay",
                "/mgcda/score": "/car/mgcda/score",
                "/mgcda/markers": "/car/mgcda/markers",
                "/mgcda/cloud": "/car/mgcda/cloud",
                "/mgcda/grid": "/car/mgcda/grid",
                "/mgcda/nearest": "/car/mgcda/nearest",
            },
            id="namespace",
        ),
        pytest.param(
            {"namespace": "car", "camera": "left"},
            {
                "/image": "/car/left/image",
                "/camera_info": "/car/left/camera_info",
                "/mgcda/overlay": "/car/mgcda/left/overlay",
                "/mgcda/score": "/car/mgcda/left/score",
                "/mgcda/markers": "/car/mgcda/left/markers",
                "/mgcda/cloud": "/car/mgcda/left/cloud",
                "/mgcda/grid": "/car/mgcda/left/grid",
                "/mgcda/nearest": "/car/mgcda/left/nearest",
            },
            id="camera with a name",
        ),
    ],
)
def test_rviz_shows_the_topics_in_use(launch_file: ModuleType, given: dict[str, Any], expected: dict[str, str]) -> None:
    remappings = launch_file.launching.rviz_remappings(**{"namespace": "", "topics": {}} | given)
    assert dict(remappings) == expected


def test_with_the_simulated_camera_the_node_knows_where_it_sits(launch_file: ModuleType) -> None:
    found = parameters_of(nodes(started(launch_file, sim="true"))["mgcda_node"])
    assert (found["camera_height_m"], found["camera_pitch_deg"]) == (CAMERA_HEIGHT_M, CAMERA_PITCH_DEG)
    assert (found["base_frame"], found["odometry_topic"]) == (BASE_FRAME, "odometry")
    assert parameters_of(nodes(started(launch_file, sim="true", camera_height_m="2"))["mgcda_node"])[
        "camera_height_m"
    ] == pytest.approx(2.0)


def test_rviz_is_told_where_the_simulated_camera_sits(launch_file: ModuleType) -> None:
    actions = nodes(started(launch_file, sim="true", rviz="true", camera_pitch_deg="10"))
    given = [str(part) for part in actions["static_transform_publisher"]._Node__arguments]
    told = dict(zip(given[::2], given[1::2], strict=True))
    assert (told["--frame-id"], told["--child-frame-id"]) == (BASE_FRAME, FRAME_ID)
    assert [float(told[f"--{axis}"]) for axis in "xyz"] == [0.0, 0.0, CAMERA_HEIGHT_M]
    turn = Rotation.from_quat([float(told[f"--q{axis}"]) for axis in "xyzw"])
    ahead = turn.apply([0.0, 0.0, 1.0])  # the optical axis
    assert ahead == pytest.approx([math.cos(math.radians(10)), 0.0, -math.sin(math.radians(10))], abs=1e-6)


def test_every_camera_of_the_file_is_simulated_on_its_own_topics(several: ModuleType, tmp_path: Path) -> None:
    from launch_ros.actions import Node

    path = tmp_path / "three.yaml"
    path.write_text('/**:\n  ros__parameters:\n    cameras: "front, left, rear"\n    front: {camera_yaw_deg: 1.0}\n')
    actions = started(several, params_file=str(path), sim="true", namespace="car")
    cameras = [action for action in actions if isinstance(action, Node) and "sim" in action.node_executable]
    assert [camera._Node__node_namespace for camera in cameras] == ["car/front", "car/left", "car/rear"]
    seeds = [parameters_of(camera)["seed"] for camera in cameras]
    assert len(set(seeds)) == 3 and max(seeds) < 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("/**: {ros__parameters: {threshold: 0.5}}", "cameras names none", id="no cameras"),
        pytest.param("/**: {ros__parameters: {cameras: 'a,a'}}", "each name may stand there once", id="twice"),
        pytest.param(
            "/**: {ros__parameters: {cameras: 'a', a: {camera_yaw: 3.0}}}",
            "did you mean a.camera_yaw_deg",
            id="misspelt",
        ),
        pytest.param("nothing", "holds no sections", id="no parameter file"),
    ],
)
def test_a_file_of_cameras_with_mistakes_is_refused_before_anything_starts(
    several: ModuleType, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(text)
    with pytest.raises(RuntimeError, match=message):
        started(several, params_file=str(path))


def test_the_shipped_file_of_cameras_is_what_the_node_reads() -> None:
    overrides = read_parameter_file(ROOT / "config" / "multi_camera.yaml")
    front, left = (checked_values(overrides, camera) for camera in ("front", "left"))
    assert (front["image_topic"], left["image_topic"]) == ("front/image", "left/image")
    assert (front["camera_yaw_deg"], left["camera_yaw_deg"]) == (0.0, 60.0)
    assert front["camera_height_m"] == left["camera_height_m"] == CAMERA_HEIGHT_M
