"""The one declaration of every parameter: type, default, range, unit and description.

config/mgcda.yaml and docs/parameters.md are checked against this table by a test.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    InvalidTopicNameException,
)
from rclpy.expand_topic_name import expand_topic_name
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from mgcda_core.hazards.region_settings import MINIMUM_AREA_SHARE
from mgcda_core.monitoring.covered_part import CoveredPartSettings
from mgcda_core.monitoring.frozen import FrozenSettings

Value = bool | int | float | str


@dataclass(frozen=True)
class ParameterRule:
    """One parameter: its type is the default's; minimum and maximum are inclusive; choices are for strings.

    or_zero: zero is allowed too, below the minimum, and means "decide for me".
    """

    name: str
    default: Value
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    or_zero: bool = False

    @property
    def allowed(self) -> str:
        """Return in words which values are allowed."""
        if self.choices:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}[type(self.default)]
        if self.minimum is None or self.maximum is None:
            return kind
        unit = f" {self.unit}" if self.unit else ""
        return f"{'0, or ' if self.or_zero else ''}{kind} from {self.minimum:g} to {self.maximum:g}{unit}"

    def descriptor(self) -> ParameterDescriptor:
        """Return the descriptor that `ros2 param describe` shows."""
        described = ParameterDescriptor(
            name=self.name,
            description=self.description,
            additional_constraints=f"{self.allowed}; takes effect at configure",
        )
        if self.minimum is not None and self.maximum is not None:
            lowest = 0 if self.or_zero else self.minimum
            if isinstance(self.default, float):
                described.floating_point_range = [
                    FloatingPointRange(from_value=float(lowest), to_value=float(self.maximum))
                ]
            else:
                described.integer_range = [IntegerRange(from_value=int(lowest), to_value=int(self.maximum))]
        return described

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with value, naming it and what is allowed, or None."""
        right_type = type(value) is type(self.default)
        in_range = True
        if right_type and self.minimum is not None and self.maximum is not None:
            in_range = math.isfinite(value) and self.minimum <= value <= self.maximum
            in_range = in_range or (self.or_zero and value == 0)
        if right_type and in_range and (not self.choices or value in self.choices):
            return None
        hint = ", with a decimal point" if isinstance(self.default, float) and type(value) is int else ""
        return f"parameter {self.name}: {value!r} is not allowed; it must be {self.allowed}{hint}"


RULES: tuple[ParameterRule, ...] = (
    ParameterRule("image_topic", "image", "Topic of the camera's pictures; relative names can be remapped."),
    ParameterRule(
        "image_transport",
        "raw",
        "raw: sensor_msgs/Image on image_topic. compressed: CompressedImage on image_topic + '/compressed'.",
        choices=("raw", "compressed"),
    ),
    ParameterRule("camera_info_topic", "camera_info", "Topic of the camera's sensor_msgs/CameraInfo."),
    ParameterRule(
        "image_reliability",
        "best_effort",
        "Reliability asked of the camera; best_effort accepts every publisher, reliable only reliable ones.",
        choices=("best_effort", "reliable"),
    ),
    ParameterRule("weights", "", "Path of a .safetensors file with its card beside it; empty: the shipped weights."),
    ParameterRule(
        "long_side_px",
        0,
        "Longer side of the picture that the network sees, smaller is faster; 0: what the weights were made for.",
        "px",
        64,
        4096,
        or_zero=True,
    ),
    ParameterRule("threads", 0, "CPU threads of the network; 0: one per core.", "", 0, 256),
    ParameterRule(
        "threshold",
        0.0,
        "Anomaly probability above which a pixel belongs to a hazard; 0: the weights' own, from held-out data.",
        "",
        0.0,
        0.999,
    ),
    ParameterRule(
        "minimum_area_share",
        MINIMUM_AREA_SHARE,
        "Smallest hazard, as a share of the picture's pixels; 0.00003 is 62 pixels of 1920 x 1080.",
        "",
        0.0,
        0.01,
    ),
    ParameterRule(
        "detections",
        "auto",
        "~/hazards as vision_msgs. auto: where vision_msgs is installed. required: refuse to configure without it.",
        choices=("auto", "required"),
    ),
    ParameterRule("frame_deadline_s", 1.0, "Without a frame for this long the status is STALE.", "s", 0.05, 60.0),
    ParameterRule(
        "maximum_input_age_s",
        1.0,
        "Frames whose stamp is further than this from the node's clock are reported as STALE; 0: any age will do.",
        "s",
        0.0,
        3600.0,
    ),
    ParameterRule(
        "maximum_latency_s",
        1.0,
        "If a report comes later than this after its frame arrived, the status is DEGRADED.",
        "s",
        0.01,
        60.0,
    ),
    ParameterRule(
        "frozen_after_s",
        FrozenSettings.after_s,
        "If the same picture comes for this long with new stamps, the status is DEGRADED; 0: never, for a camera "
        "without noise on a vehicle that stands still.",
        "s",
        0.0,
        60.0,
    ),
    ParameterRule(
        "covered_after_views",
        CoveredPartSettings.views,
        "If part of the picture stays dark and plain in this many different views, the status is DEGRADED; 0: never, "
        "for a camera that sees its own vehicle.",
        "",
        0,
        10000,
    ),
    ParameterRule("heartbeat_s", 0.5, "A status is published at least this often, frames or none.", "s", 0.05, 10.0),
    ParameterRule(
        "autostart",
        True,
        "Configure and activate without being asked, and try again while that fails; false: a lifecycle manager does.",
    ),
    ParameterRule("autostart_retry_s", 5.0, "Time between two such tries.", "s", 0.1, 3600.0),
)
BY_NAME = {rule.name: rule for rule in RULES}

# rclpy declares these itself on every node.
FOREIGN_PREFIXES = ("use_sim_time", "qos_overrides.", "start_type_description_service")


def topic_problem(name: str) -> str | None:
    """Return in one line why name is no topic's name, absolute or relative, or None."""
    try:
        validate_topic_name(name)
        expand_topic_name(name, "node", "/")
    except (InvalidTopicNameException, ValueError) as error:
        return str(error).splitlines()[0].removeprefix("Invalid topic name: ").partition(", at ")[0].rstrip(":")
    return None


class ParameterError(ValueError):
    """A parameter is wrong; the message has its name, its value, what is allowed and what to do."""


class Parameters:
    """Declares the parameters on a node and reads them, checked, at configure time.

    A wrong value in a file or on the command line does not stop the node from starting: it is remembered, and
    read() raises until somebody sets a right one.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._problems: dict[str, str] = {}
        overrides = dict(node._parameter_overrides)
        for rule in RULES:
            try:
                node.declare_parameter(rule.name, rule.default, rule.descriptor())
            except (InvalidParameterTypeException, InvalidParameterValueException):
                node.declare_parameter(rule.name, rule.default, rule.descriptor(), ignore_override=True)
                self._problems[rule.name] = str(rule.problem(overrides[rule.name].value))
        for name in overrides.keys() - BY_NAME.keys():
            if not name.startswith(FOREIGN_PREFIXES):
                close = difflib.get_close_matches(name, BY_NAME, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(BY_NAME))}"
                self._problems[name] = (
                    f"parameter {name}: {overrides[name].value!r}: there is no such parameter; {hint}"
                )

    def forget_problem(self, name: str) -> None:
        """Note that name was set anew to a value that the node accepted."""
        self._problems.pop(name, None)

    def read(self) -> dict[str, Any]:
        """Return every parameter's value by name; raises ParameterError naming all that are wrong."""
        values = {rule.name: self._node.get_parameter(rule.name).value for rule in RULES}
        problems = dict(self._problems)
        for rule in RULES:
            if rule.name not in problems and (problem := rule.problem(values[rule.name])):
                problems[rule.name] = problem
        for name in ("image_topic", "camera_info_topic"):
            if reason := topic_problem(values[name]):
                problems.setdefault(
                    name, f"parameter {name}: {values[name]!r} is not allowed; it must name a topic: {reason}"
                )
        if problems:
            raise ParameterError(
                "; ".join(problems.values())
                + ". Correct the parameter file (a known parameter: ros2 param set will do)"
            )
        return values
