"""What counts as a position: a hazard that lacks any part of it could stand anywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mgcda_core.frame import Hazard
from mgcda_core.hazards.position import has_position

LOCATED = Hazard(1, (0, 0, 2, 2), np.zeros((4, 2), np.float32), 0.9, 4, None, np.ones((3, 3)), 1.4, 0.2, width_m=1.0)


def test_footprint_distance_and_its_deviation_are_a_position() -> None:
    assert has_position(LOCATED)


@pytest.mark.parametrize(
    "lacking",
    [
        {"footprint_m": None},
        {"footprint_m": np.empty((0, 3))},
        {"footprint_m": np.array([[1.0, np.nan, 0.0]])},
        {"distance_m": None},
        {"distance_m": np.inf},
        {"distance_sigma_m": None},
        {"distance_sigma_m": np.nan},
    ],
    ids=str,
)
def test_without_a_part_or_with_one_that_is_not_finite_it_is_none(lacking: dict) -> None:
    assert not has_position(replace(LOCATED, **lacking))
