"""Frozen: several equal pictures with new stamps over some time, and nothing less."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mgcda_core.frame import Frame
from mgcda_core.monitoring.frozen import FrozenSettings
from mgcda_core.monitoring.monitor import MonitorSettings, PictureMonitor


def first_frozen(said: list[tuple[str, ...]]) -> int | None:
    return next((index for index, problems in enumerate(said) if any("frozen" in p for p in problems)), None)


@pytest.mark.parametrize(("interval_s", "first"), [(1 / 30, 30), (0.3, 4), (0.25, 4), (1.0, 4)])
def test_stuck_driver_is_found_after_enough_frames_and_enough_time(
    drive_pictures: Callable, watch_pictures: Callable, interval_s: float, first: int
) -> None:
    said = watch_pictures([drive_pictures(11, 1)[0]] * 40, interval_s=interval_s)
    assert first_frozen(said) == first  # both five frames and 1 s: 4 x 0.25 s, 30 / 30 s
    assert "5 in 1 s" in said[first][0]


def test_another_picture_ends_it(drive_pictures: Callable, watch_pictures: Callable) -> None:
    first, second = drive_pictures(11, 2)
    said = watch_pictures([first] * 8 + [second] + [first] * 3)
    assert "frozen" in said[7][0]
    assert said[8:] == [()] * 4


def test_standing_vehicle_with_a_sensor_that_has_noise_is_not_frozen(
    drive_pictures: Callable, watch_pictures: Callable
) -> None:
    still, rng = drive_pictures(11, 1)[0], np.random.default_rng(2)
    pictures = [np.clip(still + rng.normal(0, 0.4, still.shape).round(), 0, 255).astype(np.uint8) for _ in range(20)]
    assert watch_pictures(pictures) == [()] * 20


def test_a_pedestrian_who_walks_through_an_otherwise_equal_picture_is_seen(
    drive_pictures: Callable, watch_pictures: Callable
) -> None:
    pictures = []
    for step in range(20):
        picture = cv2.resize(drive_pictures(11, 1)[0], (1920, 1080))
        picture[500:560, 600 + 20 * step : 625 + 20 * step] = (90, 40, 30)
        pictures.append(picture)
    assert all("frozen" not in problem for problems in watch_pictures(pictures) for problem in problems)


def test_picture_that_comes_again_with_its_old_stamp_is_not_frozen(
    drive_pictures: Callable, make_score_map: Callable
) -> None:
    monitor, frame = PictureMonitor(), Frame(drive_pictures(11, 1)[0], 5 * 10**9, "camera")
    assert [monitor.problems(frame, make_score_map(None), ()) for _ in range(20)] == [()] * 20


def test_zero_switches_it_off(drive_pictures: Callable, watch_pictures: Callable) -> None:
    off = MonitorSettings(frozen=FrozenSettings(after_s=0.0))
    assert watch_pictures([drive_pictures(11, 1)[0]] * 20, settings=off) == [()] * 20


def test_buffer_that_the_driver_writes_again_is_no_memory_of_the_last_picture(
    drive_pictures: Callable, make_score_map: Callable
) -> None:
    pictures = drive_pictures(11, 8)
    buffer, monitor = pictures[0].copy(), PictureMonitor()
    for index, picture in enumerate(pictures):
        buffer[:] = picture
        assert monitor.problems(Frame(buffer, index * 10**9, ""), make_score_map(None), ()) == ()
