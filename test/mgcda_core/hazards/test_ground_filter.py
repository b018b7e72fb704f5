"""The Kalman filter against matrices of NumPy, one hazard at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgcda_core.hazards.ego_motion import PlanarMotion
from mgcda_core.hazards.ground_filter import correct, measurement_covariances, predict, sigma_along

SEEDS = st.integers(0, 2**20)


def covariances(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return random positive definite matrices (count, 2, 2)."""
    root = rng.normal(size=(count, 2, 2))
    return root @ root.transpose(0, 2, 1) + 0.05 * np.eye(2)


@given(SEEDS)
def test_a_correction_adds_the_information_of_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions, measured = rng.normal(0, 10, (2, 5, 2))
    before, noise = covariances(rng, 5), covariances(rng, 5)
    found, remaining = correct(positions, before, measured, noise)
    for row in range(5):
        information = np.linalg.inv(before[row]) + np.linalg.inv(noise[row])
        weighted = np.linalg.solve(before[row], positions[row]) + np.linalg.solve(noise[row], measured[row])
        assert np.linalg.inv(information) == pytest.approx(remaining[row], abs=1e-7)
        assert np.linalg.solve(information, weighted) == pytest.approx(found[row], abs=1e-6)


@given(SEEDS, st.floats(-3, 3))
def test_a_prediction_turns_and_moves_place_and_uncertainty(seed: int, angle: float) -> None:
    rng = np.random.default_rng(seed)
    positions, before, variances = rng.normal(0, 10, (4, 2)), covariances(rng, 4), rng.uniform(0, 2, 4)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    found, after = predict(positions, before, PlanarMotion(rotation, np.array([-1.0, 0.5])), variances)
    for row in range(4):
        assert found[row] == pytest.approx(rotation @ positions[row] + [-1.0, 0.5])
        assert after[row] == pytest.approx(rotation @ before[row] @ rotation.T + variances[row] * np.eye(2))


def test_without_a_motion_only_the_uncertainty_grows() -> None:
    found, after = predict(np.array([[3.0, 4.0]]), np.eye(2)[None], None, np.array([3.0]))
    assert found.tolist() == [[3.0, 4.0]]
    assert sigma_along(found, after) == pytest.approx([2.0])


@given(SEEDS)
def test_a_measured_place_is_uncertain_along_the_line_of_sight_and_across_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions, along, across = rng.normal(0, 20, (3, 2)), rng.uniform(0.1, 5, 3), rng.uniform(0.1, 5, 3)
    found = measurement_covariances(positions, along, across)
    assert sigma_along(positions, found) == pytest.approx(along)
    for row in range(3):
        angle = math.atan2(positions[row, 1], positions[row, 0])
        axes = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        assert found[row] == pytest.approx(axes @ np.diag([along[row] ** 2, across[row] ** 2]) @ axes.T)


def test_what_is_not_known_touches_no_neighbour() -> None:
    nan = np.nan
    positions, before = np.array([[nan, nan], [5.0, 0.0], [5.0, 0.0]]), np.stack([np.eye(2)] * 3)
    measured, noise = np.array([[7.0, 0.0], [nan, nan], [7.0, 0.0]]), np.stack([2 * np.eye(2), np.eye(2), np.eye(2)])
    found, after = correct(positions, before, measured, noise)
    assert np.array_equal(found, [[7.0, 0.0], [nan, nan], [6.0, 0.0]], equal_nan=True)
    assert after[[0, 2], 0, 0].tolist() == [2.0, 0.5]
