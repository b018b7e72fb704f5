"""Where a camera sits, from numbers that a person can measure."""

from __future__ import annotations

import numpy as np

from mgcda_core.frame import Extrinsics

_OPTICAL_TO_BODY = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""From x right, y down, z forward to x forward, y left, z up (REP 103)."""
_LIMITS = {"pitch_deg": 90.0, "roll_deg": 180.0, "yaw_deg": 180.0}


def extrinsics_of(
    frame_id: str, height_m: float, pitch_deg: float, roll_deg: float, yaw_deg: float, x_m: float, y_m: float
) -> Extrinsics:
    """Return the Extrinsics of a camera above a base frame that lies on the ground.

    height_m: of the optical centre above the ground, metres. x_m, y_m: ahead of and to the left of the base frame's
    origin, metres. Angles in degrees, as REP 103 turns them: a positive pitch looks down, a positive roll leans to the
    right, a positive yaw looks to the left; roll is turned first, then pitch, then yaw, about the base frame's axes.
    With all three 0 the camera looks along x.

    Raises ValueError: height_m not above 0, a pitch beyond 90 or a roll or yaw beyond 180 degrees to either side, or
    anything not finite.
    """
    if not (np.isfinite(height_m) and height_m > 0):
        raise ValueError(f"height_m: {height_m} is not allowed; it must be above 0 and finite")
    for name, value in (("x_m", x_m), ("y_m", y_m)):
        if not np.isfinite(value):
            raise ValueError(f"{name}: {value} is not allowed; it must be finite")
    for name, value in (("pitch_deg", pitch_deg), ("roll_deg", roll_deg), ("yaw_deg", yaw_deg)):
        if not abs(value) <= _LIMITS[name]:
            raise ValueError(f"{name}: {value} is not allowed; it must be from {-_LIMITS[name]} to {_LIMITS[name]}")
    turn = _turn(2, yaw_deg) @ _turn(1, pitch_deg) @ _turn(0, roll_deg)
    return Extrinsics(frame_id, turn @ _OPTICAL_TO_BODY, np.array([x_m, y_m, height_m], np.float64))


def _turn(axis: int, angle_deg: float) -> np.ndarray:
    """Return the right-handed rotation (3, 3) about x, y or z."""
    cosine, sine = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    matrix = np.eye(3)
    after, last = (axis + 1) % 3, (axis + 2) % 3
    matrix[[after, after, last, last], [after, last, after, last]] = cosine, -sine, sine, cosine
    return matrix
