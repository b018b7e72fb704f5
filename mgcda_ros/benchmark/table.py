"""Results as Markdown tables, and in a few sentences what they were made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mgcda_ros.benchmark.percentiles import ENOUGH, percentiles
from mgcda_ros.benchmark.results import SizeTimes
from mgcda_ros.benchmark.steps import NETWORK, WHOLE


def format_about(about: Mapping[str, object]) -> str:
    """Return what a result should be read with, a line each."""

    def told(value: object) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{name} {each}" for name, each in value.items()) or "nothing set"
        if isinstance(value, (list, tuple)):
            return ", ".join(map(str, value)) or "none"
        return "not set" if value is None else str(value)

    return "\n".join(f"{name}: {told(value)}" for name, value in about.items())


def format_size(times: SizeTimes, warm_up: int) -> str:
    """Return the table of one size, and below it what it was made of."""
    lines = ["| step | p50 ms | p95 ms | p99 ms |", "|---|---|---|---|"]
    rows = times.rows()
    for name, seconds in rows.items():
        lines.append(f"| {name} | {' | '.join(f'{value:.2f}' for value in percentiles(seconds))} |")
    share = float(np.sum(rows[NETWORK]) / np.sum(rows[WHOLE]))
    notes = [
        f"network: {100 * share:.1f} % of the whole chain",
        counted(times.frames, f"frame(s) after {warm_up} to warm up"),
        "parts: not visible in this runtime",
        f"memory, MiB: {', '.join(f'{name} {value:.0f}' for name, value in times.memory_mib.items())}",
    ]
    if times.parts:
        notes[2] = "parts of the network: in as many passes of their own over one picture"
    for count, seconds in times.batches.items():
        notes.append(f"batch of {count}: {counted(len(seconds), 'batch(es)')}")
    for topic, count in times.published.items():
        if count < times.frames:
            notes.append(f"~/{topic}: published for {count} of these frames")
    return "\n".join([*lines, "", *notes])


def counted(count: int, what: str) -> str:
    """Return of how many something is, and that these are few where percentiles want more."""
    few = "" if count >= ENOUGH else f"; percentiles want {ENOUGH}"
    return f"of {count} {what}{few}"
