"""The Kalman filter against matrices of NumPy, one hazard at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgcda_core.hazards.ego_motion import PlanarMotion
from mgcda_core.hazards.ground_filter import correct, is_moving, measurement_covariances, predict, sigma_along

SEEDS = st.integers(0, 2**20)


def covariances(rng: np.random.Generator, count: int, size: int = 2) -> np.ndarray:
    """Return random positive definite matrices (count, size, size)."""
    root = rng.normal(size=(count, size, size))
    return root @ root.transpose(0, 2, 1) + 0.05 * np.eye(size)


@given(SEEDS)
def test_a_correction_adds_the_information_of_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    states, measured = rng.normal(0, 10, (5, 4)), rng.normal(0, 10, (5, 2))
    before, noise = covariances(rng, 5, 4), covariances(rng, 5)
    found, remaining = correct(states, before, measured, noise, 1.0)
    sees = np.eye(2, 4)
    for row in range(5):
        information = np.linalg.inv(before[row]) + sees.T @ np.linalg.inv(noise[row]) @ sees
        weighted = np.linalg.solve(before[row], states[row]) + sees.T @ np.linalg.solve(noise[row], measured[row])
        assert np.linalg.inv(information) == pytest.approx(remaining[row], abs=1e-6)
        assert np.linalg.solve(information, weighted) == pytest.approx(found[row], abs=1e-5)


@given(SEEDS, st.floats(-3, 3), st.floats(0.01, 2))
def test_a_prediction_turns_and_moves_state_and_uncertainty(seed: int, angle: float, seconds: float) -> None:
    """The noise is the integral of what white acceleration adds along the way, summed in small steps here."""
    rng = np.random.default_rng(seed)
    states, before, variances = rng.normal(0, 10, (4, 4)), covariances(rng, 4, 4), rng.uniform(0, 2, 4)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    motion = PlanarMotion(rotation, np.array([-1.0, 0.5]))
    found, after = predict(states, before, motion, seconds, variances, 0.7, np.ones(4, bool))
    step = np.block([[np.eye(2), seconds * np.eye(2)], [np.zeros((2, 2)), np.eye(2)]])
    turn = np.block([[rotation, np.zeros((2, 2))], [np.zeros((2, 2)), rotation]])
    times = (np.arange(1000) + 0.5) * seconds / 1000
    noise = sum(np.kron([[t * t, t], [t, 1]], np.eye(2)) for t in times) * 0.7**2 * seconds / 1000
    for row in range(4):
        assert found[row] == pytest.approx(turn @ step @ states[row] + [-1.0, 0.5, 0, 0])
        own = np.diag([variances[row], variances[row], 0, 0])
        assert after[row] == pytest.approx(turn @ (step @ before[row] @ step.T + noise) @ turn.T + own, abs=1e-5)


def test_what_stands_still_is_moved_by_the_vehicle_alone() -> None:
    motion = PlanarMotion(np.eye(2), np.array([-1.0, 0.0]))
    states = np.array([[10.0, 0.0, 3.0, 0.0]] * 2)
    found, after = predict(states, np.stack([np.eye(4)] * 2), motion, 1.0, np.zeros(2), 1.0, np.array([False, True]))
    assert found[:, 0].tolist() == [9.0, 12.0]
    assert after[0].tolist() == np.eye(4).tolist() and after[1, 0, 0] > 2


def test_without_a_motion_only_the_uncertainty_grows() -> None:
    states = np.array([[3.0, 4.0, 5.0, 0.0]])
    found, after = predict(states, np.eye(4)[None], None, 1.0, np.array([3.0]), 1.0, np.ones(1, bool))
    assert found.tolist() == [[3.0, 4.0, 5.0, 0.0]]
    assert sigma_along(found[:, :2], after[:, :2, :2]) == pytest.approx([2.0])


def test_a_velocity_is_believed_from_three_deviations_on() -> None:
    states = np.array([[0, 0, 2.9, 0], [0, 0, 3.1, 0], [0, 0, 0, -3.1], [0, 0, 0, 0], [np.nan] * 4])
    before = np.stack([np.eye(4)] * 5)
    before[3, 2:, 2:] = 0.0
    assert is_moving(states, before).tolist() == [False, True, True, False, False]


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
    states = np.array([[nan] * 4, [5.0, 0.0, 0.0, 0.0], [5.0, 0.0, 0.0, 0.0]])
    before = np.stack([np.eye(4)] * 3)
    measured, noise = np.array([[7.0, 0.0], [nan, nan], [7.0, 0.0]]), np.stack([2 * np.eye(2), np.eye(2), np.eye(2)])
    found, after = correct(states, before, measured, noise, 1.5)
    expected = [[7.0, 0.0, 0.0, 0.0], [nan, nan, 0.0, 0.0], [6.0, 0.0, 0.0, 0.0]]
    assert np.array_equal(found[:, :2], np.array(expected)[:, :2], equal_nan=True)
    assert found[[0, 2], 2:].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert after[[0, 2], 0, 0].tolist() == [2.0, 0.5]
    assert np.diag(after[0])[2:].tolist() == [1.5**2, 1.5**2], "a new one's velocity is not known"
