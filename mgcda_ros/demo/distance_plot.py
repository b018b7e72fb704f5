"""True and estimated distance of every hazard over time, with the ids that it was given."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mgcda_ros.demo.sightings import Sighting
from mgcda_ros.stamps import SECOND


def plot_distances(seen: Sequence[Sighting], stops: Sequence[tuple[int, float]], path: Path) -> bool:
    """Write the plot as PNG and return True, or return False where matplotlib is not installed.

    stops: (time in nanoseconds, ~/stop_distance in metres); what is not finite is left out.
    """
    if importlib.util.find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure

    start_ns = min(each.stamp_ns for each in seen)
    figure = Figure(figsize=(11, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for number, hazard in enumerate(sorted({each.hazard_id for each in seen})):
        own = [each for each in seen if each.hazard_id == hazard]
        axes.plot(
            [(each.stamp_ns - start_ns) / SECOND for each in own],
            [each.true_m for each in own],
            color="0.55",
            linewidth=1,
            label="true" if number == 0 else None,
        )
    tracks = sorted({each.track_id for each in seen if each.estimated_m is not None})
    for number, track in enumerate(tracks):
        own = [each for each in seen if each.track_id == track and each.estimated_m is not None]
        seconds = np.array([(each.stamp_ns - start_ns) / SECOND for each in own])
        distance, sigma = (np.array([getattr(each, name) for each in own]) for name in ("estimated_m", "sigma_m"))
        colour = f"C{number % 10}"
        axes.errorbar(seconds, distance, sigma, fmt=".", color=colour, ecolor=colour, elinewidth=0.6, alpha=0.8)
        axes.annotate(str(track), (seconds[0], distance[0]), (0, 8), textcoords="offset points", color=colour)
    finite = [((time - start_ns) / SECOND, distance) for time, distance in stops if np.isfinite(distance)]
    if finite:
        axes.plot(*zip(*finite, strict=True), "kx", markersize=4, label="~/stop_distance, at its arrival")
    axes.set(
        xlabel="time, s", ylabel="distance ahead, m", ylim=(0, 70),
        title="hazards of the drive: true distance, estimates with one sigma, and their ids",
    )  # fmt: skip
    axes.legend(loc="upper right")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    return True
