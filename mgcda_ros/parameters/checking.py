"""What is wrong with parameters, whether a node has them or a file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mgcda_ros.parameters.declaration import RULES
from mgcda_ros.parameters.output_rules import OUTPUT_DESCRIPTIONS
from mgcda_ros.parameters.rule import ParameterRule

FOREIGN_PREFIXES = ("use_sim_time", "qos_overrides.", "start_type_description_service")
"""rclpy declares these itself on every node."""
TOPICS = frozenset({"image_topic", "camera_info_topic", "odometry_topic"})
_NAME = re.compile(r"[a-zA-Z](_?[a-zA-Z0-9])*")
_TAKEN = frozenset({*OUTPUT_DESCRIPTIONS, "status"})
"""Topics of the node itself, which a camera's must not be mistaken for."""


class ParameterError(ValueError):
    """A parameter is wrong; the message has its name, its value, what is allowed and what to do."""


def camera_names(text: str) -> tuple[str, ...]:
    """Return the names in parameter cameras, in its order; raises ParameterError for one that is not allowed."""
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    for name in names:
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ParameterError(
                f"parameter cameras: {text!r} is not allowed: {name!r} must be a letter and letters, digits or single "
                f"underscores, and none of {', '.join(sorted(_TAKEN))}"
            )
    if len(set(names)) < len(names):
        raise ParameterError(f"parameter cameras: {text!r} is not allowed: each name may stand there once")
    return names


def rules_of(camera: str, plain: Mapping[str, Any]) -> tuple[ParameterRule, ...]:
    """Return the parameters that a camera has of its own, as CAMERA.NAME; none for the one without a name.

    plain: values by name, which are the defaults where they are allowed; topics are those below the camera's name.
    """
    if not camera:
        return ()
    return tuple(
        replace(
            rule,
            name=f"{camera}.{rule.name}",
            default=f"{camera}/{rule.default}" if rule.name in TOPICS else _allowed(rule, plain.get(rule.name)),
        )
        for rule in RULES
        if rule.per_camera
    )


def _allowed(rule: ParameterRule, value: Any) -> Any:
    return rule.default if rule.problem(value) else value


def unknown_problems(overrides: Mapping[str, Any], known: Collection[str]) -> dict[str, str]:
    """Return a sentence for each name that no parameter has, by name. known: the names there are."""
    problems = {}
    for name in sorted(overrides.keys() - known):
        if not name.startswith(FOREIGN_PREFIXES):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
            problems[name] = f"parameter {name}: {overrides[name]!r}: there is no such parameter; {hint}"
    return problems


def checked(
    values: Mapping[str, Any],
    problems: Mapping[str, str],
    topic_problem: Callable[[str], str | None],
    rules: Iterable[ParameterRule] = RULES,
) -> dict[str, Any]:
    """Return the values, one for each of rules; raises ParameterError naming all that are wrong.

    problems: those known before, by name. topic_problem: says in one line why a name is no topic's, or None.
    """
    found = dict(problems)
    for rule in rules:
        name, value = rule.name, values[rule.name]
        if name in found:
            continue
        if problem := rule.problem(value):
            found[name] = problem
        elif name.rpartition(".")[2] in TOPICS and not (name == "odometry_topic" and not value):
            if reason := topic_problem(value):
                found[name] = f"parameter {name}: {value!r} is not allowed; it must name a topic: {reason}"
    if "base_frame" not in found and not values["base_frame"]:
        found["base_frame"] = "parameter base_frame: '' is not allowed; it must name a frame"
    if found:
        raise ParameterError(
            "; ".join(found.values()) + ". Correct the parameter file (a known parameter: ros2 param set will do)"
        )
    return dict(values)


def of_camera(values: Mapping[str, Any], camera: str) -> dict[str, Any]:
    """Return the plain parameters' values by name, with a camera's own in place of them."""
    own = {rule.name: values[f"{camera}.{rule.name}"] for rule in RULES if camera and rule.per_camera}
    return {rule.name: values[rule.name] for rule in RULES} | own
