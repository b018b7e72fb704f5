"""From a recipe to weights on disk, in as many processes as were started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mgcda_core.deploy.weights import Card
from mgcda_core.training.errors import TrainingStopped
from mgcda_core.training.finish import cards_before, finish, history
from mgcda_core.training.loop import train
from mgcda_core.training.precision import chosen_precision
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe

WEIGHTS = "mgcda.safetensors"


def train_and_save(recipe: Recipe, *, commit: str) -> tuple[Path, Card] | None:
    """Train, calibrate and write the weights to recipe.out; return their path and card, in the main process alone.

    Raises what train() and finish() raise.
    """
    # The card and all messages say what was computed in, on this machine.
    recipe = replace(recipe, precision=chosen_precision(recipe.precision))
    processes = Processes(recipe.precision)
    try:
        trained = train(recipe, processes)
    except TrainingStopped as stopped:
        if processes.is_main:
            raise
        raise SystemExit(stopped.exit_code) from None  # said once, by the main process
    # Only here: a process that failed alone must not wait for the others, but end and let the launcher end them.
    processes.close()
    if not processes.is_main:
        return None
    path = recipe.out / WEIGHTS
    told = history(recipe, trained.hours)
    before = cards_before(recipe).values()
    card = finish(trained.network, recipe, path, commit=commit, training=told, before=before, left_out=trained.left_out)
    return path, card
