"""ground_truth.npz: what a bag's metrics are made of, so that those of many bags can be had as of one set."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from mgcda_core.evaluation.curve import Curve
from mgcda_ros.replay.truth_metrics import TruthMetrics

COUNTS = "ground_truth.npz"


def write_counts(folder: Path, metrics: TruthMetrics) -> None:
    """Write what a bag's metrics are made of: counts by score, and of components, regions and obstacles."""
    np.savez_compressed(folder / COUNTS, **_curve_counts(metrics.curve()), **metrics.counts())


def read_counts(folder: Path) -> tuple[Curve, dict[str, np.ndarray]]:
    """Return a bag's curve and the counts of the rest.

    Raises FileNotFoundError where there is no such file, ValueError where it is damaged.
    """
    try:
        with np.load(folder / COUNTS, allow_pickle=False) as file:
            counts = dict(file)
        steps = [np.cumsum(counts.pop(name)[::-1]) for name in ("pixels anomalous", "pixels normal")]
        return Curve(counts.pop("pixels thresholds")[::-1], *steps), counts
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise ValueError(f"{COUNTS} is damaged: {error}") from error


def _curve_counts(curve: Curve) -> dict[str, np.ndarray]:
    """Return the pixels of each score, rising, which compresses better than their sums."""
    steps = {"anomalous": curve.true_positives, "normal": curve.false_positives}
    counts = {f"pixels {name}": np.diff(sums, prepend=0)[::-1] for name, sums in steps.items()}
    return {"pixels thresholds": curve.thresholds[::-1], **counts}
