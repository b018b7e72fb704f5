"""The console scripts: what must be set before PyTorch is loaded, and only then the program."""

from __future__ import annotations

import importlib
import os

from mgcda_core.entry import use_huge_pages


def node() -> None:
    """Run the lifecycle node: mgcda_node."""
    _run("mgcda_ros.node")


def sim_camera() -> None:
    """Run the simulated camera: mgcda_sim_camera."""
    _run("mgcda_ros.sim_camera")


def demo() -> None:
    """Run the demonstration: mgcda_demo."""
    _run("mgcda_ros.demo.command")


def _run(module: str) -> None:
    # OpenMP's threads spin while they wait for each other, and on a vehicle's busy cores one that lost its core then
    # holds up all: asleep they cost a little on an idle machine and save seconds per frame on a loaded one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    use_huge_pages()
    try:
        importlib.import_module(module).main()
    except KeyboardInterrupt:
        # Told to stop while PyTorch was still being loaded: nothing has begun that would need an end.
        raise SystemExit(130) from None
