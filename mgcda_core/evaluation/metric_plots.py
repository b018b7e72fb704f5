"""Curves of an evaluation as pictures: precision over recall, ROC, reliability, and scores under weather and faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from mgcda_core.evaluation.corruption_runs import CorruptionRow, by_corruption
from mgcda_core.evaluation.corruptions import STRENGTHS
from mgcda_core.evaluation.reliability import ReliabilityCurve, expected_calibration_error
from mgcda_core.evaluation.set_evaluation import SetResult

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#777777")
"""Told apart with any colour vision (Okabe and Ito)."""
SHOWN_CORRUPTIONS = {
    "ap": "average precision",
    "fpr95": "false positive rate at 95 % recall",
    "found_share": "share of obstacles found",
    "false_regions_per_frame": "false regions per frame",
}


def plot_curves(result: SetResult, path: Path) -> None:
    """Write precision over recall and the ROC curve of every method on a set, the binned mode left out."""
    figure, (precision, roc) = plt.subplots(1, 2, figsize=(11, 4.5))
    # By hand: working the margins out takes as long as drawing.
    figure.subplots_adjust(left=0.06, right=0.985, bottom=0.115, top=0.93, wspace=0.16)
    for colour, method in zip(COLOURS, (each for each in result.methods if not each.binned), strict=False):
        curve, metrics = method.curve, method.pixels
        precision.plot(curve.recall, curve.precision, color=colour, label=f"{method.method}, AP {metrics.ap:.3f}")
        roc.plot(
            np.maximum(curve.false_positive_rate, 1e-5),
            curve.recall,
            label=f"{method.method}, FPR95 {metrics.fpr95:.3f}",
            color=colour,
        )
    precision.set(title=f"{result.name}, pixels", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    roc.axhline(0.95, color="black", linestyle=":", linewidth=0.8)
    roc.set(title="ROC", xlabel="false positive rate", ylabel="recall", xscale="log", xlim=(1e-5, 1), ylim=(0, 1.02))
    roc.minorticks_off()  # half of the time that drawing takes
    for axis in (precision, roc):
        axis.legend(fontsize=8)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_reliability(method: str, curve: ReliabilityCurve, path: Path) -> None:
    """Write the share of anomalies over the probability given, and below it how many pixels that was."""
    figure, (shares, pixels) = plt.subplots(2, 1, figsize=(5, 5.5), height_ratios=(3, 1), sharex=True)
    figure.subplots_adjust(left=0.14, right=0.97, bottom=0.09, top=0.94, hspace=0.08)
    shares.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=0.8, label="as it should be")
    shares.plot(curve.probability, curve.anomalous, marker="o", color=COLOURS[0], label=method)
    error = expected_calibration_error(curve)
    shares.set(title=f"expected calibration error {error:.4f}", ylabel="share of anomalies", ylim=(-0.02, 1.02))
    shares.legend(fontsize=8)
    edges = np.linspace(0, 1, len(curve.pixels) + 1)
    pixels.bar(edges[:-1], curve.pixels, np.diff(edges), align="edge", color=COLOURS[5], edgecolor="white")
    pixels.set(xlabel="probability given", ylabel="pixels", yscale="log", xlim=(0, 1))
    pixels.minorticks_off()
    for axis in (shares, pixels):
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_corruptions(rows: Sequence[CorruptionRow], title: str, path: Path) -> None:
    """Write how each of SHOWN_CORRUPTIONS changes with a fault's strength, 0 being the set as it is."""
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.5), layout="constrained", sharex=True)
    for axis, (column, label) in zip(axes.flat, SHOWN_CORRUPTIONS.items(), strict=True):
        for number, (name, values) in enumerate(by_corruption(rows, column).items()):
            axis.plot((0, *STRENGTHS), values, marker="o", markersize=3, color=COLOURS[number], label=name)
        axis.set(ylabel=label)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set(xlabel="strength")
    axes[0, 0].legend(fontsize=8)
    figure.suptitle(title)
    figure.savefig(path, dpi=110)
    plt.close(figure)
