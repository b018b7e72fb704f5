"""What ends a training early: something that the user can mend, or the user."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from mgcda_core.training.recipe import Recipe

CPU_MEMORY_MESSAGES = ("can't allocate memory", "not enough memory", "Cannot allocate memory")
"""How PyTorch says on a CPU, with a plain RuntimeError, that memory ran out."""


class TrainingError(RuntimeError):
    """The training cannot go on; the message names the settings that matter and what to do."""


class TrainingStopped(RuntimeError):  # noqa: N818
    """A signal asked for an end; everything is saved and the message says how to go on. exit_code: of the process."""

    def __init__(self, cause: int, step: int, checkpoint: Path) -> None:
        super().__init__(
            f"stopped by {signal.Signals(cause).name} after step {step}; the same command goes on from {checkpoint} to "
            "the same result"
        )
        self.exit_code = 128 + cause


@contextmanager
def explained_memory(recipe: Recipe) -> Iterator[None]:
    """Turn the many ways of running out of memory into a TrainingError that names the settings that need it."""
    try:
        yield
    except (torch.cuda.OutOfMemoryError, MemoryError, RuntimeError) as error:
        known = isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError))
        if not known and not any(message in str(error) for message in CPU_MEMORY_MESSAGES):
            raise
        height, width = recipe.crop
        hint = "" if recipe.precision != "fp32" else ", or set precision to bf16, which halves the features"
        raise TrainingError(
            f"out of memory with batch_size {recipe.batch_size} (per process), crop {height} x {width}, precision "
            f"{recipe.precision}: lower batch_size or crop{hint}; on several GPUs a lower batch_size with more "
            f"processes is the same training ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        ) from error


def check_writable(out: Path) -> None:
    """Raise TrainingError where recipe.out cannot be made or written to: before hours of training, not after."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TrainingError(
            f"out: {out} cannot be written to ({error.strerror}); give a folder of your own, on a disk with space"
        ) from None
