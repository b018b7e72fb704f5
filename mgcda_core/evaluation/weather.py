"""Fog, rain and dusk on a picture of a road, by how far away each pixel is likely to be."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.evaluation.horizon import horizon_row
from mgcda_core.evaluation.linear_light import sky_light, to_light, to_picture

FOG_VISIBILITY_M = (500.0, 260.0, 140.0, 85.0, 50.0)
RAIN_VISIBILITY_M = (2500.0, 1500.0, 900.0, 600.0, 400.0)
RAIN_LIGHT = (0.88, 0.8, 0.72, 0.64, 0.56)
RAIN_AMOUNT = (0.16, 0.3, 0.5, 0.75, 1.0)
DUSK_LIGHT = (0.45, 0.27, 0.16, 0.1, 0.06)
DUSK_BLUE = (0.04, 0.08, 0.12, 0.16, 0.2)
"""Each of the five values belongs to a strength; light is a share of the day's, amount one of the heaviest rain's."""

_CAMERA_M = 1.5
_STREET_M = 9.0
_FOCAL_WIDTHS = 1.1
_FARTHEST_M = 120.0
_VISIBLE_CONTRAST = 0.05
_FULL_WELL, _READ_NOISE = 4000.0, 8.0
_SKY_LASTS = np.float32(1.2)


def likely_distances_m(height: int, width: int) -> np.ndarray:
    """Return a distance per pixel, float32 (height, width): a guess from where things are on a road, no measurement.

    A flat road lies 1.5 m below a camera of Cityscapes' focal length, 1.1 picture widths; houses and trees stand 9 m
    to either side, as high as that; all else, the sky too, is 120 m away. What stands on the road is taken to lie flat.
    """
    focal = _FOCAL_WIDTHS * width
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - horizon_row(height)
    aside = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2)
    # Above the edge of the roofs, which runs up from the vanishing point at 45 degrees, the street opens to the sky.
    wall = aside - np.maximum(-down - aside, 0)
    nearness = np.maximum(down / (focal * _CAMERA_M), np.maximum(wall, 0) / (focal * _STREET_M))
    return (np.maximum(nearness, 0) ** 4 + np.float32(_FARTHEST_M**-4)) ** np.float32(-0.25)


def fog(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture in fog: light fades with distance and the sky's takes its place (Koschmieder's law)."""
    light = to_light(image)
    height, width = image.shape[:2]
    # Fog drifts in swathes, so it is denser here and thinner there.
    swathes = rng.uniform(0.75, 1.25, (4, 6)).astype(np.float32)
    swathes = cv2.resize(swathes, (width, height), interpolation=cv2.INTER_CUBIC)
    air = sky_light(light, horizon_row(height))
    air = np.float32(0.25) * air + np.float32(0.75) * air.mean()
    return to_picture(_haze(light, FOG_VISIBILITY_M[strength - 1], air, swathes))


def _haze(light: np.ndarray, visibility_m: float, air: np.ndarray, density: np.ndarray | float) -> np.ndarray:
    """Return float32 (H, W, 3) light seen through air of that visibility and light (3,)."""
    extinction = -np.log(_VISIBLE_CONTRAST) / visibility_m
    through = np.exp(-np.float32(extinction) * likely_distances_m(*light.shape[:2]) * density)[..., None]
    return air + (light - air) * through


def rain(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture in rain: less light, some haze, and bright streaks, the near ones long and out of focus."""
    light = to_light(image)
    height, width = image.shape[:2]
    air = sky_light(light, horizon_row(height)).mean().astype(np.float32) * np.ones(3, np.float32)
    light = _haze(light, RAIN_VISIBILITY_M[strength - 1], air, 1.0) * np.float32(RAIN_LIGHT[strength - 1])
    slant = np.radians(rng.uniform(-14, 14))
    cover = np.zeros((height, width), np.float32)
    for count, length, wide, opacity in ((2600, 0.035, 0.0, 0.3), (700, 0.08, 0.7, 0.4), (130, 0.2, 1.8, 0.5)):
        layer = _streaks(rng, height, width, round(count * RAIN_AMOUNT[strength - 1]), count, length, slant)
        if wide:
            layer = cv2.GaussianBlur(layer, (0, 0), wide * width / 1024)
        cover = np.maximum(cover, layer.astype(np.float32) * np.float32(opacity / 255))
    drop = air * np.float32(0.8 * RAIN_LIGHT[strength - 1])
    return to_picture(light + (drop - light) * cover[..., None])


def _streaks(
    rng: np.random.Generator, height: int, width: int, count: int, most: int, length: float, slant: float
) -> np.ndarray:
    """Return uint8 (H, W) with count of most streaks; more of them include the fewer, so that rain only grows."""
    start = rng.uniform((-0.1, -0.2), (1.1, 1.0), (most, 2)) * (width, height)
    angle = slant + rng.normal(0, np.radians(1.5), most)
    reach = length * height * rng.uniform(0.6, 1.4, most)
    end = start + np.stack([np.sin(angle) * reach, np.cos(angle) * reach], axis=1)
    # Positions in sixteenths of a pixel: whole ones give streaks that all look alike.
    lines = np.round(np.stack([start, end], axis=1) * 16).astype(np.int32)[:count]
    canvas = np.zeros((height, width), np.uint8)
    thickness = max(1, round(width / 1024))
    for group, brightness in enumerate((90, 150, 210, 255)):
        cv2.polylines(canvas, list(lines[group::4]), False, brightness, thickness, cv2.LINE_AA, 4)
    return canvas


def dusk(image: np.ndarray, strength: int, rng: np.random.Generator) -> np.ndarray:
    """Return the picture at dusk: bluer, the sky brighter than what it lights, and the noise of a straining sensor."""
    light = to_light(image)
    horizon = horizon_row(image.shape[0])
    sky = light.mean(axis=2) / max(float(sky_light(light, horizon).mean()), 1e-3)
    sky = np.minimum(sky, 1) ** 4
    sky[horizon:] = 0
    blue = DUSK_BLUE[strength - 1]
    tint = np.float32([1 - blue, 1 - blue / 3, 1 + blue]) * np.float32(DUSK_LIGHT[strength - 1])
    light = light * (1 + _SKY_LASTS * sky)[..., None] * tint
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    # Photons arrive by chance: their noise is the root of their number; the sensor adds its own.
    deviation = cv2.sqrt(light * np.float32(_FULL_WELL) + np.float32(_READ_NOISE**2)) / np.float32(_FULL_WELL)
    return to_picture(light + noise * deviation * np.float32(1 + strength / 2))
