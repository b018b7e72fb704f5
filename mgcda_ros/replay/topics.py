"""Which of a bag's topics are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mgcda_ros.bags.stored import Topic

IMAGE, COMPRESSED_IMAGE = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
CAMERA_INFO, ODOMETRY = "sensor_msgs/msg/CameraInfo", "nav_msgs/msg/Odometry"


@dataclass(frozen=True)
class ChosenTopics:
    """image: its pictures. info: its calibration, named even where the bag has none.

    odometry: what hazards are followed with, None without. travelled: what tells how far the vehicle drove, None
    without. truth: ground truth, None where it is no topic.
    """

    image: str
    info: str
    odometry: str | None
    travelled: str | None
    truth: str | None


def choose_topics(
    topics: Mapping[str, Topic],
    *,
    topic: str | None,
    truth: str | None,
    overrides: Mapping[str, Any],
    values: Mapping[str, Any],
) -> ChosenTopics:
    """Return the topics to read; raises ValueError that lists what there is where that is not clear.

    topics: of the bag, by name. topic: what the user asked for. truth: a topic of ground truth. overrides: parameters
    that were set, by name: their topics count where the bag has them. values: all parameters, by name.
    """
    if truth is not None and truth not in topics:
        raise ValueError(f"ground_truth: {truth} is neither a folder nor a topic of the bag; it has {_listed(topics)}")
    image = _image(topics, topic, truth, overrides, values)
    base = image.removesuffix("/compressed")
    info = f"{base.rsplit('/', 1)[0]}/camera_info"
    if "camera_info_topic" in overrides and (named := _absolute(values["camera_info_topic"])) in topics:
        info = named
    odometry = _absolute(values["odometry_topic"]) if values["odometry_topic"] else None
    if odometry is not None and odometry not in topics:
        raise ValueError(
            f"parameter odometry_topic: {values['odometry_topic']!r} is not in the bag, which has {_listed(topics)}; "
            "name one of nav_msgs/Odometry, or set it to '' to follow hazards without"
        )
    drives = [name for name, each in topics.items() if each.message_type == ODOMETRY]
    travelled = odometry or (drives[0] if len(drives) == 1 else None)
    return ChosenTopics(image, info, odometry, travelled, truth)


def _image(
    topics: Mapping[str, Topic],
    topic: str | None,
    truth: str | None,
    overrides: Mapping[str, Any],
    values: Mapping[str, Any],
) -> str:
    pictures = {
        name: each for name, each in topics.items() if each.message_type in (IMAGE, COMPRESSED_IMAGE) and name != truth
    }
    if topic is not None:
        if topic not in pictures:
            raise ValueError(f"topic: {topic} is no picture topic of the bag; it has {_listed(pictures)}")
        return topic
    if "image_topic" in overrides:
        ending = "/compressed" if values["image_transport"] == "compressed" else ""
        if (named := f"{_absolute(values['image_topic'])}{ending}") in pictures:
            return named
    if not pictures:
        raise ValueError(f"the bag has no sensor_msgs/Image or CompressedImage; it has {_listed(topics)}")
    if len(pictures) > 1:
        raise ValueError(f"topic: the bag has several picture topics, name one: {_listed(pictures)}")
    return next(iter(pictures))


def _absolute(name: str) -> str:
    return name if name.startswith("/") else f"/{name}"


def _listed(topics: Mapping[str, Topic]) -> str:
    listed = (f"{name} ({each.message_type}, {each.count})" for name, each in sorted(topics.items()))
    return ", ".join(listed) or "no topic at all"
