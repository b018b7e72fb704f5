"""The stages of a training: which losses are minimised one after the other, and so which networks learn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from mgcda_core.networks.outputs import AnomalyNetwork

Loss = Literal["segmentation", "synthesis", "anomaly"]
ALL_LOSSES: tuple[Loss, ...] = get_args(Loss)


@dataclass(frozen=True)
class Stage:
    """One part of the training, with an optimiser and a schedule of its own.

    name: of the stage's best checkpoint; letters, digits, _ and -. learns: the losses that are minimised; networks that
    learn from none of them keep their weights and their batch statistics. steps, learning_rate, warmup_steps: None
    takes the recipe's. alignment: whether recipe.alignment applies; it does only where the anomaly is learnt.
    """

    name: str
    learns: tuple[Loss, ...] = ALL_LOSSES
    steps: int | None = None
    learning_rate: float | None = None
    warmup_steps: int | None = None
    alignment: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w-]+", self.name):
            raise ValueError(f"stage name {self.name!r} is not allowed; use letters, digits, _ and -")
        if not self.learns or not set(self.learns) <= set(ALL_LOSSES) or len(set(self.learns)) < len(self.learns):
            raise ValueError(
                f"stage {self.name}: learns {self.learns} is not allowed; name one or more of {ALL_LOSSES}, each once"
            )
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"stage {self.name}: steps {self.steps} is not allowed; it must be 1 or more")
        if self.learning_rate is not None and self.learning_rate <= 0:
            raise ValueError(
                f"stage {self.name}: learning_rate {self.learning_rate} is not allowed; it must be above 0"
            )
        if self.warmup_steps is not None and self.warmup_steps < 0:
            raise ValueError(
                f"stage {self.name}: warmup_steps {self.warmup_steps} is not allowed; it must be 0 or more"
            )

    @property
    def aligned(self) -> bool:
        """Return whether the alignment applies."""
        return self.alignment and "anomaly" in self.learns


@dataclass(frozen=True)
class PlannedStage:
    """A stage with every setting filled in, and its steps first to last (exclusive) among the whole training's."""

    stage: Stage
    first: int
    last: int
    learning_rate: float
    warmup_steps: int

    @property
    def name(self) -> str:
        """Return the stage's name."""
        return self.stage.name

    @property
    def steps(self) -> int:
        """Return how many steps the stage has where nothing ends it early."""
        return self.last - self.first


def plan(stages: Sequence[Stage], *, steps: int, learning_rate: float, warmup_steps: int) -> tuple[PlannedStage, ...]:
    """Return the stages one after the other; none are one stage that learns everything.

    steps, learning_rate, warmup_steps: of stages that name none. Raises ValueError where two stages share a name.
    """
    stages = tuple(stages) or (Stage("joint"),)
    names = [stage.name for stage in stages]
    if len(set(names)) < len(names):
        raise ValueError(f"stages: the names {names} are not allowed; each must be another")
    planned: list[PlannedStage] = []
    for stage in stages:
        first = planned[-1].last if planned else 0
        full = replace(
            stage,
            steps=steps if stage.steps is None else stage.steps,
            learning_rate=learning_rate if stage.learning_rate is None else stage.learning_rate,
            warmup_steps=warmup_steps if stage.warmup_steps is None else stage.warmup_steps,
        )
        planned.append(PlannedStage(full, first, first + full.steps, full.learning_rate, full.warmup_steps))
    return tuple(planned)


def learned_losses(network: AnomalyNetwork, stage: Stage) -> tuple[Loss, ...]:
    """Return those of stage.learns that train something of network.

    Raises ValueError where none does: kind direct has no synthesis, a user's own networks are finished.
    """
    known = network.learned_parts()
    learns = tuple(loss for loss in ALL_LOSSES if loss in stage.learns and loss in known)
    if not learns:
        raise ValueError(
            f"stage {stage.name}: learns {stage.learns}, of which nothing can be trained here; this architecture (kind "
            f"{network.architecture.kind}) learns {tuple(known)}; leave the stage out"
        )
    return learns


def set_learning(network: AnomalyNetwork, learns: Sequence[Loss], frozen: Sequence[str]) -> None:
    """Put what learns into training mode, and everything else into evaluation mode and out of the optimiser's reach.

    frozen: prefixes of the picture encoder's parameters that never learn.
    """
    parts = network.learned_parts()
    learning = {name for loss in learns for name in parts[loss]}
    network.train()
    # What the last stage left there belongs to no optimiser now, and would still count when the gradient is clipped.
    network.zero_grad(set_to_none=True)
    for name, part in network.named_children():
        # A frozen batch normalisation in training mode would still move its statistics.
        part.train(name in learning).requires_grad_(name in learning)
    for name, parameter in network.backbone.features.named_parameters():
        if name.startswith(tuple(f"{prefix}." for prefix in frozen)):
            parameter.requires_grad_(False)
