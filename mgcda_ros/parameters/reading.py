"""Declares the parameters on a node and reads them, checked."""

from __future__ import annotations

import difflib
from typing import Any

from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    InvalidTopicNameException,
)
from rclpy.expand_topic_name import expand_topic_name
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from mgcda_ros.parameters.declaration import BY_NAME, RULES

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
        for name in ("image_topic", "camera_info_topic", "odometry_topic"):
            is_off = name == "odometry_topic" and not values[name]
            if not is_off and (reason := topic_problem(values[name])):
                problems.setdefault(
                    name, f"parameter {name}: {values[name]!r} is not allowed; it must name a topic: {reason}"
                )
        if not values["base_frame"]:
            problems.setdefault("base_frame", "parameter base_frame: '' is not allowed; it must name a frame")
        if problems:
            raise ParameterError(
                "; ".join(problems.values())
                + ". Correct the parameter file (a known parameter: ros2 param set will do)"
            )
        return values
