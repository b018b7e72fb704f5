"""Tracks of hazards that move, and of those that nobody can see where they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from track_samples import NOW, SECOND, Run, hazard, straight

from mgcda_core.hazards.ego_motion import EgoMotion

STANDING = {"initial_speed_mps": 0.0, "acceleration_noise": 0.0}
"""Hazards that stand still by assumption."""


def follow_moving(velocity: tuple[float, float], **changes: float) -> tuple[float, float]:
    """Follow one that moves, seen from a vehicle at 8 m/s, 10 times a second: mean number of ids, median error, metres.

    velocity: over ground, ahead and to the left, metres per second. It begins 30 m ahead and 4 m to the right; places
    are measured with 1.0 m of noise ahead and 0.15 m aside. The first second does not count.
    """
    errors, ids = [], []
    for seed in range(6):
        rng, run = np.random.default_rng(seed), Run(motion=straight(8.0), **changes)
        for number in range(25):
            truth = np.array([30.0, -4.0]) + np.array(velocity) * number / 10 - [0.8 * number, 0.0]
            box = _box_at(truth)
            found = run.see(hazard(box, tuple(truth + rng.normal(0, [1.0, 0.15])), sigma=1.0))
            (seen,) = (one for one in found if one.box_px == box)
            if number >= 10:
                errors.append(float(np.linalg.norm(seen.footprint_m.mean(axis=0)[:2] - truth)))
        ids.append(seen.id)
    return float(np.mean(ids)), float(np.median(errors))


@pytest.mark.parametrize(
    ("velocity", "error_m"),
    [pytest.param((0.0, 4.0), 0.6, id="an animal that crosses"), pytest.param((5.0, 0.0), 0.9, id="one that flees")],
)
def test_one_that_moves_keeps_its_id_and_is_where_it_is(velocity: tuple[float, float], error_m: float) -> None:
    (ids, error), (ids_standing, error_standing) = follow_moving(velocity), follow_moving(velocity, **STANDING)
    assert error < error_m and error < 0.7 * error_standing
    assert ids < 3 and ids < ids_standing


def _box_at(truth: np.ndarray) -> tuple[int, int, int, int]:
    """Return where something 0.8 m tall and wide shows in a picture of 500 pixels of focal length, 1.5 m above."""
    size, middle, foot = 400 / truth[0], 320 - 500 * truth[1] / truth[0], 180 + 750 / truth[0]
    return int(middle - size / 2), int(foot - size), int(middle + size / 2) + 1, int(foot) + 1


def test_one_that_moved_moves_on_while_nobody_sees_it_and_one_that_stood_stands() -> None:
    for velocity, expected in ((3.0, 3.0), (0.0, 0.0)):
        run = Run(motion=straight(0))
        for number in range(15):
            run.see(hazard(at=(20.0, -2.0 + velocity * number / 10), sigma=0.1))
        before = run.see(hazard(at=(20.0, -2.0 + velocity * 1.5), sigma=0.1))[0].footprint_m.mean(axis=0)
        after = [run.see()[0] for _ in range(10)][-1].footprint_m.mean(axis=0)
        assert after[1] - before[1] == pytest.approx(expected, abs=0.3)


def test_below_the_picture_it_stays_until_it_is_passed() -> None:
    def frames_below(motion: EgoMotion | None, **geometry: float) -> int:
        run = Run(motion=motion, time_to_live_s=1.55)
        run.geometry = geometry
        for number in range(3):
            run.see(hazard(at=(4.15 - 0.1 * number, 0.0), sigma=0.1))
        found = [bool(run.see()) for _ in range(60)]
        assert sorted(found, reverse=True) == found
        return sum(found)

    # At 1 m/s its rear end, 4.15 m ahead, is passed after 41 frames.
    assert frames_below(straight(1.0), blind_distance_m=4.5) == 41
    assert frames_below(straight(1.0)) == frames_below(None, blind_distance_m=4.5) == 15


def before_the_bumper(run: Run, meanwhile: Callable[[Run], object] = lambda run: None) -> list[bool]:
    """Measure one 4 m ahead of a vehicle that stands, let something happen, and return whether it is kept for 150 s."""
    run.geometry = {"blind_distance_m": 4.5}
    for _ in range(20):
        run.see(hazard(at=(4.2, 0.0), sigma=0.1))
    meanwhile(run)
    found = [run.see() for _ in range(1500)]
    return [bool(each) and each[0].footprint_m is not None for each in found]


def test_before_the_bumper_it_is_kept_however_long_the_vehicle_stands() -> None:
    run = Run(motion=straight(0, seconds=200.0))
    assert all(before_the_bumper(run))


def test_before_the_bumper_it_is_kept_when_it_was_seen_without_a_position_for_a_while() -> None:
    def unmeasured(run: Run) -> None:
        for _ in range(60):
            (one,) = run.see(hazard())
            assert one.footprint_m is not None

    assert all(before_the_bumper(Run(motion=straight(0, seconds=200.0)), unmeasured))


def test_before_the_bumper_it_outlives_a_gap_in_odometry() -> None:
    motion = EgoMotion(length_s=1000.0)
    for number in range(-50, 10_000):
        if not 250 <= number < 400:  # three seconds without
            motion.add(NOW + number * SECOND // 50, 0.0, 0.0, 0.0)
    run = Run(motion=motion, unknown_speed_mps=1.0)
    run.geometry = {"blind_distance_m": 4.5}
    for _ in range(20):
        run.see(hazard(at=(4.2, 0.0), sigma=0.1))
    found = [run.see() for _ in range(150)]
    assert all(found) and found[-1][0].footprint_m is not None
