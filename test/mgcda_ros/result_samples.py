"""Results made by hand, whose every number can be worked out on paper."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mgcda_core.frame import Camera, Extrinsics, Frame, Hazard, HazardReport, HazardState, ScoreMap, Status
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_ros.result import Result

STAMP = 1_700_000_000_123_456_789
BASE = "base_link"
INTRINSICS = np.array([[1000.0, 0.0, 639.5], [0.0, 1000.0, 359.5], [0.0, 0.0, 1.0]])
LEVEL = extrinsics_of(BASE, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""2 m above the ground, 1 m ahead of the base frame's origin, looking along x."""
CAMERA = Camera(1280, 720, INTRINSICS, extrinsics=LEVEL)


def located(
    number: int, x: float, y: float, *, state: HazardState = HazardState.CONFIRMED, score: float = 0.8
) -> Hazard:
    """Return a hazard whose footprint reaches from x to x + 1 and from y - 0.5 to y + 0.5, metres, on the ground.

    Its box has its lower border 200 pixels below the horizon of LEVEL and its upper one 150: as high as a quarter of
    the camera.
    """
    footprint = np.array([[x, y + 0.5, 0.0], [x, y - 0.5, 0.0], [x + 1.0, y - 0.5, 0.0], [x + 1.0, y + 0.5, 0.0]])
    return Hazard(
        id=number,
        box_px=(600, 510, 680, 560),
        polygon_px=np.array([[600, 510], [679, 510], [679, 559], [600, 559]], np.float32),
        score=score,
        area_px=4000,
        on_road=1.0,
        footprint_m=footprint,
        distance_m=math.hypot(x, max(0.0, abs(y) - 0.5)),
        distance_sigma_m=0.4,
        width_m=1.0,
        width_sigma_m=0.2,
        state=state,
        age_s=1.0,
        hits=5,
    )


def without_position(number: int, state: HazardState = HazardState.CONFIRMED) -> Hazard:
    """Return the same hazard with nothing known of where it stands."""
    return replace(
        located(number, 0, 0, state=state),
        footprint_m=None, distance_m=None, distance_sigma_m=None, width_m=None, width_sigma_m=None,
    )  # fmt: skip


def result(
    *hazards: Hazard,
    status: Status = Status.OK,
    extrinsics: Extrinsics | None = LEVEL,
    stop_distance_m: float = math.inf,
    stamp: int = STAMP,
) -> Result:
    """Return what was made of an empty picture with these hazards."""
    picture = np.full((720, 1280, 3), 90, np.uint8)
    frame = Frame(picture, stamp, "camera", replace(CAMERA, extrinsics=extrinsics))
    report = HazardReport(stamp, "camera", status, "looking", hazards, 0.2, 0.1, "weights")
    score_map = ScoreMap(np.zeros((720, 1280), np.float32), None, stamp, "camera")
    return Result(frame, score_map, report, 0.5, stop_distance_m)
