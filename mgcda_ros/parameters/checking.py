"""What is wrong with parameters, whether a node has them or a file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from mgcda_ros.parameters.declaration import BY_NAME, RULES

FOREIGN_PREFIXES = ("use_sim_time", "qos_overrides.", "start_type_description_service")
"""rclpy declares these itself on every node."""


class ParameterError(ValueError):
    """A parameter is wrong; the message has its name, its value, what is allowed and what to do."""


def unknown_problems(overrides: Mapping[str, Any]) -> dict[str, str]:
    """Return a sentence for each name that no parameter has, by name."""
    problems = {}
    for name in sorted(overrides.keys() - BY_NAME.keys()):
        if not name.startswith(FOREIGN_PREFIXES):
            close = difflib.get_close_matches(name, BY_NAME, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(BY_NAME))}"
            problems[name] = f"parameter {name}: {overrides[name]!r}: there is no such parameter; {hint}"
    return problems


def checked(
    values: Mapping[str, Any], problems: Mapping[str, str], topic_problem: Callable[[str], str | None]
) -> dict[str, Any]:
    """Return the values, one for each parameter; raises ParameterError naming all that are wrong.

    problems: those known before, by name. topic_problem: says in one line why a name is no topic's, or None.
    """
    found = dict(problems)
    for rule in RULES:
        if rule.name not in found and (problem := rule.problem(values[rule.name])):
            found[rule.name] = problem
    for name in ("image_topic", "camera_info_topic", "odometry_topic"):
        is_off = name == "odometry_topic" and not values[name]
        # Of another type it is named already.
        if not is_off and name not in found and (reason := topic_problem(values[name])):
            found[name] = f"parameter {name}: {values[name]!r} is not allowed; it must name a topic: {reason}"
    if "base_frame" not in found and not values["base_frame"]:
        found["base_frame"] = "parameter base_frame: '' is not allowed; it must name a frame"
    if found:
        raise ParameterError(
            "; ".join(found.values()) + ". Correct the parameter file (a known parameter: ros2 param set will do)"
        )
    return dict(values)
