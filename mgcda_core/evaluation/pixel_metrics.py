"""Pixel metrics of a whole set: every judged pixel of every picture on one curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class PixelMetrics(NamedTuple):
    """ap: average precision. fpr95: false positive rate at the first threshold with a recall of 0.95 or more.

    Both in [0, 1]; NaN where the set has no anomaly pixel, fpr95 also where it has no normal one.
    """

    ap: float
    fpr95: float


def pixel_metrics(scores: np.ndarray, anomalous: np.ndarray) -> PixelMetrics:
    """Return exact AP and FPR95, tied scores taken as one threshold (scikit-learn's definitions).

    scores: float32 (N,), higher is more anomalous. anomalous: bool (N,). Raises ValueError on NaN or other shapes.
    """
    if scores.shape != anomalous.shape or scores.ndim != 1:
        raise ValueError(f"scores {scores.shape} and labels {anomalous.shape} must be flat and of one length")
    if np.isnan(scores).any():
        raise ValueError("scores hold NaN; a score map that could not be computed cannot be evaluated")
    order = np.argsort(scores)[::-1]
    ordered = scores[order]
    # Compared, not subtracted: infinity minus infinity is not zero.
    last_of_tie = np.append(ordered[1:] != ordered[:-1], True)[: len(scores)]
    true_positives = np.cumsum(anomalous[order])[last_of_tie]
    predicted = np.flatnonzero(last_of_tie) + 1
    positives = int(anomalous.sum())
    if positives == 0:
        return PixelMetrics(float("nan"), float("nan"))
    recall = true_positives / positives
    precision = true_positives / predicted
    ap = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    negatives = len(scores) - positives
    if negatives == 0:
        return PixelMetrics(ap, float("nan"))
    first = int(np.searchsorted(recall, 0.95))
    return PixelMetrics(ap, float((predicted - true_positives)[first] / negatives))
