"""Declares the parameters on a node and reads them, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    InvalidTopicNameException,
)
from rclpy.expand_topic_name import expand_topic_name
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from mgcda_ros.parameters.checking import (
    ParameterError,
    camera_names,
    checked,
    of_camera,
    rules_of,
    unknown_problems,
)
from mgcda_ros.parameters.declaration import RULES
from mgcda_ros.parameters.rule import ParameterRule

__all__ = ["ParameterError", "Parameters"]


def topic_problem(name: str) -> str | None:
    """Return in one line why name is no topic's name, absolute or relative, or None."""
    try:
        validate_topic_name(name)
        expand_topic_name(name, "node", "/")
    except (InvalidTopicNameException, ValueError) as error:
        return str(error).splitlines()[0].removeprefix("Invalid topic name: ").partition(", at ")[0].rstrip(":")
    return None


class Parameters:
    """Declares the parameters on a node and reads them, checked, at configure time.

    A wrong value in a file or on the command line does not stop the node from starting: it is remembered, and
    read() raises until somebody sets a right one. cameras: their names, one empty where they have none.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._problems: dict[str, str] = {}
        self._rules: dict[str, ParameterRule] = {}
        overrides = {name: parameter.value for name, parameter in node._parameter_overrides.items()}
        for rule in RULES:
            self._declare(rule, overrides)
        try:
            self.cameras: tuple[str, ...] = camera_names(node.get_parameter("cameras").value) or ("",)
        except ParameterError as error:
            self.cameras = ("",)
            self._problems["cameras"] = str(error)
        plain = {rule.name: node.get_parameter(rule.name).value for rule in RULES}
        for camera in self.cameras:
            for rule in rules_of(camera, plain):
                self._declare(rule, overrides)
        if "cameras" not in self._problems:  # otherwise each of their parameters would be named as unknown
            self._problems |= unknown_problems(overrides, self._rules.keys())

    def _declare(self, rule: ParameterRule, overrides: Mapping[str, Any]) -> None:
        self._rules[rule.name] = rule
        try:
            self._node.declare_parameter(rule.name, rule.default, rule.descriptor())
        except (InvalidParameterTypeException, InvalidParameterValueException):
            self._node.declare_parameter(rule.name, rule.default, rule.descriptor(), ignore_override=True)
            self._problems[rule.name] = str(rule.problem(overrides[rule.name]))

    def rule(self, name: str) -> ParameterRule | None:
        """Return what is said of a parameter; None for one of rclpy's."""
        return self._rules.get(name)

    def refusal(self, changes: Mapping[str, Any], *, is_configured: bool) -> str:
        """Return why values, by full name, cannot be set at this time, each looked at by itself; empty: they can."""
        for name, value in changes.items():
            rule = self._rules[name]
            if problem := rule.problem(value):
                return problem
            if rule.per_camera and self.cameras != ("",) and "." not in name:
                return (
                    f"parameter {name}: with several cameras it only told each one's default when the node started; "
                    f"set {self.cameras[0]}.{name} and so on"
                )
            if rule.at_configure and is_configured:
                return f"parameter {name} takes effect at configure: deactivate and clean up the node first"
        return ""

    def forget_problem(self, name: str) -> None:
        """Note that name was set anew to a value that the node accepted."""
        self._problems.pop(name, None)

    def read(self, changes: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
        """Return every parameter's value by name, by camera; raises ParameterError naming all that are wrong.

        changes: values by full name that count in place of the node's.
        """
        values = {name: self._node.get_parameter(name).value for name in self._rules} | dict(changes or {})
        values = checked(values, self._problems, topic_problem, self._rules.values())
        return {camera: of_camera(values, camera) for camera in self.cameras}
