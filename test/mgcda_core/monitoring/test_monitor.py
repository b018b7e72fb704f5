"""Each fault gives its reason and no other; what is fine gives none; nothing that comes in a frame raises."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.monitoring.monitor import PictureMonitor

SEEDS = (3, 11, 29, 41)


def noisy(picture: np.ndarray, deviation: float = 1.5) -> np.ndarray:
    """Return a picture, float (H, W, 3), with the noise of a sensor on it, uint8."""
    noise = np.random.default_rng(round(float(picture.sum()) * 10) % 2**31).normal(0, deviation, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def moved(picture: np.ndarray, px: int) -> np.ndarray:
    """Return the picture smeared sideways over px pixels."""
    return cv2.blur(picture, (px, 1))


def hand(picture: np.ndarray) -> np.ndarray:
    """Return what is left of a picture behind a hand: some light, in wide patches."""
    patches = cv2.resize(cv2.resize(picture, (3, 2), interpolation=cv2.INTER_AREA), picture.shape[1::-1])
    return cv2.GaussianBlur(patches.astype(np.float32), (0, 0), 25) * 0.4 + 40


FAULTS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "night without lamps": (lambda picture: noisy(picture * 0.05), "is dark"),
    "black": (lambda picture: picture * 0, "is dark"),
    "low sun": (lambda picture: noisy(np.minimum(picture * 8.0, 255)), "over-exposed"),
    "white": (lambda picture: picture * 0 + 255, "over-exposed"),
    "bend at night": (lambda picture: noisy(moved(picture, 11)), "blurred"),
    "bumps": (lambda picture: noisy(moved(picture.transpose(1, 0, 2), 11).transpose(1, 0, 2)), "blurred"),
    "out of focus": (lambda picture: noisy(cv2.GaussianBlur(picture, (0, 0), 2.0)), "blurred"),
    "ice": (lambda picture: noisy(picture * 0.0 + 128), "lens seems covered"),
    "hand": (lambda picture: noisy(hand(picture)), "lens seems covered"),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("make", "reason"), FAULTS.values(), ids=FAULTS)
def test_fault_of_one_frame_gives_its_reason_and_no_other(
    drive_pictures: Callable,
    watch_pictures: Callable,
    make: Callable[[np.ndarray], np.ndarray],
    reason: str,
    seed: int,
) -> None:
    picture = make(drive_pictures(seed, 1)[0]).astype(np.uint8)
    for size in (picture.shape[1::-1], (960, 540)):
        ((problem,),) = watch_pictures([cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)])
        assert reason in problem
        assert any(character.isdigit() for character in problem)
        assert "limit" in problem or "needed" in problem


@pytest.mark.parametrize("seed", SEEDS)
def test_drive_has_no_fault(drive_pictures: Callable, watch_pictures: Callable, seed: int) -> None:
    road = np.full((180, 320), 3, np.uint8)
    assert watch_pictures(drive_pictures(seed, 70), semantics=road) == [()] * 70


@pytest.mark.parametrize("size", [(97, 65), (480, 270), (1920, 1080), (270, 480)], ids=str)
def test_picture_is_fine_at_any_size(drive_pictures: Callable, watch_pictures: Callable, size: tuple[int, int]) -> None:
    picture = cv2.resize(drive_pictures(11, 1)[0], size, interpolation=cv2.INTER_AREA)
    if size[0] > 320:  # enlarged it would be blurred: put together instead, as of several cameras
        tiles = (-(-size[1] // 180), -(-size[0] // 320), 1)
        picture = np.tile(drive_pictures(11, 1)[0], tiles)[: size[1], : size[0]]
    assert watch_pictures([picture]) == [()]


def test_faults_that_come_together_are_all_named(drive_pictures: Callable, watch_pictures: Callable) -> None:
    picture = noisy(moved(drive_pictures(11, 1)[0], 11))
    last = watch_pictures([picture] * 6, semantics=np.zeros((180, 320), np.uint8))[-1]
    assert [next(word for word in ("blurred", "frozen", "no road") if word in problem) for problem in last] == [
        "blurred",
        "frozen",
        "no road",
    ]


def test_black_pictures_are_dark_and_neither_frozen_nor_without_road(watch_pictures: Callable) -> None:
    said = watch_pictures([np.zeros((180, 320, 3), np.uint8)] * 8, semantics=np.zeros((180, 320), np.uint8))
    assert all(len(problems) == 1 and "dark" in problems[0] for problems in said)


def test_stamp_that_goes_back_and_another_size_begin_a_new_history(
    drive_pictures: Callable, make_score_map: Callable
) -> None:
    picture = drive_pictures(11, 1)[0]
    small = np.ascontiguousarray(picture[:, :300])
    monitor = PictureMonitor()

    def show(image: np.ndarray, stamp_s: float) -> tuple[str, ...]:
        return monitor.problems(Frame(image, round(stamp_s * 1e9), ""), make_score_map(None), ())

    for second in range(5):
        show(picture, 100 + second)
    assert "frozen" in show(picture, 105)[0]
    assert show(picture, 3) == ()
    assert [show(picture, 3 + second) for second in range(1, 4)] == [()] * 3
    assert "frozen" in show(picture, 7)[0]
    assert show(small, 8) == ()


ODD_IMAGES = st.one_of(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))),
    arrays.arrays(
        st.sampled_from([np.uint8, np.float32, np.uint16, np.bool_]),
        arrays.array_shapes(min_dims=1, max_dims=4, min_side=0),
    ),
)
ODD_SEMANTICS = st.one_of(
    st.none(),
    arrays.arrays(
        st.sampled_from([np.uint8, np.float32, np.int64]), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)
    ),
)


@given(
    st.lists(st.tuples(ODD_IMAGES, ODD_SEMANTICS, st.integers(-(10**19), 10**19)), max_size=5), st.lists(st.integers())
)
def test_nothing_in_a_frame_raises(frames: list[tuple], drivable: list[int]) -> None:
    monitor = PictureMonitor()
    for image, semantics, stamp in frames:
        shown = ScoreMap(np.full((2, 2), np.nan, np.float32), semantics, stamp, "")
        for problem in monitor.problems(Frame(image, stamp, ""), shown, drivable):
            assert problem


def test_what_is_no_picture_is_a_problem(watch_pictures: Callable) -> None:
    for image in (np.full((180, 320, 3), np.nan), np.zeros((180, 320), np.uint8), np.zeros((0, 320, 3), np.uint8)):
        assert "uint8" in watch_pictures([image])[0][0]
