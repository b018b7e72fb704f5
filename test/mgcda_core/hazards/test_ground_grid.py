"""The grid of the ground, against a slow drawing of the same, and over time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path
from scipy.spatial import cKDTree

from mgcda_core.frame import Hazard
from mgcda_core.hazards.ground_grid import UNKNOWN, GridSettings, occupancy, updated

SMALL = GridSettings(resolution_m=0.5, ahead_m=10.0, behind_m=2.0, aside_m=4.0, decay_s=2.0)
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Shift:
    """A vehicle that drove straight on."""

    forward_m: float

    def moved(self, points: np.ndarray) -> np.ndarray:
        return points - (self.forward_m, 0.0, 0.0)


def hazard_of(corners: list[tuple[float, float]], score: float = 0.8, number: int = 1) -> Hazard:
    footprint = np.array([(x, y, 0.0) for x, y in corners])
    return Hazard(number, (0, 0, 2, 2), np.zeros((4, 2), np.float32), score, 4, None, footprint, 1.0, 0.1)


def rectangle(x: float, y: float, length: float = 1.0, width: float = 1.0) -> list[tuple[float, float]]:
    return [(x, y), (x + length, y), (x + length, y + width), (x, y + width)]


def drawn(*hazards: Hazard, settings: GridSettings = SMALL) -> np.ndarray:
    return occupancy(updated(None, hazards, 0, settings, None), settings)


def middles() -> np.ndarray:
    """Return the middle (x, y) of every cell of SMALL, (rows, columns, 2), metres."""
    return np.stack(np.meshgrid(np.arange(-1.75, 10, 0.5), np.arange(-3.75, 4, 0.5)), axis=-1)


def test_cell_0_0_is_behind_and_to_the_right_and_columns_run_forward() -> None:
    grid = drawn(hazard_of(rectangle(3.1, 1.1, 0.8, 0.3)))
    assert (grid.shape, grid.dtype) == ((16, 24), np.int8)
    assert set(map(tuple, middles()[grid != UNKNOWN].tolist())) == {(3.25, 1.25), (3.75, 1.25)}


@settings(deadline=None)
@given(
    st.tuples(st.floats(-1, 9), st.floats(-3, 3)),
    st.lists(st.tuples(st.floats(0.2, 3), st.floats(0, 2 * math.pi)), min_size=3, max_size=9),
)
def test_cells_within_a_footprint_and_along_its_outline_are_occupied_and_no_others(
    middle: tuple[float, float], spokes: list[tuple[float, float]]
) -> None:
    ordered = sorted(spokes, key=lambda spoke: spoke[1])
    corners = [(middle[0] + r * math.cos(a), middle[1] + r * math.sin(a)) for r, a in ordered]
    grid = drawn(hazard_of(corners))
    outline = Path([*corners, corners[0]], closed=True)
    dense = np.concatenate([np.linspace(a, b, 200) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)])
    centres = middles().reshape(-1, 2)
    away = cKDTree(dense).query(centres)[0].reshape(grid.shape)
    within = outline.contains_points(centres).reshape(grid.shape)
    half_diagonal = 0.25 * math.sqrt(2) + 1e-9
    assert (grid[within & (away > 1e-9)] == 80).all()
    assert (grid[~within & (away > half_diagonal + 0.02)] == UNKNOWN).all()
    on_grid = dense[((dense > (-1.75, -3.75)) & (dense < (9.75, 3.75))).all(axis=1)]
    if len(on_grid):
        assert cKDTree(centres[(grid == 80).ravel()]).query(on_grid)[0].max() <= half_diagonal + 0.25


def test_footprint_smaller_than_a_cell_is_not_lost_and_one_beside_the_grid_is_not_drawn() -> None:
    assert (drawn(hazard_of(rectangle(3.2, 1.2, 0.05, 0.05))) != UNKNOWN).sum() == 1
    assert (drawn(hazard_of(rectangle(50.0, 1.2))) == UNKNOWN).all()
    assert (drawn(hazard_of(rectangle(8.0, -9.0, 5.0, 18.0)))[:, 21:] == 80).all()


def test_the_higher_score_wins_whatever_the_order() -> None:
    weak, strong = hazard_of(rectangle(3, 0), 0.4, 1), hazard_of(rectangle(3, 0), 0.9, 2)
    for hazards in ((weak, strong), (strong, weak)):
        assert set(drawn(*hazards)[drawn(*hazards) != UNKNOWN]) == {90}


@pytest.mark.parametrize(("score", "value"), [(1.0, 100), (0.505, 50), (0.001, 1), (0.0, 1)])
def test_no_score_reads_as_free(score: float, value: int) -> None:
    grid = drawn(hazard_of(rectangle(3, 0), score))
    assert set(grid.ravel()) == {UNKNOWN, value}


def test_hazard_that_is_gone_fades_linearly_and_is_unknown_afterwards() -> None:
    grid = updated(None, [hazard_of(rectangle(3, 0), 0.8)], 10 * SECOND, SMALL, None)
    values = []
    for step in range(1, 5):
        grid = updated(grid, [], 10 * SECOND + step * SECOND // 2, SMALL, None)
        values.append(int(occupancy(grid, SMALL).max()))
    assert values == [60, 40, 20, UNKNOWN]
    assert grid.traces == {}


def test_hazard_that_is_seen_again_leaves_nothing_where_it_was() -> None:
    grid = updated(None, [hazard_of(rectangle(3, 0))], 0, SMALL, None)
    grid = updated(grid, [hazard_of(rectangle(6, 0))], SECOND, SMALL, None)
    np.testing.assert_array_equal(occupancy(grid, SMALL), drawn(hazard_of(rectangle(6, 0))))


def test_many_small_motions_move_as_far_as_one_large() -> None:
    grid = updated(None, [hazard_of(rectangle(5.1, 0.1), 0.8)], 0, SMALL, None)
    for step in range(1, 101):
        grid = updated(grid, [], step * SECOND // 100, SMALL, Shift(0.03))
    expected = drawn(hazard_of(rectangle(2.1, 0.1), 0.4))
    np.testing.assert_array_equal(occupancy(grid, SMALL), expected)


def test_without_motion_it_stays_where_it_was_in_the_base_frame() -> None:
    grid = updated(None, [hazard_of(rectangle(5, 0), 0.8)], 0, SMALL, None)
    np.testing.assert_array_equal(
        occupancy(updated(grid, [], SECOND, SMALL, None), SMALL), drawn(hazard_of(rectangle(5, 0), 0.4))
    )


def test_stamps_that_go_back_forget_all() -> None:
    grid = updated(None, [hazard_of(rectangle(5, 0))], 5 * SECOND, SMALL, None)
    assert updated(grid, [], 4 * SECOND, SMALL, None).traces == {}


def test_without_decay_only_this_frame_counts() -> None:
    settings = replace(SMALL, decay_s=0.0)
    grid = updated(None, [hazard_of(rectangle(5, 0))], 0, settings, None)
    assert occupancy(grid, settings).max() == 80
    assert updated(grid, [], 1, settings, None).traces == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution_m", 0.0),
        ("resolution_m", 0.001),
        ("ahead_m", math.inf),
        ("behind_m", -1.0),
        ("aside_m", math.nan),
        ("decay_s", -0.1),
    ],
)
def test_wrong_setting_is_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{name}: {value} is not allowed; it must be "):
        GridSettings(**{name: value})
