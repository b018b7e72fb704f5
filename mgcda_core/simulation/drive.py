"""A drive down a made-up road: (seed, time) -> picture, labels, and the truth about what lies on the road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mgcda_core.frame import Camera
from mgcda_core.simulation.buildings import CHUNK_M, Houses, Standing
from mgcda_core.simulation.canvas import Canvas, Placed
from mgcda_core.simulation.ground import Ground
from mgcda_core.simulation.hazard_plan import HazardPlan
from mgcda_core.simulation.light import Light, Sensor, light_at, sample_weather
from mgcda_core.simulation.path import pose_at, sway_at
from mgcda_core.simulation.pinhole import make_view
from mgcda_core.simulation.roadside import Roadside
from mgcda_core.simulation.shadows import contact_shadow, sun_shadow
from mgcda_core.simulation.sky import Backdrop
from mgcda_core.simulation.style import FENCE, PEDESTRIAN, SIGN, VOID, sample_style
from mgcda_core.simulation.traffic import Traffic

REACH_M = 120.0
HAZARD_REACH_M = 65.0
CAMERA_HEIGHT_M, CAMERA_PITCH_DEG = 1.5, 3.0
_REACHES_M = {FENCE: 65.0, PEDESTRIAN: 80.0, SIGN: 90.0}


@dataclass(frozen=True)
class HazardTruth:
    """One hazard that shows in the picture.

    id: positive; the instance mask holds id modulo 255, which is never 0. size_m: (length, width,
    height) of the object along its own axes. position_m: centre of its base in the base frame.
    distance_m: along x to its nearest point. box_px: (x_min, y_min, x_max, y_max) of its visible
    pixels, maxima exclusive. visible_px: how many there are, 1 or more.
    """

    id: int
    kind: str
    size_m: tuple[float, float, float]
    position_m: tuple[float, float, float]
    distance_m: float
    box_px: tuple[int, int, int, int]
    visible_px: int


@dataclass(frozen=True)
class RenderedFrame:
    """One picture of a drive and what is in it.

    image: uint8 (H, W, 3) RGB. labels: uint8 (H, W), the classes of style.py, 255 on hazards.
    instances: uint8 (H, W), 0 or a hazard's id modulo 255. The base frame lies on the ground below
    the camera, x forward, y left, z up.
    """

    image: np.ndarray
    labels: np.ndarray
    instances: np.ndarray
    hazards: tuple[HazardTruth, ...]
    camera: Camera
    camera_height_m: float
    camera_pitch_rad: float
    time_s: float


def _require(name: str, value: float, low: float, high: float) -> None:
    if not (np.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} is {value}; allowed: {low} to {high}")


class Drive:
    """A drive at steady speed along the endless road of one seed.

    seed: 0 or more. width, height: pixels. Raises ValueError for an argument outside its range.
    """

    def __init__(
        self,
        *,
        seed: int,
        width: int = 640,
        height: int = 360,
        speed_mps: float = 10.0,
        horizontal_field_of_view_deg: float = 60.0,
        camera_height_m: float = CAMERA_HEIGHT_M,
        camera_pitch_deg: float = CAMERA_PITCH_DEG,
        hazard_spacing_m: tuple[float, float] = (25.0, 60.0),
    ) -> None:
        for name, number, low, high in (
            ("seed", seed, 0, 2**63 - 1),
            ("width", width, 64, 4096),
            ("height", height, 36, 4096),
        ):
            if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
                raise ValueError(f"{name} is {number!r}; allowed: a whole number, {low} to {high}")
            _require(name, number, low, high)
        _require("speed_mps", speed_mps, 0.0, 60.0)
        _require("horizontal_field_of_view_deg", horizontal_field_of_view_deg, 20.0, 120.0)
        _require("camera_height_m", camera_height_m, 0.3, 5.0)
        _require("camera_pitch_deg", camera_pitch_deg, -15.0, 30.0)
        if len(hazard_spacing_m) != 2 or not 5.0 <= hazard_spacing_m[0] <= hazard_spacing_m[1] < np.inf:
            raise ValueError(f"hazard_spacing_m is {hazard_spacing_m}; allowed: (least, most) with 5 <= least <= most")
        self._seed, self._speed = int(seed), float(speed_mps)
        self.view = make_view(int(width), int(height), horizontal_field_of_view_deg, camera_height_m, camera_pitch_deg)
        self.style = sample_style(self._seed)
        self.weather = sample_weather(self._seed)
        self._ground = Ground(self.style, self._seed, self.view)
        self._backdrop = Backdrop(self.style, self.weather, self._seed, self.view)
        self._sensor = Sensor(self._seed, int(width), int(height), self.weather)
        self._houses = Houses(self.style, self._seed)
        self._roadside = Roadside(self.style, self._seed)
        self._traffic = Traffic(self.style, self._seed, self._speed)
        self._plan = HazardPlan(self.style, self._seed, (float(hazard_spacing_m[0]), float(hazard_spacing_m[1])))
        self._chunk = lru_cache(maxsize=16)(self._make_chunk)

    def _make_chunk(self, index: int) -> tuple[Standing, ...]:
        return (*self._houses.chunk(index), *self._roadside.chunk(index), *self._traffic.parked(index))

    def render(self, time_s: float) -> RenderedFrame:
        """Return the frame at time_s seconds, 0 or more; the same time always gives the same bytes.

        Raises ValueError for a time that is negative or not finite.
        """
        _require("time_s", time_s, 0.0, 1e7)
        along = self._speed * time_s
        sway = sway_at(self.style, along)
        heading = self.style.heading_at(along)
        light = light_at(self.weather, time_s, heading)
        items, hazards = self._gather(along, sway, time_s)
        width, height = self.view.camera.width, self.view.camera.height
        image, codes = np.empty((height, width, 3), np.uint8), np.zeros((height, width, 2), np.uint8)
        self._backdrop.draw(image, codes, heading)
        shadow = self._shadows(items, light)
        self._ground.draw(image, codes, along, sway, self.style.bend_at(along), light, shadow)
        canvas = Canvas(self.view, light, image, codes)
        for item in items:
            canvas.draw(item)
        picture = self._sensor.expose(image, light, np.random.default_rng([self._seed, 50, int(round(time_s * 1e6))]))
        labels, instances = (np.ascontiguousarray(codes[..., channel]) for channel in (0, 1))
        return RenderedFrame(
            picture,
            labels,
            instances,
            _truths(hazards, instances),
            self.view.camera,
            self.view.height_m,
            self.view.pitch_rad,
            float(time_s),
        )

    def pose_at(self, time_s: float) -> tuple[float, float, float]:
        """Return x, y (metres) and yaw (radians) of the base frame at time_s, in a frame that stands still.

        Raises ValueError for a time that is negative or not finite.
        """
        _require("time_s", time_s, 0.0, 1e7)
        return pose_at(self.style, self._speed * time_s)

    def _gather(self, along: float, sway: float, time_s: float) -> tuple[list[Placed], list[tuple[int, str, Placed]]]:
        """Return everything to paint, in order, and the hazards among it as (id, kind, placed)."""
        bend = self.style.bend_at(along)
        first, last = int(np.floor((along - 24) / CHUNK_M)), int(np.floor((along + REACH_M) / CHUNK_M))
        planned = self._plan.between(along - 20, along + REACH_M + 60)
        standing = [item for index in range(first, last + 1) for item in self._chunk(index)]
        standing += self._traffic.moving(along, REACH_M, time_s, planned)
        items = [
            self._place(item, along, sway, bend)
            for item in standing
            if item.along - along < _REACHES_M.get(item.label, REACH_M)
        ]
        hazards = []
        for hazard in planned:
            if -3 < hazard.along - along < HAZARD_REACH_M:
                stands = Standing(hazard.mesh, hazard.along, hazard.across_at(time_s), hazard.yaw_rad, VOID)
                hazards.append((hazard.id, hazard.kind, self._place(stands, along, sway, bend, hazard.id % 255)))
        items += [placed for _, _, placed in hazards]
        items.sort(key=lambda item: (item.layer, -item.x))
        return items, hazards

    @staticmethod
    def _place(item: Standing, along: float, sway: float, bend: float, instance: int = 0) -> Placed:
        x, y = item.along - along, item.across - sway
        if item.bends:
            return Placed(item.mesh, x, y, item.yaw_rad, item.label, instance, item.layer, bend, item.casts)
        flat = len(item.mesh.corners) == 1
        yaw = item.yaw_rad + (0.0 if flat else bend * x)
        return Placed(item.mesh, x, y + 0.5 * bend * x * x, yaw, item.label, instance, item.layer, 0.0, item.casts)

    def _shadows(self, items: list[Placed], light: Light) -> np.ndarray:
        """Return how dark the ground lies in shadow, uint8 (rows below the horizon, W)."""
        first = self._ground.first_row
        mask = np.zeros((max(self.view.camera.height - first, 1), self.view.camera.width), np.uint8)
        contact = np.zeros_like(mask)
        direct = float(light.sun.mean() * light.toward_sun[2])
        darkness = int(225 * direct / (direct + float(light.ambient.mean())))
        for item in items:
            if item.casts and item.x < 40:
                if darkness > 8:
                    sun_shadow(mask, self.view, item, light, first, darkness)
                if item.layer == 3 and item.x > 0:
                    contact_shadow(contact, self.view, item, first, 150)
        return cv2.max(cv2.blur(mask, (9, 3)), cv2.blur(contact, (7, 3)))[: self.view.camera.height - first]


def _truths(hazards: list[tuple[int, str, Placed]], instances: np.ndarray) -> tuple[HazardTruth, ...]:
    truths = []
    for number, kind, item in sorted(hazards, key=lambda entry: entry[2].x):
        mask = (instances == item.instance).astype(np.uint8)
        visible = int(cv2.countNonZero(mask))
        if not visible:
            continue
        left, top, wide, tall = cv2.boundingRect(mask)
        nearest = float(item.points[:, 0].min())
        truths.append(
            HazardTruth(
                number,
                kind,
                item.mesh.size_m,
                (float(item.x), float(item.y), 0.0),
                nearest,
                (left, top, left + wide, top + tall),
                visible,
            )
        )
    return tuple(truths)
