"""What walks through the house: Frame -> ScoreMap -> Hazards, and the status that goes with them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np


class Status(enum.IntEnum):
    """How far a report can be trusted; an empty hazard list means "clear" only with OK."""

    OK = 0
    DEGRADED = 1
    """Running, but outside its limits: slow, a picture not to be trusted (monitoring/), reduced resolution."""
    STALE = 2
    """No fresh frame within the deadline."""
    BLIND = 3
    """Cannot look: an error, no model, no camera."""


@dataclass(frozen=True)
class Extrinsics:
    """Where a camera sits on its vehicle: a point p of the optical frame is rotation @ p + position in the base frame.

    frame_id: of the base frame (REP 105: x forward, y left, z up). rotation: float64 (3, 3), from optical axes
    (REP 103: x right, y down, z forward) to base axes. position: float64 (3,), the optical centre in the base frame,
    metres. ground_z_m: height of the ground plane in the base frame, metres; 0 where the base frame lies on the ground.
    """

    frame_id: str
    rotation: np.ndarray
    position: np.ndarray
    ground_z_m: float = 0.0


@dataclass(frozen=True)
class Camera:
    """A calibrated camera, as sensor_msgs/CameraInfo describes it.

    intrinsics: float64 (3, 3), pixels. distortion: float64 (N,), in the order of distortion_model
    (REP 104: plumb_bob, rational_polynomial, equidistant). width and height in pixels.
    extrinsics: at the stamp of the picture, or None where they are not known.
    """

    width: int
    height: int
    intrinsics: np.ndarray
    distortion_model: str = "plumb_bob"
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(5))
    extrinsics: Extrinsics | None = None


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


class HazardState(enum.IntEnum):
    """How well a hazard is known over time."""

    TENTATIVE = 0
    """Seen, but not often enough yet; in a single picture all are."""
    CONFIRMED = 1
    """Seen often enough, and in this frame."""
    COASTING = 2
    """Confirmed before, and not seen in this frame: it is where it was last."""


@dataclass(frozen=True)
class Hazard:
    """One region that the vehicle should not drive into.

    id: stable over frames where hazards are tracked. box_px: (x_min, y_min, x_max, y_max), pixels, the maxima
    exclusive. polygon_px: float32 (N, 2), the outline. score: mean probability of its pixels above the threshold, less
    where it is off the road (hazards/regions.py). area_px: pixels, filled holes counted. on_road: share of the region
    that stands on drivable ground, in [0, 1], or None where that is not known.

    footprint_m: float64 (N, 3), the ground that it stands on, in the base frame. distance_m: on the ground, from the
    base frame's origin to the nearest point of the footprint. width_m: across the line of sight. The sigmas are
    standard deviations. All are None while nothing gives the region a position.

    age_s: since it was first seen. hits: frames that it was seen in.
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
    width_m: float | None = None
    width_sigma_m: float | None = None
    state: HazardState = HazardState.TENTATIVE
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
