"""Precision, recall and false positive rate as the threshold is lowered: what every pixel metric is read from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """Counts at falling thresholds, each including those before it; no points where there is no pixel.

    thresholds: float (K,), strictly exceeded by the scores that are called anomalous at that point.
    true_positives, false_positives: int64 (K,), pixels called anomalous rightly and wrongly; at the last point, all.
    """

    thresholds: np.ndarray
    true_positives: np.ndarray
    false_positives: np.ndarray

    @property
    def positives(self) -> int:
        """Return how many pixels are anomalous."""
        return int(self.true_positives[-1]) if len(self.true_positives) else 0

    @property
    def negatives(self) -> int:
        """Return how many pixels are normal."""
        return int(self.false_positives[-1]) if len(self.false_positives) else 0

    @property
    def precision(self) -> np.ndarray:
        """Return the anomalous share of the pixels called anomalous, float64 (K,)."""
        return self.true_positives / (self.true_positives + self.false_positives)

    @property
    def recall(self) -> np.ndarray:
        """Return the share of the anomalous pixels called so, float64 (K,); without anomalous pixels, NaN."""
        return _share(self.true_positives, self.positives)

    @property
    def false_positive_rate(self) -> np.ndarray:
        """Return the share of the normal pixels called anomalous, float64 (K,); without normal pixels, NaN."""
        return _share(self.false_positives, self.negatives)


def exact_curve(normal: np.ndarray, anomalous: np.ndarray) -> Curve:
    """Return the curve with a point for each distinct score: tied scores are one point.

    normal, anomalous: float (N,) and (M,), the scores of the pixels of each kind, without NaN.
    """
    ordered = np.sort(np.concatenate([normal, anomalous]))
    # Compared, not subtracted: infinity minus infinity is not zero.
    first_of_tie = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    starts = np.flatnonzero(first_of_tie)[::-1]
    levels = ordered[starts]
    true_positives = len(anomalous) - np.searchsorted(np.sort(anomalous), levels)
    return Curve(just_below(levels), true_positives, len(ordered) - starts - true_positives)


def just_below(levels: np.ndarray) -> np.ndarray:
    """Return the thresholds that these scores, and no lower ones, exceed strictly; nothing lies below -infinity."""
    with np.errstate(over="ignore"):  # below the least number lies minus infinity
        return np.nextafter(levels, levels.dtype.type(-np.inf))


def average_precision(curve: Curve) -> float:
    """Return the sum of recall gained times precision, in [0, 1]; NaN without anomalous pixels (scikit-learn's AP)."""
    if not curve.positives:
        return float("nan")
    return float(np.sum(np.diff(curve.recall, prepend=0.0) * curve.precision))


def false_positive_rate_at(curve: Curve, recall: float) -> float:
    """Return the false positive rate at the first point with this recall or more; NaN where a kind is missing."""
    if not (curve.positives and curve.negatives):
        return float("nan")
    return float(curve.false_positives[np.searchsorted(curve.recall, recall)] / curve.negatives)


def area_under_roc(curve: Curve) -> float:
    """Return the area under recall over false positive rate, by trapezoids from (0, 0); NaN where a kind is missing."""
    if not (curve.positives and curve.negatives):
        return float("nan")
    recall = np.append(0.0, curve.recall)
    return float(np.sum(np.diff(curve.false_positive_rate, prepend=0.0) * (recall[1:] + recall[:-1]) / 2))


def best_f1(curve: Curve) -> tuple[float, float]:
    """Return the best F1 and the highest threshold that reaches it; both NaN without anomalous pixels."""
    if not curve.positives:
        return float("nan"), float("nan")
    predicted = curve.true_positives + curve.false_positives
    f1 = 2 * curve.true_positives / (predicted + curve.positives)
    best = int(np.argmax(f1))
    return float(f1[best]), float(curve.thresholds[best])


def thinned(curve: Curve, count: int) -> Curve:
    """Return about count points in even steps of recall and of false positives, and the last: enough to draw."""
    steps = [
        np.searchsorted(counts, np.linspace(0, counts[-1], count // 2))
        for counts in (curve.true_positives, curve.false_positives)
        if len(counts)
    ]
    kept = np.unique(np.concatenate([*steps, np.arange(len(curve.thresholds))[-1:]]))
    return Curve(*(values[kept] for values in curve))


def _share(counts: np.ndarray, total: int) -> np.ndarray:
    return counts / total if total else np.full(len(counts), np.nan)
