"""What a benchmark found, and the JSON file that it is kept in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mgcda_ros.benchmark.percentiles import percentiles
from mgcda_ros.benchmark.steps import NETWORK, PART, chain_rows

FORMAT = 1
"""Of the JSON file; files without a number are older."""


@dataclass(frozen=True)
class SizeTimes:
    """What pictures of one size cost; all durations in seconds.

    steps: by name, one duration per frame. parts: of the network, one per pass; empty where the runtime shows none.
    batches: per picture, by the number of pictures in the batch, one per batch. published: messages by topic.
    memory_mib: of the process: resident after this size, and the most that it had until then.
    """

    steps: dict[str, list[float]]
    parts: dict[str, list[float]] = field(default_factory=dict)
    batches: dict[str, list[float]] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    memory_mib: dict[str, float] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Return how many frames were timed."""
        return len(self.steps[NETWORK])

    def rows(self) -> dict[str, np.ndarray]:
        """Return every row of the table, seconds (N,): the chain, the network's parts below the network, batches."""
        rows: dict[str, np.ndarray] = {}
        for name, values in chain_rows(self.steps).items():
            rows[name] = values
            if name == NETWORK:
                rows |= {PART + part: np.asarray(seconds, float) for part, seconds in self.parts.items()}
        for count, seconds in self.batches.items():
            rows[f"batch of {count}, per picture"] = np.asarray(seconds, float)
        return rows


@dataclass(frozen=True)
class GrowthPoint:
    """What one amount costs. amount: in its quantity's unit. label: of the amount, to be read. seconds: by line."""

    amount: float
    label: str
    seconds: dict[str, list[float]]


@dataclass(frozen=True)
class ReferenceTimes:
    """Our reference-sized network beside the one in use, both at one size ("1024x512").

    seconds: of the one pass that was timed. model: name of the weights in use; model_seconds: of each of its passes.
    peak_memory_mib: of the process, after the reference.
    """

    size: str
    parameters: int
    seconds: float
    model: str
    model_seconds: list[float]
    peak_memory_mib: float


@dataclass(frozen=True)
class Results:
    """about: what was timed, where and how, by name. sizes: by their names. growth: points by quantity."""

    about: dict[str, Any]
    sizes: dict[str, SizeTimes]
    growth: dict[str, list[GrowthPoint]] = field(default_factory=dict)
    reference: ReferenceTimes | None = None


def write_results(results: Results, path: Path) -> None:
    """Write the results as JSON, and beside the durations their percentiles, which whoever reads it may want."""
    stored = {"format": FORMAT, **asdict(results), "milliseconds": {}}
    for size, times in results.sizes.items():
        stored["milliseconds"][size] = {name: percentiles(row)._asdict() for name, row in times.rows().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(stored, indent=2) + "\n")


def read_results(path: Path) -> Results:
    """Return what write_results wrote; raises ValueError, naming the file, where it is of another format or damaged."""
    again = "write it again with mgcda benchmark --json_file"
    try:
        stored = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a JSON file ({error}); {again}") from None
    found = stored.get("format") if isinstance(stored, dict) else None
    if found != FORMAT:
        told = "has no format" if found is None else f"has format {found!r}"
        raise ValueError(f"{path}: {told}, and only format {FORMAT} is read; {again}")
    try:
        results = Results(
            dict(stored["about"]),
            {size: SizeTimes(**times) for size, times in stored["sizes"].items()},
            {name: [GrowthPoint(**point) for point in points] for name, points in stored["growth"].items()},
            None if stored["reference"] is None else ReferenceTimes(**stored["reference"]),
        )
        for times in results.sizes.values():
            for row in times.rows().values():
                percentiles(row)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: a field is missing, unknown or malformed ({error!r}); {again}") from None
    return results
