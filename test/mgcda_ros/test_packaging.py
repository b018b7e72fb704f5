"""package.xml, and the files for RViz and Foxglove, agree with the code."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import yaml

from mgcda_ros.parameters.output_rules import OUTPUT_DESCRIPTIONS
from mgcda_ros.sim_camera import BASE_FRAME

ROOT = Path(__file__).resolve().parents[2]
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
    "std_srvs",
    "vision_msgs",
    "visualization_msgs",
    "cv_bridge",
    "sensor_msgs_py",
    "tf2_ros",
    "tf2_ros_py",
    "launch",
    "launch_ros",
    "ros2bag",
    "rosbag2_storage_mcap",
    "rviz2",
    "python3-numpy",
    "python3-opencv",
    "python3-pil",
    "python3-psutil",
    "python3-pytorch-pip",
    "python3-rosbags-pip",
    "python3-scipy",
    "python3-timm-pip",
    "python3-tqdm",
    "python3-yaml",
}
SHOWN = {f"/mgcda/{topic}" for topic in (*OUTPUT_DESCRIPTIONS, "status")} | {"/diagnostics", "/image", "/camera_info"}
"""Topics that a picture of the node's state may be made of."""


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
    qualities = {
        display["Topic"]["Value"]: display["Topic"]["Reliability Policy"] for display in displays if "Topic" in display
    }
    assert qualities == {
        "/image": "Best Effort",
        "/mgcda/overlay": "Reliable",
        "/mgcda/score": "Reliable",
        "/mgcda/markers": "Reliable",
        "/mgcda/cloud": "Best Effort",
        "/mgcda/grid": "Reliable",
        "/mgcda/nearest": "Reliable",
    }
    assert content["Visualization Manager"]["Global Options"]["Fixed Frame"] == BASE_FRAME


def test_foxglove_layout_shows_topics_that_there_are_and_places_every_panel() -> None:
    text = (ROOT / "config" / "mgcda.foxglove.json").read_text(encoding="utf-8")
    layout = json.loads(text)
    topics = {topic.partition(".")[0] for topic in re.findall(r'"(/[a-z_/]+(?:\.[a-z]+)?)"', text)}
    assert topics and topics <= SHOWN
    placed = [name for name in re.findall(r'"(?:first|second)": "([^"]+)"', text)]
    assert sorted(placed) == sorted(layout["configById"])
