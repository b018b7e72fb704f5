"""Declares the parameters on a node and reads them, checked."""

from __future__ import annotations

from typing import Any

from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    InvalidTopicNameException,
)
from rclpy.expand_topic_name import expand_topic_name
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from mgcda_ros.parameters.checking import FOREIGN_PREFIXES, ParameterError, checked, unknown_problems
from mgcda_ros.parameters.declaration import RULES

__all__ = ["FOREIGN_PREFIXES", "ParameterError", "Parameters"]


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
        self._problems |= unknown_problems({name: parameter.value for name, parameter in overrides.items()})

    def forget_problem(self, name: str) -> None:
        """Note that name was set anew to a value that the node accepted."""
        self._problems.pop(name, None)

    def read(self) -> dict[str, Any]:
        """Return every parameter's value by name; raises ParameterError naming all that are wrong."""
        values = {rule.name: self._node.get_parameter(rule.name).value for rule in RULES}
        return checked(values, self._problems, topic_problem)
