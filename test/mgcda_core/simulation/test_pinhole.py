"""The projection, against the closed form for a camera over flat ground."""

import math

import numpy as np
import pytest

from mgcda_core.simulation.pinhole import NEAR_M, clip_near, ground_rows, make_view, project

WIDTH, HEIGHT, FIELD_DEG, UP_M, PITCH_DEG = 320, 180, 60.0, 1.5, 3.0
VIEW = make_view(WIDTH, HEIGHT, FIELD_DEG, UP_M, PITCH_DEG)
FOCAL = 160 / math.tan(math.radians(30))


@pytest.mark.parametrize(("x", "y"), [(5.0, 0.0), (12.0, -2.5), (40.0, 3.0)])
def test_ground_point_projects_to_closed_form(x: float, y: float) -> None:
    pixels, depth = project(VIEW, np.array([[x, y, 0.0]]))
    below = math.atan2(UP_M, x) - math.radians(PITCH_DEG)
    expected_depth = math.hypot(x, UP_M) * math.cos(below)
    assert depth[0] == pytest.approx(expected_depth)
    assert pixels[0, 1] == pytest.approx(89.5 + FOCAL * math.tan(below))
    assert pixels[0, 0] == pytest.approx(159.5 - FOCAL * y / expected_depth)


def test_ground_rows_invert_the_projection() -> None:
    first, forward, per_pixel = ground_rows(VIEW)
    row = 140
    x = forward[row - first]
    pixels, _ = project(VIEW, np.array([[x, 10 * per_pixel[row - first], 0.0]]))
    assert pixels[0] == pytest.approx([159.5 - 10, row])


def test_first_ground_row_is_just_below_the_horizon() -> None:
    first, forward, _ = ground_rows(VIEW)
    horizon = 89.5 - FOCAL * math.tan(math.radians(PITCH_DEG))
    assert 0 < first - horizon <= 1
    assert np.all(np.diff(forward) <= 0)


def test_clipping_cuts_at_the_near_plane() -> None:
    square = np.array([[-1.0, 1.0, 4.0], [1.0, 1.0, 4.0], [1.0, 1.0, -4.0], [-1.0, 1.0, -4.0]])
    clipped = clip_near(square)
    assert clipped[:, 2].min() == pytest.approx(NEAR_M)
    assert len(clipped) == 4
    assert len(clip_near(square - (0, 0, 10))) == 0
