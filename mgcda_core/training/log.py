"""The training's log: means over a few steps, as lines of a CSV file."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

EVERY = 20
"""Steps that one line is the mean of: single batches are too noisy to read."""

Sums = dict[str, list[float]]


class Table:
    """Numbers by step in a CSV file, whose first column is the step; a column that a line does not have is nan.

    writes: whether this process is the one that writes.
    """

    def __init__(self, path: Path, *, writes: bool = True) -> None:
        self.path, self.writes = path, writes

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add a line; columns that are new are added to the lines above as well."""
        if not self.writes:
            return
        lines = self._lines() if self.path.is_file() else []
        names = list(lines[0].keys())[1:] if lines else []
        line = {"step": str(step)} | {name: f"{value:.5f}" for name, value in values.items()}
        new = [name for name in values if name not in names]
        if new:
            self._rewrite([*lines, line], ["step", *names, *new])
            return
        with self.path.open("a", newline="") as file:
            csv.DictWriter(file, ["step", *names], restval="nan").writerow(line)

    def cut(self, step: int) -> None:
        """Take out the lines from step on, which a training that goes on there will write again, and broken ones."""
        if self.writes and self.path.is_file():
            kept = [line for line in self._lines() if int(line["step"]) < step]
            self._rewrite(kept, list(kept[0])) if kept else self.path.unlink()

    def _lines(self) -> list[dict[str, str]]:
        """Return the whole lines; a kill in the middle of a write leaves one without its end."""
        text = self.path.read_text()
        return list(csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1])))

    def _rewrite(self, lines: list[dict[str, str]], names: list[str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".unfinished")
        with unfinished.open("w", newline="") as file:
            writer = csv.DictWriter(file, names, restval="nan")
            writer.writeheader()
            writer.writerows(lines)
        os.replace(unfinished, self.path)


class Log:
    """Collects named numbers per step and writes their means to a table at path, at the last step of each line.

    sums: name -> [sum, count] since the last line; part of the checkpoint, so that a resumed training's lines are the
    uninterrupted one's. A number that is NaN (an accuracy that a batch does not have) does not count.
    merge: adds the sums of several processes up, in the one that writes.
    """

    def __init__(self, path: Path, *, writes: bool = True, merge: Callable[[Sums], Sums] = lambda sums: sums) -> None:
        self.table = Table(path, writes=writes)
        self.path, self.merge = path, merge
        self.sums: Sums = {}

    def add(self, step: int, parts: dict[str, float], *, last: bool = False) -> dict[str, float] | None:
        """Take in one step's numbers; return the means where this step ends a line, as the last one does, or None."""
        for name, value in parts.items():
            total = self.sums.setdefault(name, [0.0, 0.0])
            if not math.isnan(value):
                total[0] += value
                total[1] += 1
        if (step + 1) % EVERY and not last:
            return None
        return self.end_line(step)

    def end_line(self, step: int) -> dict[str, float]:
        """Write the means since the last line and return them."""
        sums = self.merge(self.sums)
        means = {name: total / count if count else math.nan for name, (total, count) in sums.items()}
        self.sums = {}
        if means:
            self.table.write(step, means)
        return means


def read_log(path: Path) -> dict[str, list[float]]:
    """Return the columns of a log by name; a step that was written twice counts once, the last.

    Raises FileNotFoundError where there is none.
    """
    with path.open(newline="") as file:
        lines = {int(line["step"]): line for line in csv.DictReader(file)}
    names = next(iter(lines.values())).keys() if lines else []
    return {name: [float(lines[step][name]) for step in sorted(lines)] for name in names}
