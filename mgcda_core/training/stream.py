"""The pictures of a training as batches: each process draws its own part of one numbered stream."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from mgcda_core.training.domain_pictures import DomainPictures
from mgcda_core.training.learning import Batch
from mgcda_core.training.mixture import Mixture
from mgcda_core.training.recipe import Recipe


def open_mixture(recipe: Recipe, length: int, *, held_out: bool = False, left_out: Collection[Path] = ()) -> Dataset:
    """Return the first pictures of the recipe's stream, or held-out ones; left_out: those that cannot be read.

    Raises ValueError where there are none of a source, naming the folder, data and shares.
    """
    with explained_data(recipe):
        if recipe.domains:
            return DomainPictures(recipe, length, held_out=held_out, left_out=left_out)
        return Mixture(
            recipe.data,
            length=length,
            seed=recipe.seed,
            crop=recipe.crop,
            shares=recipe.shares,
            held_out=held_out,
            left_out=left_out,
        )


@contextmanager
def explained_data(recipe: Recipe) -> Iterator[None]:
    """Let a ValueError about the data say where the recipe looks for it and what it asks for."""
    try:
        yield
    except ValueError as error:
        asked = recipe.domains or dict(zip(recipe.domain_names, recipe.shares, strict=True))
        shares = ", ".join(f"{name} {share:g}" for name, share in asked.items())
        raise ValueError(
            f"data: {recipe.data}: {error}; shares ask for {shares}; give the folder that docs/training.md describes"
        ) from error


def picture_numbers(first: int, last: int, batch_size: int, *, index: int, count: int) -> list[int]:
    """Return the numbers of the pictures that process index of count draws in steps first to last (exclusive).

    The processes' batches of a step, in order, are the batch of one process with count times the batch_size.
    """
    return [(step * count + index) * batch_size + place for step in range(first, last) for place in range(batch_size)]


def batches(mixture: Dataset, recipe: Recipe, numbers: list[int]) -> Iterator[Batch]:
    """Yield the pictures of these numbers, recipe.batch_size at a time."""
    loader = DataLoader(
        mixture,
        recipe.batch_size,
        sampler=numbers,
        num_workers=recipe.workers,
        worker_init_fn=_start_worker,
        pin_memory=torch.cuda.is_available(),
        # A forked worker inherits OpenCV's thread pool without its threads and waits for them forever.
        multiprocessing_context="spawn" if recipe.workers else None,
    )
    return (Batch(*batch) for batch in loader)


def _start_worker(worker: int) -> None:
    cv2.setNumThreads(1)
    # A terminal interrupts the whole group; the training still needs this worker for the step that it finishes.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
