"""The picture for people: what is drawn where, and that the camera's own picture stays as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mgcda_core.frame import Hazard, HazardState, Status
from mgcda_core.overlay import HAZARD_COLOUR, STATE_COLOURS, STATUS_COLOURS, draw_overlay


def hazard(box: tuple[int, int, int, int], **other: object) -> Hazard:
    outline = np.array([(box[0], box[1]), (box[2] - 1, box[3] - 1)], np.float32)
    return Hazard(1, box, outline, 0.75, 100, **other)


@pytest.fixture
def image(make_picture: Callable) -> np.ndarray:
    return make_picture(120, 200)


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.name)
def test_the_status_is_the_colour_of_the_top_row(image: np.ndarray, status: Status) -> None:
    drawn = draw_overlay(image, (), status, "all is well")
    assert (drawn[0] == STATUS_COLOURS[status]).all()


def test_every_status_has_a_colour_of_its_own() -> None:
    assert set(STATUS_COLOURS) == set(Status)
    assert len(set(STATUS_COLOURS.values())) == len(Status)


def test_without_hazards_only_the_line_on_top_is_drawn(image: np.ndarray) -> None:
    drawn = draw_overlay(image, (), Status.OK, "clear", probability=np.zeros(image.shape[:2], np.float32))
    assert drawn.shape == image.shape and drawn.dtype == np.uint8
    assert np.array_equal(drawn[15:], image[15:])


def test_the_picture_given_is_left_as_it_was_even_if_it_may_not_be_written(image: np.ndarray) -> None:
    before = image.copy()
    image.setflags(write=False)
    probability = np.full(image.shape[:2], 0.9, np.float32)
    drawn = draw_overlay(image, [hazard((50, 40, 90, 80))], Status.DEGRADED, "dark", probability=probability)
    assert np.array_equal(image, before)
    assert not np.shares_memory(drawn, image)


@pytest.mark.parametrize("state", list(HazardState), ids=lambda state: state.name)
def test_a_hazard_is_framed_just_outside_its_box(image: np.ndarray, state: HazardState) -> None:
    drawn = draw_overlay(image, [hazard((50, 60, 90, 100), state=state)], Status.OK, "")
    for row, column in ((59, 70), (100, 70), (80, 49), (80, 90)):
        assert tuple(drawn[row, column]) == STATE_COLOURS[state]
    assert np.array_equal(drawn[60:100, 50:90], image[60:100, 50:90]), "what is in the box stays to be seen"


def test_only_what_exceeds_the_threshold_is_tinted(image: np.ndarray) -> None:
    probability = np.zeros(image.shape[:2], np.float32)
    probability[60:80, 30:50] = 0.9
    probability[90:95, 120:130] = 0.7
    probability[60:64, 30:34] = 0.6  # a hole in the first block: equal is not above
    above = probability > np.float32(0.6)
    drawn = draw_overlay(image, (), Status.OK, "", probability=probability, tint_above=0.6)
    expected = (image.astype(float) + HAZARD_COLOUR) / 2
    np.testing.assert_allclose(drawn[above], expected[above], atol=1)
    assert np.array_equal(drawn[15:][~above[15:]], image[15:][~above[15:]])


def test_the_distance_is_told_where_it_is_known(image: np.ndarray) -> None:
    box = (50, 60, 90, 100)
    without, with_ = (draw_overlay(image, [hazard(box, distance_m=metres)], Status.OK, "") for metres in (None, 14.0))
    changed = (without != with_).any(axis=-1)
    assert changed.any() and not changed[60:].any()


@pytest.mark.parametrize("box", [(0, 0, 200, 120), (0, 0, 1, 1), (199, 119, 200, 120)], ids=["all", "first", "last"])
def test_a_hazard_at_the_border_is_drawn(image: np.ndarray, box: tuple[int, int, int, int]) -> None:
    drawn = draw_overlay(image, [hazard(box)], Status.OK, "x" * 300)
    assert (drawn[0] == STATUS_COLOURS[Status.OK]).all()
