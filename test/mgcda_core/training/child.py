"""A training in a process of its own, for tests that end one or start several: `python child.py settings.json`.

Prints a line per step that begins. hold: step to stop in, for good; watch: write the numbers of the pictures drawn and
the final weights below this folder, by process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import torch

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.networks.architecture import Architecture
from mgcda_core.training import log, loop
from mgcda_core.training.mixture import Mixture
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stage_run import StageRun
from mgcda_core.training.stages import Stage


def recipe_of(settings: dict) -> Recipe:
    """Return a recipe from JSON values."""
    kinds = {
        "data": Path, "out": Path, "alignment": lambda value: AlignmentSettings(**value),
        "architecture": lambda value: Architecture(**tuples(value)),
        "stages": lambda value: tuple(Stage(**tuples(stage)) for stage in value),
    }  # fmt: skip
    return Recipe(**{name: kinds.get(name, lambda same: same)(value) for name, value in tuples(settings).items()})


def tuples(values: dict) -> dict:
    """Return values with tuples in place of the lists that JSON made of them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def main() -> None:
    """Train as the file says."""
    content = json.loads(Path(sys.argv[1]).read_text())
    log.EVERY = content["every"]
    step, item = StageRun.step, Mixture.__getitem__
    rank, watch = os.environ.get("RANK", "0"), content.get("watch")

    def held(self: StageRun, batch: object, number: int, *, stop: int = 0) -> dict[str, float]:
        print(f"step {number}", flush=True)
        if number == content.get("hold"):
            time.sleep(600)
        return step(self, batch, number, stop=stop)

    def watched(self: Mixture, index: int) -> object:
        if watch and not self.held_out:
            with (Path(watch) / f"pictures_{rank}").open("a") as file:
                file.write(f"{index}\n")
        return item(self, index)

    StageRun.step, Mixture.__getitem__ = held, watched
    recipe = recipe_of(content["recipe"])
    processes = Processes(recipe.precision)
    network = loop.train(recipe, processes).network
    if watch:
        torch.save(network.state_dict(), Path(watch) / f"weights_{rank}.pt")
        print(f"process {processes.index} of {processes.count} done")
    processes.close()


if __name__ == "__main__":
    main()
