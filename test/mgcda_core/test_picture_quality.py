"""When a picture shows too little to judge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mgcda_core.picture_quality import picture_problem


def noisy(mean: float, deviation: float, size: tuple[int, int] = (120, 160)) -> np.ndarray:
    noise = np.random.default_rng(0).normal(mean, deviation, (*size, 1))
    return np.repeat(np.clip(noise, 0, 255), 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (noisy(0, 0), "dark"),
        (noisy(8, 3), "dark"),
        (noisy(252, 2), "over-exposed"),
        (noisy(255, 0), "over-exposed"),
        (noisy(128, 0), "no contrast"),
        (noisy(90, 2.5), "no contrast"),
    ],
    ids=["black", "night", "glare", "white", "grey", "covered"],
)
def test_a_picture_that_shows_nothing_is_named(picture: np.ndarray, problem: str) -> None:
    assert problem in picture_problem(picture)


@pytest.mark.parametrize("size", [(65, 97), (480, 640), (1080, 1920), (40, 33)], ids=str)
def test_a_street_is_fine_at_any_size(make_picture: Callable, size: tuple[int, int]) -> None:
    assert picture_problem(make_picture(*size)) is None


@pytest.mark.parametrize("mean", [30, 178])
def test_the_darkest_and_the_brightest_of_the_street_pictures_are_fine(mean: float) -> None:
    assert picture_problem(noisy(mean, 20)) is None


def test_the_limits_lie_where_they_are_said_to() -> None:
    stripes = np.zeros((120, 160, 3), np.uint8)
    for level, expected in ((20, "dark"), (30, None)):  # means of 10 and 15
        stripes[:, 80:] = level
        problem = picture_problem(stripes)
        assert (problem is None) if expected is None else (expected in problem)


def test_bright_in_one_colour_only_is_not_over_exposed() -> None:
    picture = noisy(100, 20)
    picture[..., 0] = 255
    assert picture_problem(picture) is None
