"""Which hazard of this frame is which one of the frames before: by position on the ground and by boxes that overlap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from mgcda_core.hazards.ground_filter import determinants, squared_deviations
from mgcda_core.hazards.track_settings import TrackSettings

_MARGIN_SHARE = 0.25
_MARGIN_PX = 4.0
"""Boxes are grown by both on every side before they are compared: small ones move by more than their size."""


class Estimates(NamedTuple):
    """Where N hazards are, predicted or measured.

    boxes_px: float64 (N, 4), (x_min, y_min, x_max, y_max). positions_m: float64 (N, 2), base frame, NaN where not
    known. covariances: float64 (N, 2, 2), square metres.
    """

    boxes_px: np.ndarray
    positions_m: np.ndarray
    covariances: np.ndarray


def associate(predicted: Estimates, measured: Estimates, settings: TrackSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs (K,), (K,) of rows of predicted and measured that are the same hazards, each row at most once.

    Of all ways to pair them it is the one with the largest sum of affinities, not the one with the most pairs: a good
    match is not given up for two that are barely allowed.
    """
    affinity = affinities(predicted, measured, settings)
    rows, columns = linear_sum_assignment(affinity, maximize=True)
    allowed = affinity[rows, columns] > 0
    return rows[allowed], columns[allowed]


def affinities(predicted: Estimates, measured: Estimates, settings: TrackSettings) -> np.ndarray:
    """Return how much each pair speaks for being the same, float64 (predicted, measured) in [0, 1]; 0 is refused.

    Two positions must lie within maximum_deviation of each other (Mahalanobis distance); then it is the mean of their
    likelihood and the overlap of the boxes. Without two positions it is the overlap, which must reach minimum_overlap.
    """
    overlap = box_overlaps(predicted.boxes_px, measured.boxes_px)
    offset = measured.positions_m[None] - predicted.positions_m[:, None]
    spread = predicted.covariances[:, None] + measured.covariances[None]
    deviation = squared_deviations(offset, spread)
    # Relative to that of a hazard whose place is known exactly: one that was lost must not win over one in sight
    # because it may be anywhere.
    likelihood = np.exp(-deviation / 2) * np.sqrt(determinants(measured.covariances) / determinants(spread))
    by_place = np.where(deviation <= settings.maximum_deviation**2, (likelihood + overlap) / 2, 0.0)
    by_box = np.where(overlap >= settings.minimum_overlap, overlap, 0.0)
    return np.where(np.isnan(deviation), by_box, by_place)


def box_overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return intersection over union, float64 (N, M) in [0, 1], of boxes (N, 4) and others (M, 4) grown by a margin."""
    return intersection_over_union(_grown(boxes), _grown(others))


def intersection_over_union(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return it for every pair, float64 (N, M) in [0, 1], of boxes (N, 4) and others (M, 4) with areas above 0."""
    boxes, others = boxes[:, None], others[None]
    sides = np.minimum(boxes[..., 2:], others[..., 2:]) - np.maximum(boxes[..., :2], others[..., :2])
    sides = np.maximum(sides, 0)
    shared = sides[..., 0] * sides[..., 1]
    return shared / (_areas(boxes) + _areas(others) - shared)


def _grown(boxes: np.ndarray) -> np.ndarray:
    margin = _MARGIN_SHARE * (boxes[:, 2:] - boxes[:, :2]) + _MARGIN_PX
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
