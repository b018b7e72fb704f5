"""How the vehicle moved between two stamps, from odometry."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

Pose = tuple[float, float, float]

_LEAST_STEP_NS = 10_000_000
"""Poses that follow each other faster are left out: the speed between them would be mostly noise."""
_JUMP_M, _JUMP_MPS = 0.5, 100.0
_JUMP_RAD, _JUMP_RADPS = 0.2, 3.0
"""A step that is longer than this and faster than that is no motion: odometry was set anew."""


@dataclass(frozen=True)
class PlanarMotion:
    """Moves what stands still from the base frame of one stamp to that of another: rotation @ point + translation.

    rotation: float64 (2, 2). translation: float64 (2,), metres.
    """

    rotation: np.ndarray
    translation: np.ndarray

    def moved(self, points: np.ndarray) -> np.ndarray:
        """Return points (N, 2) or (N, 3), metres, in the later base frame; heights stay."""
        result = points.copy()
        result[:, :2] = points[:, :2] @ self.rotation.T + self.translation
        return result


class EgoMotion:
    """The vehicle's latest poses (nav_msgs/Odometry, planar), to be asked for the motion between two stamps.

    length_s: how far back poses are kept, seconds. maximum_gap_s: how far poses may lie apart to be interpolated
    between, and how far beyond the first and the last one their motion is taken to go on, seconds.
    Poses may be added by one thread while another asks. Raises ValueError for a length that is not above 0.
    """

    def __init__(self, *, length_s: float = 10.0, maximum_gap_s: float = 0.3) -> None:
        for name, value in (("length_s", length_s), ("maximum_gap_s", maximum_gap_s)):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name}: {value} is not allowed; it must be a finite number of seconds above 0")
        self._length_ns, self._gap_ns = round(length_s * 1e9), round(maximum_gap_s * 1e9)
        self._stamps: list[int] = []
        self._poses: list[Pose] = []
        self._lock = threading.Lock()

    def add(self, stamp_ns: int, x_m: float, y_m: float, yaw_rad: float) -> None:
        """Add the pose of the base frame in a frame that stands still, counter-clockwise yaw (REP 103).

        A pose that is not finite, or that is overtaken by a later one, counts as missing. Where time goes back by
        more than maximum_gap_s, or the pose jumps, the earlier poses are forgotten: odometry has started anew.
        """
        if not all(map(math.isfinite, (x_m, y_m, yaw_rad))):
            return
        with self._lock:
            if self._stamps:
                step_ns = stamp_ns - self._stamps[-1]
                if -self._gap_ns <= step_ns < _LEAST_STEP_NS:
                    return
                last = self._poses[-1]
                # Unwrapped, so that interpolation takes the short way.
                yaw_rad = last[2] + math.remainder(yaw_rad - last[2], math.tau)
                if step_ns < 0 or _is_jump(last, (x_m, y_m, yaw_rad), step_ns / 1e9):
                    self._stamps.clear()
                    self._poses.clear()
            self._stamps.append(stamp_ns)
            self._poses.append((float(x_m), float(y_m), float(yaw_rad)))
            old = bisect_left(self._stamps, stamp_ns - self._length_ns)
            del self._stamps[:old], self._poses[:old]

    def between(self, start_ns: int, stop_ns: int) -> PlanarMotion | None:
        """Return what brings points at rest from the base frame at start_ns to that at stop_ns.

        None where odometry does not tell; never an exception.
        """
        with self._lock:
            start, stop = self._pose_at(start_ns), self._pose_at(stop_ns)
        if start is None or stop is None:
            return None
        cosine, sine = math.cos(stop[2]), math.sin(stop[2])
        to_stop = np.array([[cosine, sine], [-sine, cosine]])
        turn = start[2] - stop[2]
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        return PlanarMotion(rotation, to_stop @ (start[0] - stop[0], start[1] - stop[1]))

    def _pose_at(self, stamp_ns: int) -> Pose | None:
        index = bisect_left(self._stamps, stamp_ns)
        if index < len(self._stamps) and self._stamps[index] == stamp_ns:
            return self._poses[index]
        if len(self._stamps) < 2:
            return None
        index = min(max(index, 1), len(self._stamps) - 1)
        before_ns, after_ns = self._stamps[index - 1 : index + 1]
        if max(after_ns - before_ns, before_ns - stamp_ns, stamp_ns - after_ns) > self._gap_ns:
            return None
        share = (stamp_ns - before_ns) / (after_ns - before_ns)
        before, after = self._poses[index - 1 : index + 1]
        x, y, yaw = (one + share * (other - one) for one, other in zip(before, after, strict=True))
        return x, y, yaw


def _is_jump(before: Pose, after: Pose, seconds: float) -> bool:
    """Return whether no vehicle moves from one pose to the other in that time."""
    length = math.hypot(after[0] - before[0], after[1] - before[1])
    return length > _JUMP_M + _JUMP_MPS * seconds or abs(after[2] - before[2]) > _JUMP_RAD + _JUMP_RADPS * seconds
