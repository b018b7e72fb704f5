"""The alignment study as two pictures and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from mgcda_core.training.alignment_study import Measured, Outcome

COLOURS = {"none": "#777777", "MDAT": "#0072b2", "CACL": "#d55e00", "both": "#009e73"}
"""Of the settings: told apart with any colour vision (Okabe and Ito)."""
SMOOTH = 3
"""Lines of the log that a curve is the running mean of."""


def plot_domains(before: Measured, outcomes: Mapping[str, Outcome], path: Path, *, domain_count: int) -> None:
    """Write the domain classifiers' accuracy over the training, and what the features give away afterwards."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained", width_ratios=(1, 1, 0.9))
    for axis, name in zip(axes, ("feature", "output"), strict=False):
        for setting, outcome in outcomes.items():
            _curve(axis, outcome.log, f"accuracy_{name}", setting)
        axis.axhline(1 / domain_count, color="black", linestyle=":", label="chance")
        axis.set(title=f"{name} domain classifier, in training", xlabel="step", ylabel="accuracy", ylim=(0, 1))
    axes[0].legend(fontsize=8, ncols=2)
    probes = {"before": before} | {name: outcome.after for name, outcome in outcomes.items()}
    values = [[measured.feature_probe for measured in probes.values()]]
    values.append([measured.output_probe for measured in probes.values()])
    _bars(axes[2], list(probes), values, ("fused features", "decoded features"))
    axes[2].axhline(1 / domain_count, color="black", linestyle=":")
    axes[2].set(title="fresh classifier on held-out pictures", ylabel="accuracy", ylim=(0, 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_contrast(before: Measured, outcomes: Mapping[str, Outcome], path: Path) -> None:
    """Write the contrastive loss over the training, and how close pixels of one class lie across domains after it."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    for setting, outcome in outcomes.items():
        _curve(axes[0], outcome.log, "contrast", setting)
    axes[0].set(title="contrastive loss, in training", xlabel="step", ylabel="InfoNCE")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(fontsize=8)
    measured = {"before": before} | {name: outcome.after for name, outcome in outcomes.items()}
    for space, (axis, title) in enumerate(zip(axes[1:], ("decoded features", "projected features"), strict=True)):
        values = [[each.across[space] for each in measured.values()], [each.apart[space] for each in measured.values()]]
        _bars(axis, list(measured), values, ("same class, other domain", "other class, same domain"))
        axis.set(title=f"mean cosine, {title} (centred)", ylim=(-1, 1))
        axis.axhline(0, color="black", linewidth=0.8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def format_study(before: Measured, outcomes: Mapping[str, Outcome]) -> str:
    """Return the study as a Markdown table; accuracies in training are means over its last fifth."""
    lines = [
        "| setting | feature classifier | output classifier | fresh, fused | fresh, decoded | contrastive loss "
        "| same class across domains, decoded | projected | other class, decoded | projected |",
        "|---|---|---|---|---|---|---|---|---|---|",
        f"| before | | | {_measured(before, '')}",
    ]
    for name, outcome in outcomes.items():
        last = {column: float(np.nanmean(values[-(len(values) // 5 or 1) :])) for column, values in outcome.log.items()}
        lines.append(
            f"| {name} | {last['accuracy_feature']:.2f} | {last['accuracy_output']:.2f} "
            f"| {_measured(outcome.after, format(last['contrast'], '.2f'))}"
        )
    return "\n".join(lines)


def _measured(measured: Measured, contrast: str) -> str:
    cosines = " | ".join(f"{value:.2f}" for value in (*measured.across, *measured.apart))
    return f"{measured.feature_probe:.2f} | {measured.output_probe:.2f} | {contrast} | {cosines} |"


def _curve(axis: Axes, log: Mapping[str, Sequence[float]], column: str, setting: str) -> None:
    values = np.array(log[column])
    steps = np.array(log["step"])
    axis.plot(steps, values, color=COLOURS[setting], alpha=0.25, linewidth=1)
    if len(values) >= SMOOTH:
        smooth = np.convolve(values, np.ones(SMOOTH) / SMOOTH, mode="valid")
        axis.plot(steps[SMOOTH - 1 :], smooth, color=COLOURS[setting], label=setting)


def _bars(axis: Axes, names: Sequence[str], groups: Sequence[Sequence[float]], labels: Sequence[str]) -> None:
    places = np.arange(len(names))
    for number, (values, label) in enumerate(zip(groups, labels, strict=True)):
        shift = (number - (len(groups) - 1) / 2) * 0.4
        bars = axis.bar(places + shift, values, 0.38, label=label, color=("#56b4e9", "#e69f00")[number])
        axis.bar_label(bars, fmt="%.2f", fontsize=7)
    axis.set_xticks(places, names)
    axis.legend(fontsize=8, loc="lower right")
