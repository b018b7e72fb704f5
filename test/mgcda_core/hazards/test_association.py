"""Pairs against every way to pair them, affinities against SciPy's own distances and densities."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis
from scipy.stats import multivariate_normal

from mgcda_core.hazards.association import Estimates, affinities, associate, box_overlaps
from mgcda_core.hazards.track_settings import TrackSettings

SETTINGS = TrackSettings()
SEEDS = st.integers(0, 2**20)


def estimates(rng: np.random.Generator, count: int, *, known: float = 1.0) -> Estimates:
    """Return count estimates on a small patch, so that many pairs are possible; known: share with a position."""
    low = rng.uniform(0, 60, (count, 2))
    positions = rng.uniform(8, 12, (count, 2))
    positions[rng.random(count) >= known] = np.nan
    root = rng.normal(size=(count, 2, 2))
    spread = root @ root.transpose(0, 2, 1) + 0.05 * np.eye(2)
    return Estimates(np.hstack([low, low + rng.uniform(1, 40, (count, 2))]), positions, spread)


def best_sum(affinity: np.ndarray) -> float:
    """Return the largest sum of affinities over all ways to pair some rows with some columns."""
    if affinity.shape[0] > affinity.shape[1]:
        affinity = affinity.T
    rows, columns = affinity.shape
    return max(affinity[range(rows), list(order)].sum() for order in itertools.permutations(range(columns), rows))


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0]))
def test_no_other_way_to_pair_is_better(seed: int, tracks: int, hazards: int, known: float) -> None:
    rng = np.random.default_rng(seed)
    predicted, measured = estimates(rng, tracks, known=known), estimates(rng, hazards, known=known)
    affinity = affinities(predicted, measured, SETTINGS)
    rows, columns = associate(predicted, measured, SETTINGS)
    assert len(set(rows.tolist())) == len(rows) == len(set(columns.tolist()))
    assert (affinity[rows, columns] > 0).all()
    assert affinity[rows, columns].sum() == pytest.approx(best_sum(affinity) if tracks and hazards else 0)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_affinities_are_likelihood_and_overlap_inside_the_gate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, measured = estimates(rng, 4, known=0.7), estimates(rng, 4, known=0.7)
    gate = TrackSettings(maximum_deviation=1.2, minimum_overlap=0.3)
    found, overlaps = affinities(predicted, measured, gate), box_overlaps(predicted.boxes_px, measured.boxes_px)
    for row, column in itertools.product(range(4), range(4)):
        here, there = predicted.positions_m[row], measured.positions_m[column]
        overlap = overlaps[row, column]
        if np.isnan([*here, *there]).any():
            assert found[row, column] == (overlap if overlap >= 0.3 else 0)
            continue
        noise = measured.covariances[column]
        spread = predicted.covariances[row] + noise
        inside = mahalanobis(here, there, np.linalg.inv(spread)) <= 1.2
        density = multivariate_normal(here, spread).pdf(there) / multivariate_normal([0, 0], noise).pdf([0, 0])
        assert found[row, column] == pytest.approx((density + overlap) / 2 if inside else 0)


def test_overlaps_count_pixels_of_grown_boxes() -> None:
    boxes, others = np.array([[10, 10, 30, 20], [40, 30, 44, 50]]), np.array([[28, 12, 40, 40], [200, 200, 210, 210]])

    def drawn(box: np.ndarray) -> np.ndarray:
        """Return a mask in eighths of pixels, of the box grown by a quarter of its size and 4 pixels."""
        margin = (box[2:] - box[:2]) / 4 + 4
        left, top, right, bottom = np.round(8 * np.concatenate([box[:2] - margin, box[2:] + margin])).astype(int)
        mask = np.zeros((2000, 2000), bool)
        mask[max(top, 0) : bottom, max(left, 0) : right] = True
        return mask

    expected = [[(drawn(a) & drawn(b)).sum() / (drawn(a) | drawn(b)).sum() for b in others] for a in boxes]
    assert expected[0][0] > 0 and expected[0][1] == 0
    assert box_overlaps(boxes.astype(float), others.astype(float)) == pytest.approx(np.array(expected))


def test_a_good_match_is_not_given_up_for_two_poor_ones() -> None:
    boxes = np.array([[0.0, 0, 100, 100], [70.0, 0, 170, 100]])
    found = np.array([[0.0, 0, 100, 100], [-95.0, 0, 5, 100]])
    nowhere = np.full((2, 2), np.nan), np.full((2, 2, 2), np.nan)
    gate = TrackSettings(minimum_overlap=0.05)
    affinity = affinities(Estimates(boxes, *nowhere), Estimates(found, *nowhere), gate)
    assert affinity[0, 1] > 0 and affinity[1, 0] > 0 and affinity[1, 1] == 0
    rows, columns = associate(Estimates(boxes, *nowhere), Estimates(found, *nowhere), gate)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 0)]


def test_one_that_may_be_anywhere_does_not_win_over_one_in_sight() -> None:
    box = np.array([[0.0, 0, 10, 10]])
    predicted = Estimates(
        box.repeat(2, 0), np.array([[20.0, 0], [20.3, 0]]), np.stack([100 * np.eye(2), 0.1 * np.eye(2)])
    )
    rows, _ = associate(predicted, Estimates(box, np.array([[20.0, 0]]), 0.1 * np.eye(2)[None]), SETTINGS)
    assert rows.tolist() == [1]
