"""Parameters from a node's own YAML file, without a node: what replay runs with is what the vehicle ran with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mgcda_ros.parameters.checking import (
    ParameterError,
    camera_names,
    checked,
    of_camera,
    rules_of,
    unknown_problems,
)
from mgcda_ros.parameters.declaration import BY_NAME, RULES

WILDCARDS = ("/**", "**", "/*", "*")


def read_parameter_file(path: Path, node_name: str = "mgcda") -> dict[str, Any]:
    """Return what a parameter file sets for a node, by name; raises ParameterError where it is no such file.

    node_name: without its namespace, which a bag does not tell. Of several sections the last one wins, as rcl has it.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterError(f"params_file: {path} cannot be read as YAML: {error}") from None
    if not isinstance(content, Mapping):
        raise ParameterError(f"params_file: {path} holds no sections; it must be like config/mgcda.yaml")
    own = [name for name in content if str(name).rsplit("/", 1)[-1] == node_name]
    if len(own) > 1:
        raise ParameterError(
            f"params_file: {path} has several sections for nodes called {node_name}: {', '.join(own)}; keep the one "
            "whose camera is replayed"
        )
    chosen = [name for name in content if name in (*WILDCARDS, *own)]
    if not chosen:
        raise ParameterError(
            f"params_file: {path} has no section for a node called {node_name}, only {', '.join(map(str, content))}; "
            "add one, or '/**'"
        )
    found: dict[str, Any] = {}
    for name in chosen:
        section = content[name]
        if not isinstance(section, Mapping) or not isinstance(section.get("ros__parameters"), Mapping):
            raise ParameterError(f"params_file: {path}, section {name}: ros__parameters: is missing")
        found |= _flat(section["ros__parameters"])
    return found


def checked_values(overrides: Mapping[str, Any], camera: str = "") -> dict[str, Any]:
    """Return every parameter's value by name, the default where overrides has none; raises ParameterError.

    camera: whose parameters, where parameter cameras names several.
    """
    plain = {rule.name: overrides.get(rule.name, rule.default) for rule in RULES}
    names = camera_names(str(plain["cameras"])) or ("",)
    if camera not in names:
        allowed = ", ".join(names) if names != ("",) else "left out: parameter cameras names none"
        raise ParameterError(f"camera: {camera!r} is not allowed; it must be {allowed}")
    rules = [*RULES, *(rule for name in names for rule in rules_of(name, plain))]
    values = {rule.name: overrides.get(rule.name, rule.default) for rule in rules}
    problems = unknown_problems(overrides, {rule.name for rule in rules})
    return of_camera(checked(values, problems, _topic_problem, rules), camera)


def overrides_of(overrides: Mapping[str, Any], camera: str) -> dict[str, Any]:
    """Return what is set for one of several cameras, by name as if it were the only one; raises ParameterError."""
    values = checked_values(overrides, camera)
    if not camera:
        return dict(overrides)
    plain = {name: value for name, value in overrides.items() if name in BY_NAME and name != "cameras"}
    return plain | {rule.name: values[rule.name] for rule in RULES if rule.per_camera}


def _topic_problem(name: str) -> str | None:
    """Return what is wrong with a topic's name as far as a bag is concerned: there, a name is there or it is not."""
    return None if name.strip() else "it is empty"


def _flat(parameters: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return parameters by their full names, as rcl names those of a section in a section."""
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
