"""Launch files as modules, and the actions that they start."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_LAUNCH = "launch_ros is not installed; it comes with ROS 2 from apt"


def loaded(name: str) -> ModuleType:
    pytest.importorskip("launch", reason=NO_LAUNCH)
    pytest.importorskip("launch_ros", reason=NO_LAUNCH)
    specification = importlib.util.spec_from_file_location(f"{name}_launch", ROOT / "launch" / f"{name}.launch.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def started(launch_file: ModuleType, **given: str) -> list[Any]:
    """Return the actions that the launch file starts with the given arguments, all others at their defaults."""
    from launch import LaunchContext

    context = LaunchContext()
    context.launch_configurations.update({name: default for name, (default, _) in launch_file.ARGUMENTS.items()})
    context.launch_configurations.update(given)
    return launch_file.start(context)


def nodes(actions: list[Any]) -> dict[str, Any]:
    """Return the nodes among actions by their executables; of several the last."""
    from launch_ros.actions import Node

    return {action.node_executable: action for action in actions if isinstance(action, Node)}


def parameters_of(node: Any) -> dict[str, Any]:
    """Return what a node is given beside its file."""
    from launch_ros.utilities import evaluate_parameters

    from launch import LaunchContext

    found: dict[str, Any] = {}
    for given in evaluate_parameters(LaunchContext(), node._Node__parameters):
        found |= given if isinstance(given, dict) else {}
    return found
