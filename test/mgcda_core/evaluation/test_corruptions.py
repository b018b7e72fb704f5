"""Each corruption is worse with every strength, always the same for the same picture, and leaves labels fitting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mgcda_core.evaluation.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from mgcda_core.evaluation.weather import likely_distances_m
from mgcda_core.simulation.drive import Drive

BY_CHANCE = {"fog", "rain", "dusk", "motion_blur", "lens_dirt"}


@pytest.fixture(scope="module")
def road() -> np.ndarray:
    """Return a rendered road."""
    return Drive(seed=7, width=512, height=256).render(6.0).image


@pytest.fixture(scope="module")
def other_road() -> np.ndarray:
    """Return another road, of another size."""
    return Drive(seed=11, width=400, height=240).render(2.0).image


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean difference of two pictures in grey levels."""
    return float(np.abs(first.astype(int) - second).mean())


def test_the_seven_are_there() -> None:
    assert tuple(CORRUPTIONS) == ("fog", "rain", "dusk", "over_exposure", "motion_blur", "lens_dirt", "jpeg")
    assert STRENGTHS == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_grows_with_its_strength(name: str, road: np.ndarray, other_road: np.ndarray) -> None:
    for picture_id, image in (("a", road), ("b", road), ("c", other_road)):
        distances = [distance(corrupt(image, name, strength, picture_id), image) for strength in STRENGTHS]
        assert distances[0] > 0.5 and distances[-1] > 5, distances
        assert all(after > before * 1.05 for before, after in zip(distances, distances[1:], strict=False)), distances


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_the_same_for_the_same_picture(name: str, road: np.ndarray) -> None:
    before = road.copy()
    first, again, other = (corrupt(road, name, 3, picture_id) for picture_id in ("a", "a", "b"))
    assert np.array_equal(first, again) and np.array_equal(road, before)
    assert np.array_equal(first, other) == (name not in BY_CHANCE)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("strength", [1, 5])
@pytest.mark.parametrize("fill", [None, 0, 255], ids=["textured", "black", "white"])
def test_a_corrupted_picture_is_a_picture_of_the_same_size(
    name: str, strength: int, fill: int | None, make_picture: Callable
) -> None:
    image = make_picture(45, 83) if fill is None else np.full((45, 83, 3), fill, np.uint8)
    worse = corrupt(image, name, strength, "a")
    assert worse.dtype == np.uint8 and worse.shape == image.shape and worse.flags.c_contiguous


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_nothing_moves_so_labels_still_fit(name: str) -> None:
    """The middle of a lone bright square stays where it was, at every strength, whatever the smear around it."""
    image = np.full((200, 320, 3), 60, np.uint8)
    image[120:140, 150:180] = 200
    worse = corrupt(image, name, 4, "a").astype(float).mean(axis=2)
    window = worse[100:160, 130:200] - np.median(worse[100:160, 130:200])
    window = np.where(window > 0.5 * window.max(), window, 0)
    rows, columns = np.indices(window.shape)
    centre = np.array([(rows * window).sum(), (columns * window).sum()]) / window.sum()
    if name != "lens_dirt":  # which may cover a part of the square
        np.testing.assert_allclose(centre, (29.5, 34.5), atol=1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("snow", 1), "corruption is 'snow'; allowed: fog, rain"),
        (("fog", 0), "strength is 0; allowed: 1 to 5"),
        (("fog", 6), "strength is 6; allowed: 1 to 5"),
    ],
)
def test_an_unknown_corruption_is_refused(arguments: tuple, message: str, road: np.ndarray) -> None:
    with pytest.raises(ValueError, match=message):
        corrupt(road, *arguments, "a")


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)], ids=["grey", "float"])
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(height, width, 3\) RGB"):
        corrupt(image, "jpeg", 1, "a")


def test_distance_falls_from_the_horizon_to_the_bottom_and_from_the_middle_to_the_sides() -> None:
    distances = likely_distances_m(512, 1024)
    assert distances.shape == (512, 1024) and distances.dtype == np.float32
    middle = distances[:, 512]
    assert (np.diff(middle) <= 1e-3).all() and middle[0] == pytest.approx(120) and 5 < middle[-1] < 7
    at_horizon = distances[215]
    assert (np.diff(at_horizon[512:]) <= 1e-3).all() and 15 < at_horizon[-1] < 20


def test_fog_takes_the_far_and_leaves_the_near(road: np.ndarray) -> None:
    foggy = corrupt(road, "fog", 4, "a").astype(float).mean(axis=2)
    contrast = foggy.std(axis=1) / road.astype(float).mean(axis=2).std(axis=1)
    assert contrast[115:135].mean() < 0.5 * contrast[-20:].mean()


def test_dusk_and_over_exposure_change_the_light_and_not_each_other_way_round(road: np.ndarray) -> None:
    means = [corrupt(road, name, 3, "a").mean() for name in ("dusk", "over_exposure")]
    assert means[0] < 0.5 * road.mean() < 1.3 * road.mean() < means[1]


def test_motion_blur_smears_mostly_sideways(road: np.ndarray) -> None:
    blurred = [corrupt(road, "motion_blur", 5, str(number)).astype(float) for number in range(8)]
    across = np.mean([np.abs(np.diff(image, axis=1)).mean() for image in blurred])
    down = np.mean([np.abs(np.diff(image, axis=0)).mean() for image in blurred])
    assert across < 0.8 * down
