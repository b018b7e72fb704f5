"""No road: not for one frame, not for a short time, and never where nothing is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgcda_core.frame import Frame
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.monitoring.road import drivable_share

ROAD = 3


def classes(road_share: float) -> np.ndarray:
    """Return classes (360, 640) with road only above the middle and in that share of the lower half."""
    semantics = np.full((360, 640), 1, np.uint8)
    semantics[:180] = ROAD
    semantics[180:, : round(road_share * 640)] = ROAD
    return semantics


def shown(
    drive_pictures: Callable, make_score_map: Callable, maps: list[np.ndarray | None], drivable: tuple = (ROAD,)
) -> list[tuple[str, ...]]:
    monitor = PictureMonitor()
    return [
        monitor.problems(Frame(picture, (1 + index) * 300_000_000, ""), make_score_map(semantics), drivable)
        for index, (picture, semantics) in enumerate(zip(drive_pictures(11, len(maps)), maps, strict=True))
    ]


def test_scene_without_a_road_is_named_once_it_lasts(drive_pictures: Callable, make_score_map: Callable) -> None:
    said = shown(drive_pictures, make_score_map, [classes(0.0)] * 7)
    assert said[:4] == [()] * 4  # five frames, 0.3 s apart, are 1.2 s
    for problems in said[4:]:
        (problem,) = problems
        assert "no road is seen" in problem and "0.0%" in problem and "1.0% or more" in problem


def test_something_large_just_ahead_hides_the_road_for_a_while(
    drive_pictures: Callable, make_score_map: Callable
) -> None:
    maps = ([classes(0.0)] * 4 + [classes(0.1)]) * 4
    assert shown(drive_pictures, make_score_map, maps) == [()] * 20


@pytest.mark.parametrize(("maps", "drivable"), [([None] * 8, (ROAD,)), ([classes(0.0)] * 8, ())])
def test_nothing_is_said_where_nothing_is_known(
    drive_pictures: Callable, make_score_map: Callable, maps: list, drivable: tuple
) -> None:
    assert shown(drive_pictures, make_score_map, maps, drivable) == [()] * 8


@given(st.integers(2, 200), st.integers(2, 200), st.integers(0, 2**31))
def test_share_is_that_of_the_lower_half(height: int, width: int, seed: int) -> None:
    semantics = np.random.default_rng(seed).integers(0, 5, (height, width), np.uint8)
    lower = semantics[height // 2 :]
    expected = np.mean([value in (1, 3) for value in lower.ravel()])
    rows, columns = lower.shape
    # Of n samples a share is off by less than 0.5 / sqrt(n) mostly, and hardly ever by five times that.
    samples = min(rows, 36) * min(columns, 64)
    tolerance = 0.0 if rows < 72 and columns < 128 else 2.5 / samples**0.5
    assert drivable_share(semantics, (1, 3)) == pytest.approx(expected, abs=tolerance)
