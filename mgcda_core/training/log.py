"""The training's log: means over a few steps, as lines of a CSV file."""

from __future__ import annotations

import csv
import math
from pathlib import Path

EVERY = 20
"""Steps that one line is the mean of: single batches are too noisy to read."""


class Log:
    """Collects named numbers per step and writes their means to path, whose first column is the last step of each line.

    sums: name -> [sum, count] since the last line; part of the checkpoint, so that a resumed training's lines are the
    uninterrupted one's. A number that is NaN (an accuracy that a batch does not have) does not count.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sums: dict[str, list[float]] = {}

    def add(self, step: int, parts: dict[str, float], *, last: bool = False) -> dict[str, float] | None:
        """Take in one step's numbers; return the means where this step ends a line, as the last one does, or None."""
        for name, value in parts.items():
            total = self.sums.setdefault(name, [0.0, 0.0])
            if not math.isnan(value):
                total[0] += value
                total[1] += 1
        if (step + 1) % EVERY and not last:
            return None
        means = {name: total / count if count else math.nan for name, (total, count) in self.sums.items()}
        self.sums = {}
        self._write(step, means)
        return means

    def _write(self, step: int, means: dict[str, float]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.is_file()
        with self.path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", *means])
            writer.writerow([step, *(f"{value:.5f}" for value in means.values())])


def read_log(path: Path) -> dict[str, list[float]]:
    """Return the columns of a log by name; a step that was written twice (killed and resumed) counts once, the last.

    Raises FileNotFoundError where there is none.
    """
    with path.open(newline="") as file:
        lines = {int(line["step"]): line for line in csv.DictReader(file)}
    names = next(iter(lines.values())).keys() if lines else []
    return {name: [float(lines[step][name]) for step in sorted(lines)] for name in names}
