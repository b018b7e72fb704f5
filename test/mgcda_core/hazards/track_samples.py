"""Hazards, odometry and a run of frames made by hand, for the tests of tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgcda_core.frame import Hazard, HazardState
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.track_settings import TrackSettings
from mgcda_core.hazards.tracking import Tracker

TENTATIVE, CONFIRMED, COASTING = HazardState
SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND


def hazard(
    box: tuple[int, int, int, int] = (100, 100, 140, 130),
    at: tuple[float, float] | None = None,
    *,
    sigma: float = 0.3,
    score: float = 0.8,
) -> Hazard:
    """Return a hazard seen in box; at: middle of its footprint of 0.4 m by 0.6 m, in the base frame."""
    x_min, y_min, x_max, y_max = box
    outline = np.array([[x_min, y_min], [x_max - 1, y_min], [x_max - 1, y_max - 1], [x_min, y_max - 1]], np.float32)
    seen = Hazard(0, box, outline, score, (x_max - x_min) * (y_max - y_min))
    if at is None:
        return seen
    ground = np.array(at) + [[-0.2, -0.3], [0.2, -0.3], [0.2, 0.3], [-0.2, 0.3]]
    footprint = np.column_stack([ground, np.zeros(4)])
    distance = float(np.hypot(at[0] - 0.2, max(0.0, abs(at[1]) - 0.3)))
    return replace(
        seen, footprint_m=footprint, distance_m=distance, distance_sigma_m=sigma, width_m=0.6, width_sigma_m=0.05
    )


def straight(speed_mps: float, seconds: float = 20.0) -> EgoMotion:
    """Return odometry of a vehicle that drives straight on, from NOW - 1 s on."""
    motion = EgoMotion(length_s=1000.0)
    for number in range(-50, round(50 * seconds)):
        motion.add(NOW + number * SECOND // 50, speed_mps * number / 50, 0.0, 0.0)
    return motion


class Run:
    """Feeds a tracker with frames at a steady rate."""

    def __init__(self, rate: float = 10.0, motion: EgoMotion | None = None, **changes: float) -> None:
        self.tracker, self.motion, self.stamp = Tracker(TrackSettings(**changes)), motion, NOW
        self.step = round(SECOND / rate)
        self.geometry: dict[str, float] = {}

    def see(self, *hazards: Hazard) -> tuple[Hazard, ...]:
        found = self.tracker.update(hazards, self.stamp, self.motion, **self.geometry)
        self.stamp += self.step
        return found

    def states(self, sightings: str, seen: Hazard) -> str:
        """Return the states, T, C, ~ (coasting) or -, for frames of which x shows the hazard."""
        found = [self.see(*([seen] if sign == "x" else [])) for sign in sightings]
        return "".join("-" if not hazards else "TC~"[hazards[0].state] for hazards in found)
