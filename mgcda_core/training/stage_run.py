"""One stage at work: its networks, its optimiser, and a single step of it."""

from __future__ import annotations

import math
from typing import Any

import torch

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.averaging import averaged_network, start_average
from mgcda_core.training.errors import TrainingError
from mgcda_core.training.learning import Batch, Learning
from mgcda_core.training.optimiser import make_optimiser, set_rate
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import PlannedStage, learned_losses, set_learning
from mgcda_core.training.teacher import TAUGHT, Teacher


class StageRun:
    """network and alignment are trained in place; average follows the network.

    learns: the losses that are minimised. rate: the decoders' learning rate of the last step. stop: the signal that
    asks for an end in any of the processes, 0 while none does.
    """

    def __init__(
        self,
        recipe: Recipe,
        planned: PlannedStage,
        network: AnomalyNetwork,
        alignment: Alignment,
        processes: Processes,
        teacher: Teacher | None = None,
    ) -> None:
        self.recipe, self.planned, self.processes = recipe, planned, processes
        self.network, self.alignment = network, alignment
        self.learns = learned_losses(network, planned.stage)
        self.rate, self.stop = 0.0, 0
        set_learning(network, self.learns, recipe.frozen)
        aligned = planned.stage.aligned
        alignment.train(aligned).requires_grad_(aligned)
        self.average = start_average(network, recipe.average_decay)
        self.learning, self.optimiser = processes.prepare(
            Learning(
                network,
                alignment if aligned else None,
                self.learns,
                teacher if TAUGHT & set(self.learns) else None,
                recipe.teacher_weight,
            ),
            make_optimiser(recipe, planned, network, alignment),
        )

    def step(self, batch: Batch, step: int, *, stop: int = 0) -> dict[str, float]:
        """Take step number step, counted from the training's first, and return the losses by name.

        Raises TrainingError where the loss is no longer a number, in all processes alike.
        """
        recipe, planned = self.recipe, self.planned
        # Seeded by the step, so that a resumed training draws what the uninterrupted one draws.
        torch.manual_seed((recipe.seed << 32) + step * self.processes.count + self.processes.index)
        draw = torch.Generator().manual_seed((recipe.seed << 32) + step)
        self.rate = set_rate(self.optimiser, recipe, planned, step)
        progress = (step - planned.first) / planned.steps
        loss, parts = self.learning(batch.to(self.processes.device), progress, draw)
        value = float(loss.detach())
        broken, self.stop = self.processes.any(not math.isfinite(value), stop)
        if broken:
            found = f"{value}" if not math.isfinite(value) else "not a number in another process"
            raise TrainingError(
                f"the loss is {found} at step {step} ({parts}); lower learning_rate ({planned.learning_rate:g} in "
                f"stage {planned.name}) or set precision ({recipe.precision}) to fp32, and start again: the training "
                f"goes on from the last checkpoint in {recipe.out}"
            )
        self.processes.step(loss, self.optimiser, self.network)
        self.average.update_parameters(self.network)
        return parts

    def averaged(self) -> AnomalyNetwork:
        """Return the averaged network in evaluation mode, the same in all processes; the next step changes it."""
        self.processes.share_buffers(self.network)
        return averaged_network(self.average, self.network)

    def state_dict(self) -> dict[str, Any]:
        """Return everything that the next step depends on, as tensors and plain values."""
        scaler = self.processes.scaler
        return {name: part.state_dict() for name, part in self._stateful().items()} | {
            "scaler": None if scaler is None else scaler.state_dict()
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what state_dict() returned."""
        for name, part in self._stateful().items():
            part.load_state_dict(state[name])
        if self.processes.scaler is not None and state["scaler"]:
            self.processes.scaler.load_state_dict(state["scaler"])

    def _stateful(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "average": self.average,
            "alignment": self.alignment,
            "optimiser": self.optimiser,
        }
