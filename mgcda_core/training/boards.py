"""TensorBoard's logs, where the package tensorboard is installed; log.csv has the same numbers without it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Boards:
    """Writes numbers below folder for `tensorboard --logdir folder`; says once where it cannot.

    first: step that a resumed training goes on with; what was written from there on is hidden.
    """

    def __init__(self, folder: Path, *, first: int, writes: bool = True) -> None:
        self.folder, self.first, self.writes = folder, first, writes
        self.writer: Any = None

    def add(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write numbers by name as group/name at a step."""
        if self.writes and self.writer is None:
            self._open()
        if self.writer is not None:
            for name, value in values.items():
                self.writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        """Write what is still held back."""
        if self.writer is not None:
            self.writer.close()

    def _open(self) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            logging.getLogger(__name__).warning(
                "no TensorBoard logs: the package tensorboard is not installed (pip install tensorboard); log.csv and "
                "validation.csv have the same numbers"
            )
            self.writes = False
            return
        self.writer = SummaryWriter(str(self.folder), purge_step=self.first)
