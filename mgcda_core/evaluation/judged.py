"""What of a frame is judged: its scores checked, and parted by what the labels say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED, NORMAL


class Judged(NamedTuple):
    """The scores of a frame's normal and of its anomalous pixels, float32 (N,) and (M,), in the frame's order."""

    normal: np.ndarray
    anomalous: np.ndarray


def checked(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the scores as float32, after a look at both.

    scores: any real type, higher is more anomalous. labels: integers of the same shape; 0 normal, 1 anomaly, 255
    ignored. Raises ValueError on other labels, shapes that differ, or NaN, wherever in the frame it stands.
    """
    if scores.shape != labels.shape:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} must be of one shape")
    if scores.dtype.kind not in "fiub":
        raise ValueError(f"scores of type {scores.dtype} are not allowed; they must be real numbers")
    check_labels(labels)
    # The least number is NaN where any is: a fifth of the time that asking each takes.
    if scores.size and np.isnan(scores.min()):
        raise ValueError("scores hold NaN; a score map that could not be computed cannot be evaluated")
    return scores.astype(np.float32, copy=False)


def check_labels(labels: np.ndarray) -> None:
    """Raise ValueError where a label is not 0, 1 or 255."""
    if sum(np.count_nonzero(labels == value) for value in (NORMAL, ANOMALY, IGNORED)) != labels.size:
        others = set(np.unique(labels).tolist()) - {NORMAL, ANOMALY, IGNORED}
        raise ValueError(f"label values {sorted(others)} are not among 0, 1 and 255")


def judged(scores: np.ndarray, labels: np.ndarray) -> Judged:
    """Return the scores of the judged pixels by kind; raises ValueError where checked() does."""
    scores = checked(scores, labels)
    return Judged(scores[labels == NORMAL], scores[labels == ANOMALY])
