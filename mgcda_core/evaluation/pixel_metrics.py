"""Pixel metrics of a whole set: every judged pixel of every picture on one curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mgcda_core.evaluation.curve import (
    Curve,
    area_under_roc,
    average_precision,
    best_f1,
    exact_curve,
    false_positive_rate_at,
)


class PixelMetrics(NamedTuple):
    """ap: average precision. fpr95: false positive rate at the first threshold with a recall of 0.95 or more.

    auroc: area under the ROC curve, a tie counting half. best_f1: the highest F1 of any threshold.
    best_f1_threshold: the scores strictly above it have that F1, which makes it the threshold of the components.
    The metrics are in [0, 1]; all are NaN where the set has no anomaly pixel, fpr95 and auroc also where it has no
    normal one.
    """

    ap: float
    fpr95: float
    auroc: float
    best_f1: float
    best_f1_threshold: float


def pixel_metrics(scores: np.ndarray, anomalous: np.ndarray) -> PixelMetrics:
    """Return the exact metrics, tied scores taken as one threshold (scikit-learn's definitions).

    scores: float32 (N,), higher is more anomalous. anomalous: bool (N,). Raises ValueError on NaN or other shapes.
    Takes 12 bytes a pixel where most scores are tied, 52 where none are; streaming.py needs the same for any number.
    """
    if scores.shape != anomalous.shape or scores.ndim != 1:
        raise ValueError(f"scores {scores.shape} and labels {anomalous.shape} must be flat and of one length")
    if np.isnan(scores).any():
        raise ValueError("scores hold NaN; a score map that could not be computed cannot be evaluated")
    anomalous = anomalous.astype(bool, copy=False)
    return metrics_of(exact_curve(scores[~anomalous], scores[anomalous]))


def metrics_of(curve: Curve) -> PixelMetrics:
    """Return the metrics of a curve, however its points were counted."""
    return PixelMetrics(
        average_precision(curve), false_positive_rate_at(curve, 0.95), area_under_roc(curve), *best_f1(curve)
    )
