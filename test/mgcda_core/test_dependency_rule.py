"""The house rule (architecture.md): every room knows only the rooms before it. Read off the import statements."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "mgcda_core"
FILES = sorted(CORE.rglob("*.py"))
ROS_ROOTS = {"rclpy", "mgcda_ros", "rosidl_runtime_py", "rosbag2_py", "launch", "launch_ros", "ament_index_python"}
STANDARD = set(sys.stdlib_module_names)


def modules_imported(source: str, package: str) -> Iterator[str]:
    """Yield the full name of every module that source imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file of the package imports."""
    return set(modules_imported(path.read_text(), ".".join(path.relative_to(ROOT).parts[:-1])))


def room(module: str) -> str | None:
    """Return the room of mgcda_core that a module lies in ("frame", "networks", ...), or None outside of it."""
    parts = module.split(".")
    return parts[1] if parts[0] == "mgcda_core" and len(parts) > 1 else None


def rooms_of(path: Path) -> set[str]:
    """Return the other rooms that a file imports from."""
    here = path.relative_to(CORE).parts[0].removesuffix(".py")
    return {found for module in imports_of(path) if (found := room(module)) is not None} - {here}


def others_of(path: Path) -> set[str]:
    """Return the packages from outside that a file imports, without Python's own."""
    return {module.split(".")[0] for module in imports_of(path)} - STANDARD - {"mgcda_core"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import rclpy.node", "rclpy.node"),
        ("def f():\n    from sensor_msgs.msg import Image", "sensor_msgs.msg"),
        ("from mgcda_core import training", "mgcda_core.training"),
        ("from ..training import loop", "mgcda_core.training.loop"),
        ("from . import weights", "mgcda_core.deploy.weights"),
    ],
    ids=["plain", "inside a function", "room by name", "relative", "relative without module"],
)
def test_no_way_of_importing_escapes_this_test(source: str, expected: str) -> None:
    assert expected in set(modules_imported(source, "mgcda_core.deploy"))


def test_the_core_knows_no_ros() -> None:
    for path in FILES:
        endings = ("_msgs", "_srvs", "_interfaces")
        ros = {name for name in others_of(path) if name in ROS_ROOTS or name.endswith(endings)}
        assert not ros, f"{path}: {ros}"


ALLOWED_ROOMS = {
    "frame": set(),
    "networks": set(),
    "alignment": {"networks"},
    "simulation": {"frame"},
    "hazards": {"frame"},
    "overlay": {"frame"},
    "monitoring": {"frame"},
    "datasets": set(),
    "deploy": {"frame", "networks"},
    "evaluation": {"frame", "networks", "datasets", "deploy", "hazards"},
    "domains": {"frame", "datasets", "simulation"},
}


@pytest.mark.parametrize("name", ALLOWED_ROOMS)
def test_a_room_knows_only_the_rooms_before_it(name: str) -> None:
    files = [path for path in FILES if path.relative_to(CORE).parts[0].removesuffix(".py") == name]
    assert files, f"there is no {name}"
    for path in files:
        assert rooms_of(path) <= ALLOWED_ROOMS[name], path


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("frame", {"numpy"}),
        ("hazards", {"numpy", "cv2", "scipy"}),
        ("simulation", {"numpy", "cv2"}),
        ("overlay", {"numpy", "cv2"}),
        ("monitoring", {"numpy", "cv2"}),
        ("networks", {"torch", "timm", "onnxruntime"}),
        ("deploy", {"torch", "numpy", "cv2", "safetensors", "onnxruntime", "onnxscript", "openvino"}),
    ],
)
def test_a_room_that_runs_on_the_vehicle_needs_few_packages(name: str, allowed: set[str]) -> None:
    for path in FILES:
        if path.relative_to(CORE).parts[0].removesuffix(".py") == name:
            assert others_of(path) <= allowed, path


def test_loading_the_detector_loads_nothing_of_the_training() -> None:
    """What is imported at run time, indirectly as well: the networks must run where the training's packages are not."""
    code = (
        "import sys; import mgcda_core.deploy.detector; import mgcda_core.hazards.regions; import mgcda_core.overlay\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('pycocotools', 'sklearn', 'rclpy', 'mgcda_ros')"
        " or m.startswith(tuple('mgcda_core.' + r for r in ('training', 'domains', 'datasets', 'alignment')))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    assert max(lengths.values()) <= 400, max(lengths, key=lengths.__getitem__)


def test_every_folder_with_code_is_a_package_and_the_package_is_typed() -> None:
    assert (CORE / "py.typed").is_file()
    for folder in {path.parent for path in FILES}:
        assert (folder / "__init__.py").is_file(), folder
