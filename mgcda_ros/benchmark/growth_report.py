"""How the cost grows, as a table and as one picture with a panel per quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from mgcda_ros.benchmark.growth import CAMERA_SIZE, CAMERAS, HAZARD_SIZE, HAZARDS, PIXELS
from mgcda_ros.benchmark.percentiles import percentiles
from mgcda_ros.benchmark.results import GrowthPoint
from mgcda_ros.benchmark.table import counted

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
"""Told apart with any colour vision (Okabe and Ito)."""
PANELS = {
    PIXELS: ("pixels of the camera", "picture, megapixels", "ms per frame"),
    CAMERAS: (
        f"cameras ({CAMERA_SIZE[0]} x {CAMERA_SIZE[1]}), whole chain",
        "cameras on one model",
        "ms per round, each camera looked at once",
    ),
    HAZARDS: (
        f"hazards ({HAZARD_SIZE[0]} x {HAZARD_SIZE[1]}), without the network",
        "made-up regions in the picture",
        "ms per frame",
    ),
}
"""By quantity: title, and the labels of both axes."""


def format_growth(growth: Mapping[str, Sequence[GrowthPoint]]) -> str:
    """Return a table per quantity, with what each point costs and how many times what the first does."""
    tables: list[str] = []
    for quantity, points in growth.items():
        lines = [f"| {quantity} | what | p50 ms | p95 ms | p99 ms | p50 over the first |", "|---|---|---|---|---|---|"]
        for point in points:
            for name, seconds in point.seconds.items():
                found, first = percentiles(seconds), percentiles(points[0].seconds[name])
                numbers = " | ".join(f"{value:.2f}" for value in found)
                lines.append(f"| {point.label} | {name} | {numbers} | {found.p50 / first.p50:.2f} |")
        fewest = min(len(seconds) for point in points for seconds in point.seconds.values())
        tables.append("\n".join([*lines, "", f"each {counted(fewest, 'duration(s) or more')}"]))
    return "\n\n".join(tables)


def plot_growth(growth: Mapping[str, Sequence[GrowthPoint]], path: Path, title: str) -> None:
    """Write the medians as a PNG, with a shade up to the 95th percentile."""
    figure = Figure(figsize=(16, 6), layout="constrained")
    for axes, (quantity, points) in zip(figure.subplots(1, len(growth)), growth.items(), strict=True):
        _draw(axes, points)
        name, across, up = PANELS[quantity]
        axes.set(title=name, xlabel=across, ylabel=up)
        if quantity == PIXELS:
            # The network is some fifty times the rest: on a linear axis one of them would be a flat line.
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.set_ylim(bottom=0)
            axes.set_xticks([point.amount for point in points])
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _draw(axes: Axes, points: Sequence[GrowthPoint]) -> None:
    amounts = [point.amount for point in points]
    for colour, name in zip(COLOURS, points[0].seconds, strict=False):
        found = [percentiles(point.seconds[name]) for point in points]
        middle = [each.p50 for each in found]
        axes.plot(amounts, middle, marker="o", markersize=4, color=colour, label=name)
        axes.fill_between(amounts, middle, [each.p95 for each in found], color=colour, alpha=0.15, linewidth=0)
    # Below and not inside: lines that climb leave no corner free.
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "ncols": 2, "fontsize": 9}
    axes.legend(**below, title="p50; shaded up to p95", title_fontsize=9)
    axes.grid(alpha=0.3)
