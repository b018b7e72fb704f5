"""The state of a training on disk, so that a killed one goes on where it was."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from mgcda_core.training.errors import TrainingError


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write state so that a kill at any moment leaves either the old file or the new one whole.

    Raises TrainingError where it cannot be written (a full disk); what was there before is whole.
    """
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, unfinished)
        os.replace(unfinished, path)
    # PyTorch reports a full disk as a RuntimeError of its archive writer.
    except (OSError, RuntimeError) as error:
        unfinished.unlink(missing_ok=True)
        raise TrainingError(
            f"{path}: the checkpoint cannot be written ({error}); free space on that disk and start again: the "
            "training goes on from the last checkpoint that was written"
        ) from error


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state saved at path, or None where there is none; tensors and plain values only are read.

    Raises TrainingError where the file is no checkpoint.
    """
    if not path.is_file():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise TrainingError(
            f"{path}: not a checkpoint of a training ({str(error).splitlines()[0]}); remove it to start anew, or give "
            "another out"
        ) from error
