"""What walks through the house: Frame -> ScoreMap -> Hazards, and the status that goes with them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np


class Status(enum.IntEnum):
    """How far a report can be trusted; an empty hazard list means "clear" only with OK."""

    OK = 0
    DEGRADED = 1
    """Running, but outside its limits: slow, dark or covered lens, reduced resolution."""
    STALE = 2
    """No fresh frame within the deadline."""
    BLIND = 3
    """Cannot look: an error, no model, no camera."""


@dataclass(frozen=True)
class Camera:
    """A calibrated camera, as sensor_msgs/CameraInfo describes it.

    intrinsics: float64 (3, 3), pixels. distortion: float64 (N,), in the order of distortion_model
    (REP 104: plumb_bob, rational_polynomial, equidistant). width and height in pixels.
    """

    width: int
    height: int
    intrinsics: np.ndarray
    distortion_model: str = "plumb_bob"
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(5))


@dataclass(frozen=True)
class Frame:
    """One picture and where it came from.

    image: uint8 (H, W, 3), RGB. stamp: nanoseconds of the sensor, never "now". frame_id: the
    camera's optical frame (REP 103). camera: None where no calibration is known; hazards then have
    no position and say so.
    """

    image: np.ndarray
    stamp: int
    frame_id: str
    camera: Camera | None = None


@dataclass(frozen=True)
class ScoreMap:
    """What the detector says of every pixel of one frame.

    probability: float32 (H, W) in [0, 1], P(anomaly), calibrated on held-out synthetic data.
    semantics: uint8 (H, W), index into the class list, or None. stamp and frame_id are the frame's.
    """

    probability: np.ndarray
    semantics: np.ndarray | None
    stamp: int
    frame_id: str


@dataclass(frozen=True)
class Hazard:
    """One region that the vehicle should not drive into.

    box_px: (x_min, y_min, x_max, y_max), pixels, the maxima exclusive. polygon_px: float32 (N, 2).
    score: mean probability of the region. area_px: pixels. on_road: share of the region that
    stands on drivable ground, in [0, 1], or None where that is not known. distance_m and
    footprint_m (N, 3), in the base frame, are None while nothing gives the region a position.
    """

    id: int
    box_px: tuple[int, int, int, int]
    polygon_px: np.ndarray
    score: float
    area_px: int
    on_road: float | None = None
    footprint_m: np.ndarray | None = None
    distance_m: float | None = None
    distance_sigma_m: float | None = None
    age_s: float = 0.0
    hits: int = 1


@dataclass(frozen=True)
class HazardReport:
    """What is published for one frame or, with no hazards and a status other than OK, for none.

    stamp: nanoseconds of the frame reported on, or None for a heartbeat without a frame.
    message: one sentence on why the status is what it is. input_age_s: the age of the frame when
    the report was made. latency_s: from the frame's arrival to the report. model: name of the weights.
    """

    stamp: int | None
    frame_id: str
    status: Status
    message: str
    hazards: tuple[Hazard, ...] = ()
    input_age_s: float | None = None
    latency_s: float | None = None
    model: str = ""
