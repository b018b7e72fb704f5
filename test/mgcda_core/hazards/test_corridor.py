"""Distances in the corridor against a linear program, and what may never look like a clear road."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from mgcda_core.frame import Hazard, HazardState
from mgcda_core.hazards.corridor import CorridorSettings, stop_distance

CORRIDOR = CorridorSettings(width_m=1.8, front_m=3.5, margin_m=0.2)
HALF_M = 1.1


def hazard(
    footprint: list | np.ndarray | None,
    state: HazardState = HazardState.CONFIRMED,
    sigma: float | None = 0.5,
    on_road: float = 1.0,
) -> Hazard:
    if footprint is not None:
        footprint = np.array([[*point, 0.0] for point in footprint], np.float64).reshape(-1, 3)
    outline = np.zeros((1, 2), np.float32)
    return Hazard(1, (0, 0, 1, 1), outline, 0.9, 1, on_road, footprint, 10.0, sigma, state=state)


def square(x: float, y: float) -> list:
    """Return a footprint of 1 m by 1 m around a point."""
    return [(x - 0.5, y - 0.5), (x + 0.5, y - 0.5), (x + 0.5, y + 0.5), (x - 0.5, y + 0.5)]


def distance(*hazards: Hazard) -> float:
    return stop_distance(hazards, CORRIDOR)


def test_nothing_in_it_is_clear() -> None:
    assert distance() == math.inf
    assert distance(hazard(square(20, 1.7)), hazard(square(20, -1.7))) == math.inf


def test_the_nearest_one_that_touches_it_counts() -> None:
    found = distance(hazard(square(30, 0)), hazard(square(20, 1.5)), hazard(square(9, 4)))
    assert found == pytest.approx(20 - 0.5 - 3.5)


def test_it_is_as_wide_as_the_vehicle_and_its_margins() -> None:
    for side in (-1, 1):
        assert distance(hazard(square(20, side * 1.59))) == pytest.approx(16.0)
        assert distance(hazard(square(20, side * 1.61))) == math.inf


def test_tentative_ones_do_not_count_even_without_a_position() -> None:
    assert distance(hazard(square(20, 0), HazardState.TENTATIVE), hazard(None, HazardState.TENTATIVE)) == math.inf


def test_a_coasting_one_is_held_nearer_by_its_sigma() -> None:
    assert distance(hazard(square(20, 0), HazardState.COASTING, 2.5)) == pytest.approx(16.0 - 2.5)
    assert distance(hazard(square(20, 0), HazardState.COASTING, 99.0)) == 0.0
    assert distance(hazard(square(20, 5), HazardState.COASTING, 99.0)) == math.inf


def test_one_under_the_vehicle_is_at_0_and_one_behind_it_was_passed() -> None:
    assert distance(hazard(square(2, 0))) == 0.0
    assert distance(hazard(square(0.2, 0))) == 0.0
    assert distance(hazard(square(-0.6, 0))) == math.inf


@pytest.mark.parametrize("state", [HazardState.CONFIRMED, HazardState.COASTING])
@pytest.mark.parametrize(
    "footprint",
    [None, [], [(math.nan, 0.0), (9.0, 0.0)], [(9.0, math.nan)], [(math.inf, 50.0)], [(9.0, 50.0), (9.0, math.nan)]],
    ids=["none", "empty", "x NaN", "y NaN", "infinite", "one of two"],
)
@pytest.mark.parametrize("on_road", [0.0, 1.0])
def test_one_without_a_place_is_never_a_clear_road(footprint: list | None, state: HazardState, on_road: float) -> None:
    lost = hazard(footprint, state, on_road=on_road)
    for others in ([], [hazard(square(6, 0))], [hazard(square(20, 9))]):
        assert math.isnan(distance(lost, *others)) and math.isnan(distance(*others, lost))


@pytest.mark.parametrize("sigma", [None, math.nan, math.inf])
def test_a_coasting_one_that_may_be_anywhere_is_never_a_clear_road(sigma: float | None) -> None:
    assert math.isnan(distance(hazard(square(20, 0), HazardState.COASTING, sigma)))
    assert math.isnan(distance(hazard(square(20, 9), HazardState.COASTING, sigma)))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**20), st.integers(1, 8))
def test_convex_footprints_agree_with_a_linear_program(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, rng.uniform(0.2, 5), (count, 2)) + rng.uniform([-4, -5], [15, 5])
    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    # The weights of the vertices that make the point of least x with x >= 0 and |y| <= HALF_M.
    least = linprog(
        hull[:, 0],
        A_ub=np.stack([hull[:, 1], -hull[:, 1], -hull[:, 0]]),
        b_ub=[HALF_M, HALF_M, 0],
        A_eq=np.ones((1, len(hull))),
        b_eq=[1],
    )
    expected = max(0.0, least.fun - 3.5) if least.status == 0 else math.inf
    assert distance(hazard(hull)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [("width_m", 0.0), ("width_m", math.nan), ("front_m", -0.1), ("margin_m", math.inf), ("margin_m", -1.0)],
)
def test_a_vehicle_of_no_size_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: {value} is not allowed"):
        CorridorSettings(**{"width_m": 1.8, "front_m": 3.5, name: value})
