"""Whether a checkpoint belongs to a recipe: going on with other settings would be neither training."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mgcda_core.training.errors import TrainingError
from mgcda_core.training.recipe import Recipe, plain

MAY_CHANGE = frozenset(
    {
        "data", "out", "steps", "stages", "learning_rate", "warmup_steps", "precision", "threads", "workers",
        "checkpoint_every", "validate_every", "validation_pictures", "keep", "patience", "batch_size",
        "check_data", "scales", "long_side_px", "stored", "data_terms",
    }
)  # fmt: skip
"""Settings that a training may go on with another value of: where and how long it runs, and what helps one that fails.

batch_size is compared as the pictures of a step over all processes; of the stages, what they learn.
"""


def identity_of(recipe: Recipe, processes: int) -> dict[str, Any]:
    """Return what must stay the same over a training, as plain values that a checkpoint can hold.

    Files count by name: their folder may be another on another machine.
    """
    kept = {name: plain(value) for name, value in asdict(recipe).items() if name not in MAY_CHANGE}
    kept["batch_size x processes"] = recipe.batch_size * processes
    for planned in recipe.plan():
        kept[f"stages.{planned.name}.learns"] = sorted(planned.stage.learns)
        kept[f"stages.{planned.name}.alignment"] = planned.stage.aligned
    kept["stages"] = [planned.name for planned in recipe.plan()]
    return kept


def check_identity(path: Path, stored: dict[str, Any] | None, ours: dict[str, Any]) -> None:
    """Raise TrainingError where the checkpoint at path is of another recipe, with every setting that differs."""
    if stored is None:
        raise TrainingError(
            f"{path}: a checkpoint of an older version, which does not say what it was trained with; remove it to "
            "start anew, or give another out"
        )
    differing = [
        f"{name} (there {stored.get(name)!r}, here {ours.get(name)!r})"
        for name in sorted(stored.keys() | ours.keys())
        if stored.get(name) != ours.get(name)
    ]
    if differing:
        raise TrainingError(
            f"{path}: a checkpoint of another recipe; these settings differ: {'; '.join(differing)}. Give the old "
            "values back to go on, or another out to start anew"
        )
