"""Footprints as points: all of them inside, none of the ground inside far from one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull, cKDTree

from mgcda_core.hazards.ground_points import MOST_POINTS, footprint_points

SQUARE = np.array([[10.0, -0.5, 0.2], [11.0, -0.5, 0.2], [11.0, 0.5, 0.2], [10.0, 0.5, 0.2]])
NOTCHED = np.array([[5.0, 1, 0], [8, 1, 0], [8, -1, 0], [6.5, -1, 0], [6.5, 0.5, 0], [5, 0.5, 0]])


def outside_by(points: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """Return how far points (P, 2) lie outside of a footprint, one of its sides after the other."""
    inside, nearest = np.zeros(len(points), bool), np.full(len(points), np.inf)
    x, y = points.T
    for (ax, ay), (bx, by) in zip(footprint[:, :2], np.roll(footprint[:, :2], -1, axis=0), strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) / (by - ay) * (bx - ax))
        length = (bx - ax) ** 2 + (by - ay) ** 2
        share = 0.0 if length == 0 else np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)))
    return np.where(inside, 0.0, nearest)


def ground_inside(footprint: np.ndarray, spacing: float) -> np.ndarray:
    """Return places (N, 2) in a footprint, in steps of a third of a spacing."""
    (x_min, y_min), (x_max, y_max) = footprint[:, :2].min(axis=0), footprint[:, :2].max(axis=0)
    x, y = np.meshgrid(np.arange(x_min, x_max, spacing / 3), np.arange(y_min, y_max, spacing / 3))
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    return places[outside_by(places, footprint) == 0]


@pytest.mark.parametrize("footprint", [SQUARE, NOTCHED], ids=["square", "notched"])
@pytest.mark.parametrize("spacing", [0.1, 0.23])
def test_points_lie_inside_and_leave_no_ground_out(footprint: np.ndarray, spacing: float) -> None:
    points, owner = footprint_points([footprint], spacing)
    assert set(owner.tolist()) == {0}
    assert outside_by(points[:, :2], footprint).max() < 1e-9
    assert cKDTree(points[:, :2]).query(ground_inside(footprint, spacing))[0].max() <= np.sqrt(0.75) * spacing + 1e-9
    np.testing.assert_array_equal(points[:, 2], footprint[0, 2])


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 3), st.floats(-2, 2)), min_size=4, max_size=12, unique=True),
        min_size=1,
        max_size=4,
    )
)
def test_every_footprint_has_its_points_and_no_others(clouds: list[list[tuple[float, float]]]) -> None:
    footprints = []
    for number, cloud in enumerate(clouds):
        corners = np.round(np.array(cloud), 3) + (10.0 * number, 0.0)
        if np.linalg.matrix_rank(corners - corners[0], tol=1e-2) == 2:
            hull = corners[ConvexHull(corners).vertices]
            footprints.append(np.column_stack([hull, np.full(len(hull), number)]))
    points, owner = footprint_points(footprints, 0.2)
    for number, footprint in enumerate(footprints):
        own = points[owner == number]
        assert outside_by(own[:, :2], footprint).max() < 1e-9
        places = np.concatenate([ground_inside(footprint, 0.2), footprint[:, :2]])
        assert cKDTree(own[:, :2]).query(places)[0].max() <= np.sqrt(0.75) * 0.2 + 1e-9
        assert set(own[:, 2]) == {footprint[0, 2]}


def test_outline_has_every_corner_and_no_gap_wider_than_the_spacing() -> None:
    points, _ = footprint_points([SQUARE], 0.3)
    outline = points[: 4 * 4]  # a side of 1 m in four steps of 0.25 m
    np.testing.assert_allclose(outline[::4], SQUARE)
    steps = np.linalg.norm(np.roll(outline, -1, axis=0) - outline, axis=1)
    np.testing.assert_allclose(steps, 0.25)


def test_footprint_of_one_corner_is_one_point() -> None:
    points, owner = footprint_points([SQUARE[:1], SQUARE], 0.1)
    np.testing.assert_array_equal(points[owner == 0], SQUARE[:1])


def test_no_footprints_no_points() -> None:
    points, owner = footprint_points([], 0.1)
    assert (points.shape, owner.shape) == ((0, 3), (0,))


def arc(distance: float, width: float, depth: float) -> np.ndarray:
    """Return the footprint of something that wide and deep across the line of sight, 8 corners on either side."""
    azimuth = np.linspace(0.5, -0.5, 8) * width / distance
    towards = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(8)], axis=1)
    return np.concatenate([towards * distance, towards[::-1] * (distance + depth)])


HUGE = [
    arc(80, 120, 3),
    arc(60, 100, 20),
    SQUARE * (1000, 1000, 1),
    np.array([[0.0, 0, 0], [500, 500, 0], [490, 510, 0]]),
]
NEEDLE = np.array([[0.0, 0, 0], [5000, 0, 0], [0, 0.1, 0]])
COMB = np.array([[x, y, 0.0] for x in range(0, 400, 2) for y in ((0, 300) if x % 4 else (300, 0))])


@pytest.mark.parametrize("spacing", [0.01, 0.1])
@pytest.mark.parametrize("footprints", [*([each] for each in (*HUGE, NEEDLE, COMB)), [*HUGE, NEEDLE, SQUARE] * 40])
def test_however_large_the_footprints_there_is_a_bound_and_their_outlines_come_first(
    footprints: list[np.ndarray], spacing: float
) -> None:
    points, owner = footprint_points(footprints, spacing)
    corners = sum(map(len, footprints))
    on = int(np.flatnonzero(np.diff(owner) < 0)[0]) + 1 if len(footprints) > 1 else None
    assert len(points) <= 2 * MOST_POINTS + corners
    assert set(owner.tolist()) == set(range(len(footprints)))
    if on is not None:
        assert on <= MOST_POINTS + corners and len(points) - on <= MOST_POINTS


@pytest.mark.parametrize("footprint", HUGE)
def test_the_points_of_a_huge_footprint_are_as_far_apart_as_its_share_allows(footprint: np.ndarray) -> None:
    points, owner = footprint_points([footprint, *[SQUARE] * 19], 0.05)
    share = MOST_POINTS / 20
    own, other = points[owner == 0], points[owner == 1]
    assert cKDTree(other).query(footprint_points([SQUARE], 0.05)[0])[0].max() < 1e-9, "others go without nothing"

    ring = np.concatenate([footprint, footprint[:1]])
    length = np.linalg.norm(np.diff(ring, axis=0), axis=1).sum()
    outline = np.concatenate([np.linspace(a, b, 2000) for a, b in zip(ring[:-1], ring[1:], strict=True)])
    assert cKDTree(own).query(outline)[0].max() <= max(0.05, length / share) / 2 + 1e-6
    assert outside_by(own[:, :2], footprint).max() < 1e-6

    width, height = np.ptp(footprint[:, :2], axis=0)
    widest = max(0.05, length / share, 1.05 * np.sqrt(width * height / share) + (width + height) / share)
    places = ground_inside(footprint, max(widest, length / 300))
    assert len(places) > 10
    for place in places:
        assert np.linalg.norm(own[:, :2] - place, axis=1).min() <= np.sqrt(0.75) * widest
