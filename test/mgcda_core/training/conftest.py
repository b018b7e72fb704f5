"""What the tests of the training share: a small recipe, and trainings in processes that end with the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from jsonargparse import auto_cli

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.networks.architecture import Architecture
from mgcda_core.training.recipe import Recipe

CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).parents[3]
DEADLINE_S = 120.0


@pytest.fixture
def small(training_data: Path, tmp_path: Path) -> Iterator[Recipe]:
    """Return a recipe of a few small steps, and leave PyTorch's threads as they were."""
    threads = torch.get_num_threads()
    yield Recipe(
        data=training_data, out=tmp_path / "run", steps=4, batch_size=2, crop=(64, 68), shares=(0.5, 0.5, 0.0),
        learning_rate=1e-3, warmup_steps=1, average_decay=0.5, seed=1, threads=1, workers=0, precision="fp32",
        checkpoint_every=2, validate_every=0, validation_pictures=6,
        architecture=Architecture(
            classes=STREET_CLASSES, segmentation_width=8, synthesis_widths=(12, 8), dissimilarity_width=8, map_width=6
        ),
    )  # fmt: skip
    torch.set_num_threads(threads)


class Child:
    """A training in a group of processes of its own; none of them outlives the test."""

    def __init__(self, command: list[str]) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        # A read has no deadline of its own: past it the whole group goes, and the read ends.
        self.timer = threading.Timer(DEADLINE_S, self.kill)
        self.timer.start()

    def wait_for(self, line: str) -> None:
        """Return when the child has printed line; fails where it ends without."""
        for found in self.process.stdout:
            self.lines.append(found)
            if found.strip() == line:
                return
        raise AssertionError(f"{line!r} never came:\n{''.join(self.lines[-40:])}")

    def finish(self) -> str:
        """Return everything that the child printed, when it has ended well."""
        self.lines += self.process.stdout.readlines()
        text = "".join(self.lines)
        assert self.process.wait(timeout=DEADLINE_S) == 0, text[-4000:]
        return text

    def kill(self) -> None:
        """End the child and all its processes at once, as a power cut would."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self) -> None:
        """Leave nothing behind."""
        self.timer.cancel()
        self.kill()
        self.process.wait(timeout=DEADLINE_S)
        self.process.stdout.close()


@pytest.fixture
def start_child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Return a function that trains a recipe in another process: start_child(recipe, launcher, every=..., hold=...)."""
    children: list[Child] = []

    def start(recipe: Recipe, launcher: tuple[str, ...] = (), **extra: object) -> Child:
        settings = asdict(recipe) | {"data": str(recipe.data), "out": str(recipe.out)}
        del settings["streets"], settings["objects"], settings["augmentation"]
        file = tmp_path / f"child{len(children)}.json"
        file.write_text(json.dumps({"recipe": settings, "every": 2, **extra}))
        children.append(Child([sys.executable, *launcher, str(CHILD), str(file)]))
        return children[-1]

    yield start
    for child in children:
        child.close()


@pytest.fixture
def load_recipe() -> Callable[[str], Recipe]:
    """Return a function that reads config/train/NAME.yaml as `mgcda train --config` does."""

    def load(name: str, *arguments: str) -> Recipe:
        found: list[Recipe] = []

        def train(recipe: Recipe) -> None:
            found.append(recipe)

        file = ROOT / "config" / "train" / f"{name}.yaml"
        auto_cli({"train": train}, args=["train", "--config", str(file), *arguments], as_positional=False)
        return found[0]

    return load
