"""Parameters: the shipped file agrees with the declaration, and every wrong value is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from ros_domain import fresh_domain

from mgcda_ros.parameters.declaration import BY_NAME, RULES
from mgcda_ros.parameters.documents import markdown_page, yaml_file
from mgcda_ros.parameters.reading import ParameterError, Parameters
from mgcda_ros.parameters.rule import ParameterRule

ROOT = Path(__file__).resolve().parents[2]

FLAG = ParameterRule("flag", True, "A flag.")
COUNT = ParameterRule("count", 3, "A count.", "px", 0, 10)
SHARE = ParameterRule("share", 0.5, "A share.", "", 0.0, 1.0)
PERIOD = ParameterRule("period", 0.5, "A period.", "s", 0.1, 2.0)
MODE = ParameterRule("mode", "raw", "A mode.", choices=("raw", "compressed"))
NAME = ParameterRule("name", "", "A name.")


def test_config_file_agrees_with_declaration() -> None:
    text = (ROOT / "config" / "mgcda.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert list(content) == ["/**"] and list(content["/**"]) == ["ros__parameters"]
    written = content["/**"]["ros__parameters"]
    assert list(written.items()) == [(rule.name, rule.default) for rule in RULES]
    assert {name: type(value) for name, value in written.items()} == {rule.name: type(rule.default) for rule in RULES}


def test_config_file_explains_every_parameter() -> None:
    comments: dict[str, str] = {}
    collected: list[str] = []
    for line in (ROOT / "config" / "mgcda.yaml").read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            collected.append(stripped[1:].strip())
        else:
            comments[stripped.partition(":")[0]] = " ".join(collected)
            collected = []
    for rule in RULES:
        assert rule.description in comments[rule.name]
        if rule.choices or rule.minimum is not None:
            assert f"Allowed: {rule.allowed}." in comments[rule.name]


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_default_is_allowed(rule: ParameterRule) -> None:
    assert rule.problem(rule.default) is None
    assert (rule.minimum is None) == (rule.maximum is None)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        pytest.param(FLAG, False, id="bool"),
        pytest.param(COUNT, 0, id="int at the minimum"),
        pytest.param(COUNT, 10, id="int at the maximum"),
        pytest.param(SHARE, 0.0, id="float at the minimum"),
        pytest.param(SHARE, 1.0, id="float at the maximum"),
        pytest.param(MODE, "compressed", id="choice"),
        pytest.param(NAME, "", id="empty string"),
    ],
)
def test_right_value_has_no_problem(rule: ParameterRule, value: Any) -> None:
    assert rule.problem(value) is None


@pytest.mark.parametrize(
    ("rule", "value", "allowed"),
    [
        pytest.param(FLAG, 1, "true or false", id="int for bool"),
        pytest.param(FLAG, "true", "true or false", id="string for bool"),
        pytest.param(COUNT, 3.0, "a whole number from 0 to 10 px", id="float for int"),
        pytest.param(COUNT, True, "a whole number from 0 to 10 px", id="bool for int"),
        pytest.param(COUNT, -1, "a whole number from 0 to 10 px", id="int below"),
        pytest.param(COUNT, 11, "a whole number from 0 to 10 px", id="int above"),
        pytest.param(SHARE, 1, "a number from 0 to 1, with a decimal point", id="int for float"),
        pytest.param(SHARE, True, "a number from 0 to 1", id="bool for float"),
        pytest.param(SHARE, math.nextafter(1.0, 2.0), "a number from 0 to 1", id="float just above"),
        pytest.param(SHARE, -0.1, "a number from 0 to 1", id="float below"),
        pytest.param(SHARE, math.nan, "a number from 0 to 1", id="nan"),
        pytest.param(PERIOD, math.inf, "a number from 0.1 to 2 s", id="inf"),
        pytest.param(MODE, "theora", "one of 'raw', 'compressed'", id="no such choice"),
        pytest.param(MODE, "", "one of 'raw', 'compressed'", id="empty choice"),
        pytest.param(NAME, 5, "a string", id="int for string"),
        pytest.param(NAME, None, "a string", id="nothing"),
    ],
)
def test_problem_names_parameter_value_and_what_is_allowed(rule: ParameterRule, value: Any, allowed: str) -> None:
    assert rule.problem(value) == f"parameter {rule.name}: {value!r} is not allowed; it must be {allowed}"


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    own = Context()
    rclpy.init(context=own, domain_id=fresh_domain())
    yield own
    own.try_shutdown()


@pytest.fixture
def make_node(context: Context) -> Iterator[Callable[..., Node]]:
    """Return a function that makes a node started with the given parameters, as a file or command line would."""
    nodes: list[Node] = []

    def make(**overrides: Any) -> Node:
        parameters = [Parameter(name, value=value) for name, value in overrides.items()]
        nodes.append(
            Node(
                "parameters_under_test",
                context=context,
                parameter_overrides=parameters,
                enable_rosout=False,
                start_parameter_services=False,
            )
        )
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()


def test_defaults_are_read_without_overrides(make_node: Callable[..., Node]) -> None:
    assert Parameters(make_node()).read() == {"": {rule.name: rule.default for rule in RULES}}


def test_right_overrides_are_read(make_node: Callable[..., Node]) -> None:
    values = Parameters(make_node(threshold=0.25, image_topic="front/image", use_sim_time=True)).read()[""]
    assert (values["threshold"], values["image_topic"]) == (0.25, "front/image")
    assert "use_sim_time" not in values


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("threshold", "high", BY_NAME["threshold"].allowed, id="wrong type"),
        pytest.param("threshold", 1, "with a decimal point", id="int for float"),
        pytest.param("threads", 2.0, BY_NAME["threads"].allowed, id="float for int"),
        pytest.param("threshold", 2.0, BY_NAME["threshold"].allowed, id="float out of range"),
        pytest.param("threshold", math.nan, BY_NAME["threshold"].allowed, id="nan"),
        pytest.param("long_side_px", -1, BY_NAME["long_side_px"].allowed, id="int out of range"),
        pytest.param("image_transport", "theora", "'raw', 'compressed'", id="no such choice"),
        pytest.param("treshold", 0.5, "did you mean threshold?", id="misspelt"),
        pytest.param("gpu_watts", 5, "known are autostart", id="unknown"),
        pytest.param("image_topic", "", "it must name a topic", id="empty topic"),
        pytest.param("camera_info_topic", " / ", "it must name a topic", id="blank topic"),
        pytest.param("image_topic", "bad topic!", "characters other than alphanumerics", id="no topic name"),
        pytest.param("camera_info_topic", "{car}/info", "unknown substitution: {car}", id="unknown substitution"),
        pytest.param("image_topic", "front/", "must not end with", id="topic that ends in a slash"),
    ],
)
def test_wrong_override_is_named_when_read(
    make_node: Callable[..., Node], name: str, value: Any, expected: str
) -> None:
    parameters = Parameters(make_node(**{name: value}))
    with pytest.raises(ParameterError) as caught:
        parameters.read()
    assert f"parameter {name}: {value!r}" in str(caught.value)
    assert expected in str(caught.value)


def test_cameras_have_their_own_and_the_plain_ones_for_defaults(make_node: Callable[..., Node]) -> None:
    own = {"left.camera_yaw_deg": 30.0, "left.image_topic": "/port/image", "right.maximum_rate_hz": 5.0}
    node = make_node(cameras="left, right", camera_height_m=1.4, image_topic="unused", **own)
    values = Parameters(node).read()
    assert list(values) == ["left", "right"]
    left, right = values["left"], values["right"]
    assert left.keys() == right.keys() == BY_NAME.keys()
    assert (left["image_topic"], right["image_topic"]) == ("/port/image", "right/image")
    assert (left["camera_info_topic"], right["camera_info_topic"]) == ("left/camera_info", "right/camera_info")
    assert (left["camera_yaw_deg"], right["camera_yaw_deg"]) == (30.0, 0.0)
    assert (left["maximum_rate_hz"], right["maximum_rate_hz"]) == (0.0, 5.0)
    assert left["camera_height_m"] == right["camera_height_m"] == 1.4


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param({"cameras": "left,left"}, "each name may stand there once", id="twice"),
        pytest.param({"cameras": "left,"}, "'' must be a letter and", id="empty name"),
        pytest.param({"cameras": "front camera"}, "'front camera' must be a letter and", id="blank in a name"),
        pytest.param({"cameras": "front__left"}, "single underscores", id="name that no topic may have"),
        pytest.param({"cameras": "mask"}, "none of cloud, grid", id="name of an output"),
        pytest.param({"left.camera_yaw_deg": 1.0}, "there is no such parameter", id="camera that is not named"),
        pytest.param(
            {"cameras": "left", "left.camera_yaw": 1.0}, "did you mean left.camera_yaw_deg?", id="misspelt own one"
        ),
        pytest.param(
            {"cameras": "left", "left.camera_height_m": 20.0}, "left.camera_height_m: 20.0", id="own one out of range"
        ),
        pytest.param({"cameras": "left", "left.threshold": 0.5}, "there is no such parameter", id="not per camera"),
        pytest.param({"cameras": "left", "left.image_topic": ""}, "it must name a topic", id="own topic empty"),
    ],
)
def test_wrong_cameras_are_named_when_read(make_node: Callable[..., Node], overrides: dict, expected: str) -> None:
    parameters = Parameters(make_node(**overrides))
    with pytest.raises(ParameterError) as caught:
        parameters.read()
    assert expected in str(caught.value)


def test_changes_are_read_as_if_they_were_set_already(make_node: Callable[..., Node]) -> None:
    parameters = Parameters(make_node(cameras="left,right"))
    values = parameters.read({"threshold": 0.3, "right.camera_pitch_deg": 2.0})
    assert [values[name]["threshold"] for name in ("left", "right")] == [0.3, 0.3]
    assert [values[name]["camera_pitch_deg"] for name in ("left", "right")] == [0.0, 2.0]
    assert parameters.read()["left"]["threshold"] == 0.0
    with pytest.raises(ParameterError, match="right.camera_pitch_deg: 200.0"):
        parameters.read({"right.camera_pitch_deg": 200.0})


def test_generated_files_are_up_to_date() -> None:
    assert (ROOT / "config" / "mgcda.yaml").read_text(encoding="utf-8") == yaml_file()
    assert (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8") == markdown_page()


def test_every_wrong_override_is_named_at_once(make_node: Callable[..., Node]) -> None:
    parameters = Parameters(make_node(threshold=2.0, threads="many", heartbeats=1.0))
    with pytest.raises(ParameterError, match="(?s)^(?=.*threshold: 2.0)(?=.*threads: 'many')(?=.*mean heartbeat_s)"):
        parameters.read()


def test_value_set_later_replaces_the_wrong_one(make_node: Callable[..., Node]) -> None:
    node = make_node(threshold=2.0)
    parameters = Parameters(node)
    node.set_parameters([Parameter("threshold", value=0.5)])
    parameters.forget_problem("threshold")
    assert parameters.read()[""]["threshold"] == 0.5


def test_value_out_of_range_is_refused_when_set_later(make_node: Callable[..., Node]) -> None:
    node = make_node()
    parameters = Parameters(node)
    assert not node.set_parameters([Parameter("threshold", value=2.0)])[0].successful
    assert parameters.read()[""]["threshold"] == BY_NAME["threshold"].default
