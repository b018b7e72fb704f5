"""Motion between two stamps against matrices of SE(2) and against a drive around a circle."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgcda_core.hazards.ego_motion import EgoMotion

MS = 1_000_000
NOW = 1_790_000_000_000_000_000
"""A stamp of today, which no float64 holds to the nanosecond."""


def matrix(x: float, y: float, yaw: float) -> np.ndarray:
    """Return the pose as a homogeneous matrix (3, 3)."""
    return np.array([[math.cos(yaw), -math.sin(yaw), x], [math.sin(yaw), math.cos(yaw), y], [0, 0, 1]])


def ego_motion(poses: list[tuple[float, float, float]], step_ms: int = 100) -> EgoMotion:
    motion = EgoMotion()
    for number, pose in enumerate(poses):
        motion.add(NOW + number * step_ms * MS, *pose)
    return motion


STEPS = st.tuples(st.floats(-1, 5), st.floats(-1, 1), st.floats(-0.15, 0.15))


@given(st.lists(STEPS, min_size=2, max_size=8), st.data())
def test_between_two_poses_it_is_the_quotient_of_their_matrices(steps: list, data: st.DataObject) -> None:
    poses = np.cumsum(steps, axis=0) + [5e5, 5e6, 20.0]
    start, stop = (data.draw(st.integers(0, len(poses) - 1)) for _ in range(2))
    moved = ego_motion(poses.tolist()).between(NOW + start * 100 * MS, NOW + stop * 100 * MS)
    points = np.array([[10.0, -2.0, 0.3], [0.0, 0.0, 0.0], [-4.0, 7.0, 1.0]])
    homogeneous = np.linalg.inv(matrix(*poses[stop])) @ matrix(*poses[start]) @ [*points[:, :2].T, np.ones(3)]
    assert moved is not None
    assert moved.moved(points)[:, :2] == pytest.approx(homogeneous[:2].T, abs=1e-6)
    assert (moved.moved(points)[:, 2] == points[:, 2]).all()


@pytest.mark.parametrize(("start_ms", "stop_ms"), [(20, 55), (37, 361), (410, 12), (0, 560), (-90, 300)])
def test_around_a_circle_between_the_poses_and_a_little_beyond(start_ms: int, stop_ms: int) -> None:
    speed, yaw_rate = 10.0, 0.5

    def pose(ms: float) -> tuple[float, float, float]:
        yaw = yaw_rate * ms / 1000
        return speed / yaw_rate * math.sin(yaw), speed / yaw_rate * (1 - math.cos(yaw)), yaw

    motion = ego_motion([pose(50 * number) for number in range(10)], step_ms=50)
    moved = motion.between(NOW + start_ms * MS, NOW + stop_ms * MS)
    expected = np.linalg.inv(matrix(*pose(stop_ms))) @ matrix(*pose(start_ms)) @ [20.0, 3.0, 1.0]
    assert moved is not None
    assert moved.moved(np.array([[20.0, 3.0]]))[0] == pytest.approx(expected[:2], abs=0.05)


def test_the_yaw_between_two_poses_goes_the_short_way() -> None:
    motion = ego_motion([(0.0, 0.0, 3.1), (0.0, 0.0, -3.1)])
    moved = motion.between(NOW, NOW + 50 * MS)
    assert moved is not None
    assert math.atan2(moved.rotation[1, 0], moved.rotation[0, 0]) == pytest.approx(-(math.pi - 3.1), abs=1e-9)


STRAIGHT = [(0.2 * number, 0.0, 0.0) for number in range(4)]


@pytest.mark.parametrize(
    ("motion", "start_ms", "stop_ms"),
    [
        (EgoMotion(), 0, 100),
        (ego_motion(STRAIGHT[:1]), 0, 50),
        (ego_motion(STRAIGHT), 0, 601),
        (ego_motion(STRAIGHT), -301, 100),
        (ego_motion(STRAIGHT, step_ms=400), 0, 200),
    ],
    ids=["no pose", "one pose", "too late", "too early", "a gap"],
)
def test_where_odometry_does_not_tell_it_says_so(motion: EgoMotion, start_ms: int, stop_ms: int) -> None:
    assert motion.between(NOW + start_ms * MS, NOW + stop_ms * MS) is None


def test_a_gap_with_a_pose_on_either_side_does_not_matter_between_those() -> None:
    moved = ego_motion(STRAIGHT, step_ms=400).between(NOW, NOW + 800 * MS)
    assert moved is not None and moved.translation == pytest.approx([-0.4, 0.0])


@pytest.mark.parametrize("reset", [(0.0, 0.0, 0.0), (300.0, 0.0, math.pi)], ids=["place", "heading"])
def test_odometry_that_is_set_anew_is_no_motion(reset: tuple[float, float, float]) -> None:
    motion = ego_motion([(300.0 + 0.1 * number, 0.0, 0.0) for number in range(20)])
    for number in range(20, 23):
        motion.add(NOW + number * 100 * MS, *reset)
    assert motion.between(NOW + 1000 * MS, NOW + 2000 * MS) is None
    moved = motion.between(NOW + 2000 * MS, NOW + 2200 * MS)
    assert moved is not None and moved.translation == pytest.approx([0.0, 0.0])


def test_time_that_goes_back_starts_anew_and_a_late_pose_is_left_out() -> None:
    motion = ego_motion(STRAIGHT)
    motion.add(NOW + 250 * MS, 99.0, 0.0, 0.0)
    moved = motion.between(NOW, NOW + 250 * MS)
    assert moved is not None and moved.translation == pytest.approx([-0.5, 0.0])
    for number in range(3):
        motion.add(NOW - 60_000 * MS + number * 100 * MS, 7.0 + number, 0.0, 0.0)
    moved = motion.between(NOW - 60_000 * MS, NOW - 59_800 * MS)
    assert moved is not None and moved.translation == pytest.approx([-2.0, 0.0])
    assert motion.between(NOW, NOW + 100 * MS) is None


@pytest.mark.parametrize("bad", [(math.nan, 0.0, 0.0), (0.0, math.inf, 0.0), (0.0, 0.0, math.nan)])
def test_a_pose_that_is_not_finite_counts_as_missing(bad: tuple[float, float, float]) -> None:
    motion = ego_motion(STRAIGHT)
    for number in range(4, 8):
        motion.add(NOW + number * 100 * MS, *bad)
    assert motion.between(NOW, NOW + 700 * MS) is None
    assert motion.between(NOW, NOW + 300 * MS) is not None


def test_what_lies_far_back_is_forgotten() -> None:
    motion = EgoMotion(length_s=2.0)
    for number in range(1000):
        motion.add(NOW + number * 20 * MS, 0.2 * number, 0.0, 0.0)
    last = NOW + 999 * 20 * MS
    assert motion.between(last - 2000 * MS, last) is not None
    assert motion.between(last - 2400 * MS, last) is None


def test_poses_may_be_added_while_another_thread_asks() -> None:
    motion, failures, done = EgoMotion(length_s=0.5), [], threading.Event()

    def ask() -> None:
        while not done.is_set():
            moved = motion.between(NOW, NOW + 100 * MS)
            if moved is not None and abs(moved.translation[0] + 1) > 1e-6:
                failures.append(moved)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(20):
        for number in range(200):
            motion.add(NOW + number * 10 * MS, 0.1 * number, 0.0, 0.0)
    done.set()
    thread.join(timeout=10)
    assert not thread.is_alive() and not failures


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["length_s", "maximum_gap_s"])
def test_a_length_of_no_time_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: {value} is not allowed"):
        EgoMotion(**{name: value})
