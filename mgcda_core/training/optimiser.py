"""The optimiser of a stage and the learning rate of each of its steps."""

from __future__ import annotations

import math

import torch

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import PlannedStage

FLOOR = 0.02
"""Share of the learning rate that a stage ends with: the average still gets something new to average."""


def make_optimiser(
    recipe: Recipe, stage: PlannedStage, network: AnomalyNetwork, alignment: Alignment
) -> torch.optim.Optimizer:
    """Return AdamW over everything that learns in the stage, the pretrained encoder at a rate of its own."""
    encoder: list[torch.nn.Parameter] = []
    others = [parameter for parameter in alignment.parameters() if parameter.requires_grad]
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            (encoder if name.startswith("backbone.features.") else others).append(parameter)
    groups = [{"params": encoder}, {"params": others}]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, weight_decay=recipe.weight_decay)


def set_rate(optimiser: torch.optim.Optimizer, recipe: Recipe, stage: PlannedStage, step: int) -> float:
    """Give the optimiser the rates of a step, counted from the training's first, and return that of the decoders.

    From the recipe and not from the optimiser's state, so that a resumed training may go on with a lower rate.
    """
    share = rate_share(step - stage.first, stage.steps, stage.warmup_steps)
    rates = (stage.learning_rate * recipe.encoder_rate_factor, stage.learning_rate)
    for group, rate in zip(optimiser.param_groups, rates, strict=True):
        group["lr"] = rate * share
    return stage.learning_rate * share


def rate_share(step: int, steps: int, warmup_steps: int) -> float:
    """Return the share of the learning rate at a step: a linear rise to 1, then half a cosine down to FLOOR."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, steps - warmup_steps)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
