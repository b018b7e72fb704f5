"""The training loop: mixture in, averaged weights out, stage after stage."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.boards import Boards
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.data_check import unreadable_pictures
from mgcda_core.training.early_stop import Best
from mgcda_core.training.errors import TrainingError, TrainingStopped, check_writable, explained_memory
from mgcda_core.training.initial import initial_network
from mgcda_core.training.log import Log, Table
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.resume import check_identity, identity_of
from mgcda_core.training.stage_run import StageRun
from mgcda_core.training.stages import learned_losses
from mgcda_core.training.stop_request import StopRequest
from mgcda_core.training.stream import batches, open_mixture, picture_numbers
from mgcda_core.training.teacher import Teacher
from mgcda_core.training.validation import validate


class Trained(NamedTuple):
    """A network in evaluation mode; hours: of all its sittings. left_out: pictures that could not be read."""

    network: AnomalyNetwork
    hours: float
    left_out: frozenset[Path]


def train(recipe: Recipe, processes: Processes | None = None) -> Trained:
    """Run the recipe, going on from its checkpoint where there is one.

    The network's weights are what recipe.keep names; it stays on the device that it was trained on. Writes
    checkpoint.pt, best_{stage}.pt, log.csv, validation.csv and tensorboard/ to recipe.out, in the main process alone.

    Raises ValueError for missing data and settings that do not go together, TrainingError where the loss is no longer a
    number, memory runs out, the folder cannot be written or its checkpoint is another recipe's, and TrainingStopped
    after SIGTERM or SIGINT.
    """
    processes = processes or Processes(recipe.precision)
    torch.set_num_threads(recipe.threads)
    with processes.only_main_speaks(), StopRequest() as request:
        training = Training(recipe, processes, request)
        try:
            return Trained(training.run(), training.hours, training.left_out)
        finally:
            training.boards.close()


def initial_state(recipe: Recipe) -> tuple[AnomalyNetwork, Alignment]:
    """Return what the recipe starts from; the same for the same recipe."""
    torch.manual_seed(recipe.seed)
    network = initial_network(recipe)
    return network, Alignment(recipe.alignment, network, len(recipe.domain_names))


class Training:
    """A recipe under way: step is the next one to take, of the stage number stage."""

    def __init__(self, recipe: Recipe, processes: Processes, request: StopRequest) -> None:
        self.recipe, self.processes, self.request = recipe, processes, request
        self.checkpoint = recipe.out / "checkpoint.pt"
        self.plan = recipe.plan()
        processes.from_main(lambda: check_writable(recipe.out))
        network, alignment = initial_state(recipe)
        self.network = network.to(device=processes.device, memory_format=torch.channels_last)
        self.alignment = alignment.to(processes.device)
        self.teacher = recipe.teacher and Teacher(recipe.teacher, network.architecture, processes.device)
        for planned in self.plan:
            learned_losses(network, planned.stage)
        self.state = processes.from_main(self._load)
        self.stage, self.step, self.best = 0, 0, Best()
        self.left_out: frozenset[Path] = frozenset()
        self.earlier_hours, self.started = 0.0, time.monotonic()
        self.log = Log(recipe.out / "log.csv", writes=processes.is_main, merge=processes.merge)
        if self.state is not None:
            self.stage = [planned.name for planned in self.plan].index(self.state["stage"])
            self.step, self.best = int(self.state["step"]), Best(**self.state["best"])
            self.log.sums = self.state["log"] if processes.is_main else {}
            self.earlier_hours = float(self.state["hours"])
        self.validations = Table(recipe.out / "validation.csv", writes=processes.is_main)
        for table in (self.log.table, self.validations):
            table.cut(self.step)
        self.boards = Boards(recipe.out / "tensorboard", first=self.step, writes=processes.is_main)

    @property
    def hours(self) -> float:
        """Return how long this sitting and those before it have taken."""
        return self.earlier_hours + (time.monotonic() - self.started) / 3600

    @cached_property
    def pictures(self) -> Dataset:
        """Return the whole training's stream of pictures, over all processes."""
        length = self.plan[-1].last * self.recipe.batch_size * self.processes.count
        return open_mixture(self.recipe, length, left_out=self.left_out)

    @cached_property
    def held_out(self) -> Dataset:
        """Return the pictures to validate on, those that the finished weights are calibrated on."""
        return open_mixture(self.recipe, self.recipe.validation_pictures, held_out=True, left_out=self.left_out)

    def run(self) -> AnomalyNetwork:
        """Run the stages that are left and return the network."""
        if self.recipe.check_data:
            self.left_out = self.processes.from_main(lambda: unreadable_pictures(self.recipe))
        progress = tqdm(
            total=self.plan[-1].last, initial=self.step, desc="train", mininterval=5, disable=not self.processes.is_main
        )
        with progress:
            for planned in self.plan[self.stage :]:
                run = StageRun(self.recipe, planned, self.network, self.alignment, self.processes, self.teacher)
                if self.state is not None:
                    run.load_state_dict(self.state)
                    self.state = None
                else:
                    self.step, self.best = planned.first, Best()
                    # Of a training whose checkpoint somebody removed, or of steps that a kill undid.
                    self.processes.from_main(lambda run=run: self._best_path(run).unlink(missing_ok=True))
                progress.set_description(f"train {planned.name}")
                self._run_stage(run, progress)
                progress.update(planned.last - progress.n)
                self._hand_over(run)
        return self.network.eval()

    def _run_stage(self, run: StageRun, progress: tqdm) -> None:
        recipe, planned, processes = self.recipe, run.planned, self.processes
        ended = self.step >= planned.last or self.best.exhausted(recipe.patience)
        if ended:
            return
        numbers = picture_numbers(
            self.step, planned.last, recipe.batch_size, index=processes.index, count=processes.count
        )
        stream = batches(self.pictures, recipe, numbers)
        while not ended:
            step = self.step
            with explained_memory(recipe):
                parts = run.step(next(stream), step, stop=self.request.signal)
            last = step + 1 == planned.last
            means = self.log.add(step, parts, last=last)
            if last or (recipe.validate_every and (step + 1) % recipe.validate_every == 0):
                self._validate(run)
            ended = last or self.best.exhausted(recipe.patience)
            if ended and not last:
                means = self.log.end_line(step)
            if means:
                progress.set_postfix({name: f"{value:.3f}" for name, value in means.items()}, refresh=False)
                self.boards.add("train", means | {"learning_rate": run.rate}, step)
            self.step = step + 1
            progress.update()
            if ended or run.stop or self.step % recipe.checkpoint_every == 0:
                self._save(run)
            if run.stop:
                raise TrainingStopped(run.stop, self.step, self.checkpoint)

    def _validate(self, run: StageRun) -> None:
        if not self.recipe.validate_every:
            return
        averaged = run.averaged()
        with explained_memory(self.recipe):
            found = validate(averaged, self.held_out, run.learns, self.processes)
        values = found._asdict()
        self.validations.write(self.step, values)
        self.boards.add("validation", values, self.step)
        if self.best.take(found.goodness(run.learns)):
            state = {"network": averaged.state_dict(), "stage": run.planned.name, "step": self.step + 1, **values}
            self.processes.from_main(lambda: save_checkpoint(self._best_path(run), state))

    def _hand_over(self, run: StageRun) -> None:
        """Give the network the weights that this stage leaves, for the next one or for good."""
        weights = run.averaged().state_dict()
        if self.recipe.keep == "best":
            best = self.processes.from_main(lambda: load_checkpoint(self._best_path(run)))
            if best is not None:
                weights = best["network"]
            elif self.best.goodness > -math.inf:
                raise TrainingError(
                    f"{self._best_path(run)}: the best weights are missing; put the file back, or set keep to last"
                )
            # Otherwise no validation gave a number (held-out pictures without anomalies): the last is all there is.
        self.network.load_state_dict(weights)

    def _best_path(self, run: StageRun) -> Path:
        return self.recipe.out / f"best_{run.planned.name}.pt"

    def _save(self, run: StageRun) -> None:
        self.log.sums = self.processes.merge(self.log.sums)
        identity = identity_of(self.recipe, self.processes.count)

        def save() -> None:
            progress = {"stage": run.planned.name, "first": run.planned.first, "step": self.step, "hours": self.hours}
            kept = {"recipe": identity, "log": self.log.sums, "best": asdict(self.best)}
            save_checkpoint(self.checkpoint, run.state_dict() | progress | kept)

        self.processes.from_main(save)

    def _load(self) -> dict[str, Any] | None:
        state = load_checkpoint(self.checkpoint)
        if state is None:
            return None
        check_identity(self.checkpoint, state.get("recipe"), identity_of(self.recipe, self.processes.count))
        (planned,) = [planned for planned in self.plan if planned.name == state["stage"]]
        if planned.first != state["first"]:
            raise TrainingError(
                f"{self.checkpoint}: the stages before {planned.name} had {state['first']} steps, and now have "
                f"{planned.first}; what is finished cannot be changed: give the old steps back, or another out"
            )
        return state
