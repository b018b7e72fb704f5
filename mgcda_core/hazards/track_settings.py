"""How hazards are followed over time: when to believe, when to forget, how far things may move."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class TrackSettings:
    """The defaults suit 3 to 30 frames per second at up to 15 m/s.

    confirm_hits, confirm_window: a hazard is confirmed once it was seen in that many of its last frames.
    time_to_live_s: a confirmed hazard that is not seen any more is kept for that long, and for two frames at least.
    maximum_gap_s: after a longer time without frames all hazards start anew.
    minimum_overlap: intersection over union, in (0, 1], that two boxes need to be the same hazard where a position is
    missing. maximum_deviation: how many standard deviations (Mahalanobis) two positions may lie apart.
    process_noise: how far a hazard strays by itself in one second, metres per square root of a second.
    initial_speed_mps: standard deviation of a hazard's velocity over ground, along x and along y, before anything is
    known of it: most stand still. acceleration_noise: how far a velocity strays in one second, metres per second and
    square root of a second.
    unknown_speed_mps: standard deviation of the vehicle's speed where odometry is missing.
    maximum_sigma_m: a position that is not measured any more and less certain than this is given up.

    Raises ValueError for a value that is not allowed.
    """

    confirm_hits: int = 2
    confirm_window: int = 3
    time_to_live_s: float = 1.5
    maximum_gap_s: float = 3.0
    minimum_overlap: float = 0.1
    maximum_deviation: float = 3.5
    process_noise: float = 0.5
    initial_speed_mps: float = 1.0
    acceleration_noise: float = 1.0
    unknown_speed_mps: float = 15.0
    maximum_sigma_m: float = 5.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise _refusal(field.name, value, "a finite number")
        for name, least, most in (("confirm_window", 1, 100), ("confirm_hits", 1, self.confirm_window)):
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                raise _refusal(name, value, f"a whole number from {least} to {most}")
        for name in ("time_to_live_s", "maximum_gap_s", "maximum_deviation", "process_noise", "maximum_sigma_m"):
            if not getattr(self, name) > 0:
                raise _refusal(name, getattr(self, name), "above 0")
        for name in ("unknown_speed_mps", "initial_speed_mps", "acceleration_noise"):
            if not getattr(self, name) >= 0:
                raise _refusal(name, getattr(self, name), "0 or more")
        if not 0 < self.minimum_overlap <= 1:
            raise _refusal("minimum_overlap", self.minimum_overlap, "above 0 and at most 1")


def _refusal(name: str, value: object, allowed: str) -> ValueError:
    return ValueError(f"{name}: {value} is not allowed; it must be {allowed}")
