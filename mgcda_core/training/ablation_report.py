"""An ablation as tables, a CSV file and a picture: means and deviations over the seeds."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from mgcda_core.evaluation.metric_plots import COLOURS
from mgcda_core.training.ablation import Outcome


def table_names(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the names of the tables in their order."""
    return list(dict.fromkeys(outcome.run.table for outcome in outcomes))


def by_variant(outcomes: Sequence[Outcome], table: str) -> dict[str, list[Outcome]]:
    """Return a table's outcomes by variant, one per seed, in the order of the table."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.run.table == table:
            found.setdefault(outcome.run.variant, []).append(outcome)
    return found


def write_report(outcomes: Sequence[Outcome], out: Path) -> str:
    """Write ablation.md, ablation.csv and a plot per table to out, and return the tables."""
    out.mkdir(parents=True, exist_ok=True)
    tables = "\n\n".join(format_table(outcomes, table) for table in table_names(outcomes))
    (out / "ablation.md").write_text(f"{tables}\n", "utf-8")
    write_csv(outcomes, out / "ablation.csv")
    for table in table_names(outcomes):
        plot(outcomes, table, out / f"ablation_{table.replace(' ', '_')}.png")
    return tables


def format_table(outcomes: Sequence[Outcome], table: str) -> str:
    """Return a table as Markdown: AP / FPR95 in percent, mean and, with two seeds or more, standard deviation."""
    variants = by_variant(outcomes, table)
    sets = list(outcomes[0].scores)
    lines = [f"| {table} | seeds | " + " | ".join(sets) + " |", "|---" * (len(sets) + 2) + "|"]
    for variant, runs in variants.items():
        cells = [
            " / ".join(_cell([100 * getattr(run.scores[name], metric) for run in runs]) for metric in ("ap", "fpr95"))
            for name in sets
        ]
        lines.append(f"| {variant} | {len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    mean = f"{np.mean(values):.1f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):.1f}"


def write_csv(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a line per run and set."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["table", "variant", "seed", "set", "ap", "fpr95"])
        for outcome in outcomes:
            for name, score in outcome.scores.items():
                writer.writerow([outcome.run.table, outcome.run.variant, outcome.run.seed, name, *score])


def plot(outcomes: Sequence[Outcome], table: str, path: Path) -> None:
    """Write a table's AP and FPR95 by set: a bar for the mean, a point for every seed."""
    variants = by_variant(outcomes, table)
    sets = list(outcomes[0].scores)
    figure, axes = plt.subplots(2, 1, figsize=(2.4 * len(sets) + 2, 6.5), layout="constrained", sharex=True)
    width = 0.8 / len(variants)
    for axis, metric, label in zip(axes, ("ap", "fpr95"), ("average precision", "FPR95"), strict=True):
        for number, (variant, runs) in enumerate(variants.items()):
            values = np.array([[getattr(run.scores[name], metric) for name in sets] for run in runs])
            places = np.arange(len(sets)) + (number - (len(variants) - 1) / 2) * width
            colour = COLOURS[number % len(COLOURS)]
            axis.bar(places, values.mean(axis=0), 0.92 * width, color=colour, alpha=0.45, label=variant)
            for row in values:
                axis.plot(places, row, "o", color=colour, markersize=4)
        axis.set(ylabel=label)
        axis.set_ylim(bottom=0)
        axis.grid(axis="y", alpha=0.3)
    axes[1].set_xticks(np.arange(len(sets)), sets)
    axes[0].legend(fontsize=8, ncols=2)
    axes[0].set_title(f"{table}: mean and every seed")
    figure.savefig(path, dpi=110)
    plt.close(figure)
