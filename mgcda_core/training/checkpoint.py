"""The state of a training on disk, so that a killed one goes on where it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write state so that a kill at any moment leaves either the old file or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state saved at path, or None where there is none; tensors and plain values only are read."""
    if not path.is_file():
        return None
    return torch.load(path, map_location="cpu", weights_only=True)
