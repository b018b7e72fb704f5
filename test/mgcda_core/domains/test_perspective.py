"""The road plane: sizes follow the closed form, and what stands nearer is known by its foot."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.domains.perspective import foot_rows, road_plane
from mgcda_core.simulation.pinhole import make_view, project

ROAD, SKY, CAR = (class_mask([name]) for name in ("road", "sky", "car"))


def test_heights_are_those_of_a_pinhole_camera_over_flat_ground() -> None:
    """Against the renderer's projection: level camera, objects at three distances and of three heights."""
    view = make_view(640, 480, 60.0, 1.5, 0.0)
    allowed = np.full((480, 640), SKY, np.int32)
    allowed[250:] = ROAD
    plane = road_plane(allowed)
    off = plane.horizon - view.horizon_row
    for distance in (6.0, 15.0, 40.0):
        for metres in (0.2, 1.0, 2.5):
            foot, head = project(view, np.array([[distance, 0, 0], [distance, 0, metres]]))[0]
            expected = foot[1] - head[1]
            assert plane.height_px(foot[1] + off, metres / 1.5) == pytest.approx(expected, rel=1e-6)
            assert plane.row_for(expected, metres / 1.5) == pytest.approx(foot[1] + off, rel=1e-6)


def test_a_picture_without_road_has_no_plane() -> None:
    assert road_plane(np.full((20, 30), SKY, np.int32)) is None


def test_rows_and_columns_are_drawn_from_the_road() -> None:
    allowed = np.full((60, 80), SKY, np.int32)
    allowed[30:50, 10:40] = ROAD
    plane = road_plane(allowed)
    rng = np.random.default_rng(0)
    places = [(row := plane.draw_row(rng), plane.draw_column(rng, row)) for _ in range(300)]
    assert all(allowed[place] == ROAD for place in places)
    far, near = (np.mean([plane.draw_row(rng, nearness) for _ in range(400)]) for nearness in (4.0, 0.5))
    assert far < 36 and near > 41


def test_a_pixel_belongs_where_its_thing_meets_the_ground() -> None:
    allowed = np.full((40, 10), SKY, np.int32)
    allowed[20:] = ROAD
    allowed[12:30, 4] = CAR
    allowed[36:, 7] = 0
    feet = foot_rows(allowed)
    assert (feet[:12] == 0).all(), "the sky stands nowhere"
    assert (feet[12:30, 4] == 30).all()
    assert np.array_equal(feet[20:36, 2], np.arange(20, 36))
    assert (feet[36:, 7] == 80).all(), "the bonnet, cut by the picture's border, is the nearest of all"
