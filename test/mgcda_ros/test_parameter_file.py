"""A node's parameter file, read without a node, means what it means to the node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from ros_domain import fresh_domain

from mgcda_ros.parameters.checking import ParameterError
from mgcda_ros.parameters.file import checked_values, overrides_of, read_parameter_file
from mgcda_ros.parameters.reading import Parameters

ROOT = Path(__file__).resolve().parents[2]


def by_a_node(path: Path) -> dict[str, dict[str, object]]:
    """Return what a node called mgcda reads from the file, by camera."""
    context = Context()
    rclpy.init(args=["--ros-args", "--params-file", str(path)], context=context, domain_id=fresh_domain())
    node = Node("mgcda", context=context, enable_rosout=False, start_parameter_services=False)
    try:
        return Parameters(node).read()
    finally:
        node.destroy_node()
        context.try_shutdown()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="the shipped file"),
        pytest.param("/**:\n  ros__parameters:\n    threshold: 0.25\n    threads: 2\n", id="wildcard"),
        pytest.param(
            "mgcda:\n  ros__parameters:\n    threshold: 0.5\n/**:\n  ros__parameters:\n    threshold: 0.25\n",
            id="the last section wins",
        ),
        pytest.param(
            "other:\n  ros__parameters:\n    gain: 3\n/mgcda:\n  ros__parameters:\n    base_frame: car\n",
            id="other node",
        ),
        pytest.param(
            "/**:\n  ros__parameters:\n    use_sim_time: true\n    qos_overrides:\n      /a:\n        depth: 3\n",
            id="what rclpy declares itself",
        ),
    ],
)
def test_file_means_what_it_means_to_a_node(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_text((ROOT / "config" / "mgcda.yaml").read_text() if text is None else text)
    assert {"": checked_values(read_parameter_file(path))} == by_a_node(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/**:\n  ros__parameters:\n    treshold: 0.5\n", "did you mean threshold?", id="misspelt"),
        pytest.param("/**:\n  ros__parameters:\n    threshold: 2.0\n", "threshold: 2.0 is not allowed", id="range"),
        pytest.param("/**:\n  ros__parameters:\n    image_topic: ''\n", "image_topic: ''", id="empty topic"),
        pytest.param("/**:\n  threshold: 0.5\n", "ros__parameters", id="no ros__parameters"),
        pytest.param("other:\n  ros__parameters:\n    a: 1\n", "no section for a node called mgcda", id="other node"),
        pytest.param(
            "/a/mgcda:\n  ros__parameters: {}\n/b/mgcda:\n  ros__parameters: {}\n", "several sections", id="two nodes"
        ),
        pytest.param("- 1\n", "holds no sections", id="no mapping"),
        pytest.param("a: [\n", "cannot be read as YAML", id="no YAML"),
    ],
)
def test_wrong_file_is_refused_with_the_reason(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        checked_values(read_parameter_file(path))
    assert expected in str(caught.value)


def test_parameters_are_read_where_no_ros_is_installed() -> None:
    code = (
        "import sys\n"
        "class NoRos:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('rclpy', 'builtin_interfaces', 'rcl_interfaces')"
        " or name.split('.')[0].endswith('_msgs'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, NoRos())\n"
        "import mgcda_ros.settings, mgcda_ros.images, mgcda_ros.stamps, mgcda_ros.mounting, mgcda_ros.planar_pose\n"
        "from mgcda_ros.parameters.file import checked_values\n"
        "values = checked_values({'confirm_hits': 4, 'confirm_window': 5})\n"
        "print(mgcda_ros.settings.follow_settings(values).tracks.confirm_hits)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "4", done.stderr


def test_what_is_set_for_one_of_several_cameras_is_what_the_node_has_for_it(tmp_path: Path) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(
        "/**:\n  ros__parameters:\n    cameras: 'front, left'\n    threshold: 0.3\n    camera_pitch_deg: 2.0\n"
        "    front: {camera_pitch_deg: 3.0}\n    left: {image_topic: /port, maximum_rate_hz: 5.0}\n"
        "    use_sim_time: true\n"
    )
    overrides = read_parameter_file(path)
    for camera, values in by_a_node(path).items():
        alone = overrides_of(overrides, camera)
        assert checked_values(overrides, camera) == values
        assert checked_values(alone) == values | {"cameras": ""}
    assert overrides_of(overrides, "left")["image_topic"] == "/port"
    assert overrides_of({"threshold": 0.4}, "") == {"threshold": 0.4}
    for camera in ("", "rear"):
        with pytest.raises(ParameterError, match=f"camera: '{camera}' is not allowed; it must be front, left"):
            overrides_of(overrides, camera)
    with pytest.raises(ParameterError, match="left out: parameter cameras names none"):
        overrides_of({}, "front")
