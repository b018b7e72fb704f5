"""Light, weather and the sensor: what changes slowly over a drive, and what the lens adds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.simulation.textures import stream


@dataclass(frozen=True)
class Weather:
    """The slow habits of one drive; sun angles in radians, ranges in metres, colors RGB in [0, 255].

    sun: share of direct light in [0, 1]. wet: share of sky mirrored by the road in [0, 1].
    """

    kind: str
    sun: float
    sun_azimuth: float
    sun_elevation: float
    warmth: float
    haze_range_m: float
    haze_color: np.ndarray
    zenith_color: np.ndarray
    cloud: float
    wet: float
    exposure: float
    noise: float
    vignette: float
    phases: np.ndarray


@dataclass(frozen=True)
class Light:
    """The light of one moment: toward_sun (3,) in the base frame, ambient and sun RGB gains (3,)."""

    toward_sun: np.ndarray
    ambient: np.ndarray
    sun: np.ndarray
    haze_range_m: float
    haze_color: np.ndarray
    exposure: float
    warmth: float
    wet: float


def sample_weather(seed: int) -> Weather:
    """Return the weather that belongs to a seed."""
    rng = stream(seed, 1)
    kind = str(
        rng.choice(
            ["clear", "cloudy", "overcast", "haze", "fog", "low_sun", "rain"],
            p=[0.28, 0.22, 0.18, 0.1, 0.05, 0.1, 0.07],
        )
    )
    sun = {"clear": 1.0, "cloudy": 0.65, "overcast": 0.05, "haze": 0.4, "fog": 0.0, "low_sun": 0.9, "rain": 0.0}[kind]
    visibility = {"clear": 420, "cloudy": 360, "overcast": 300, "haze": 160, "fog": 75, "low_sun": 260, "rain": 130}
    grey = rng.uniform(165, 215)
    haze = {
        "clear": np.array([196.0, 212, 228]),
        "cloudy": np.array([200.0, 208, 216]),
        "low_sun": np.array([240.0, 206, 165]),
        "haze": np.array([214.0, 212, 202]),
    }.get(kind, np.array([grey, grey * 1.01, grey * 1.03]))
    zenith = {
        "clear": np.array([62.0, 118, 196]),
        "cloudy": np.array([96.0, 140, 196]),
        "low_sun": np.array([108.0, 130, 176]),
        "haze": np.array([150.0, 172, 196]),
    }.get(kind, np.array([grey, grey, grey * 1.02]) * rng.uniform(0.72, 1.0))
    elevation = rng.uniform(0.14, 0.3) if kind == "low_sun" else rng.uniform(0.45, 1.1)
    return Weather(
        kind=kind,
        sun=float(sun),
        sun_azimuth=float(rng.uniform(0, 2 * np.pi)),
        sun_elevation=float(elevation),
        warmth=float(rng.normal(0.12 if kind == "low_sun" else 0.0, 0.04)),
        haze_range_m=float(visibility[kind] * rng.uniform(0.8, 1.3)),
        haze_color=haze + rng.normal(0, 4, 3),
        zenith_color=np.clip(zenith + rng.normal(0, 8, 3), 0, 255),
        cloud={"clear": 0.15, "cloudy": 0.8, "low_sun": 0.5, "haze": 0.25}.get(kind, 0.3)
        * float(rng.uniform(0.7, 1.3)),
        wet=float(rng.uniform(0.25, 0.45)) if kind == "rain" else 0.0,
        exposure=float(rng.uniform(0.92, 1.28)),
        noise=float(rng.uniform(1.2, 3.6)),
        vignette=float(rng.uniform(0.08, 0.28)),
        phases=rng.uniform(0, 2 * np.pi, 8),
    )


def light_at(weather: Weather, time_s: float, heading_rad: float) -> Light:
    """Return the light at time_s seconds for a car turned by heading_rad against the start of the road."""
    phase = weather.phases
    passing = 0.5 + 0.5 * np.sin(time_s / 17 + phase[0]) * np.sin(time_s / 29 + phase[1])
    sun_share = weather.sun * (1 - weather.cloud * 0.55 * passing)
    elevation = weather.sun_elevation + 0.08 * np.sin(time_s / 90 + phase[2])
    azimuth = weather.sun_azimuth - heading_rad
    toward = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    sun_color = np.array([1.08, 1.0, 0.88]) if weather.kind != "low_sun" else np.array([1.28, 1.0, 0.68])
    cool = np.array([0.95, 1.0, 1.07])
    return Light(
        toward_sun=toward,
        ambient=(0.98 - (0.36 if weather.kind != "low_sun" else 0.24) * sun_share)
        * (cool if weather.sun > 0.3 else np.ones(3)),
        sun=0.7 * sun_share * sun_color,
        haze_range_m=weather.haze_range_m * (1 + 0.2 * np.sin(time_s / 41 + phase[3])),
        haze_color=weather.haze_color,
        exposure=weather.exposure
        * (1 + 0.08 * np.sin(time_s / 13 + phase[4]) + 0.05 * np.sin(time_s / 4.3 + phase[5])),
        warmth=weather.warmth + 0.02 * np.sin(time_s / 31 + phase[6]),
        wet=weather.wet,
    )


class Sensor:
    """What lens and chip do to a clean picture of width x height pixels: vignette, blur, gains, noise."""

    def __init__(self, seed: int, width: int, height: int, weather: Weather) -> None:
        rng = stream(seed, 2)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        radius = ((columns / width - 0.5) ** 2 + (rows / height - 0.5) ** 2) / 0.5
        shade = 255 * (1 - weather.vignette * radius**1.3)
        self._vignette = cv2.merge([np.round(shade).astype(np.uint8)] * 3)
        grain = rng.normal(128, 12 * weather.noise, (height + 64, width + 64, 3)).astype(np.float32)
        # A sensor's colour noise is a little larger than one pixel once the mosaic has been filled in.
        grain = 128 + 1.6 * (cv2.GaussianBlur(grain, (3, 3), 0.7) - 128)
        self._grain = np.clip(np.round(grain), 0, 255).astype(np.uint8)
        self._blur = float(rng.uniform(0.35, 0.65))
        self._contrast = float(rng.uniform(0.9, 1.12))

    def expose(self, clean: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
        """Return the picture (H, W, 3) as the sensor gives it; rng chooses this frame's noise."""
        picture = cv2.GaussianBlur(clean, (3, 3), self._blur)
        cv2.multiply(picture, self._vignette, dst=picture, scale=1 / 255)
        level = np.arange(256) / 255
        gains = light.exposure * np.array([1 + light.warmth, 1.0, 1 - light.warmth])
        curve = np.clip(level[:, None] * gains, 0, 1.6)
        curve = np.where(curve < 0.8, curve, 0.8 + 0.2 * np.tanh((curve - 0.8) / 0.2))
        curve = 0.5 + (curve - 0.5) * self._contrast
        table = np.clip(np.round(255 * curve), 0, 255).astype(np.uint8).reshape(1, 256, 3)
        cv2.LUT(picture, table, dst=picture)
        row, column = rng.integers(0, 64, 2)
        height, width = picture.shape[:2]
        grain = self._grain[row : row + height, column : column + width]
        return cv2.addWeighted(picture, 1.0, grain, 1 / 12, -128 / 12)
