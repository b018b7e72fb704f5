"""Which light rendered objects need to belong into a given picture."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.domains.perspective import RoadPlane
from mgcda_core.simulation.light import Light


def picture_light(rng: np.random.Generator, image: np.ndarray, plane: RoadPlane) -> Light:
    """Return a light whose share of sun follows the picture: a road with bright and dark parts lies in the sun.

    image: uint8 (H, W, 3). The sun's direction is drawn, one for all objects of a picture.
    """
    size = tuple(max(1, side // 8) for side in image.shape[1::-1])
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).mean(axis=2)
    road = cv2.resize(plane.road.view(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    values = small[road] if road.sum() > 8 else small
    low, high = np.percentile(values, (10, 90))
    sun = float(np.clip(((high - low) / max(high, 1) - 0.2) / 0.4, 0, 1)) * rng.uniform(0.4, 1.0)
    azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 1.2)
    toward = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    ambient = np.full(3, 1.0 - 0.45 * sun)
    return Light(toward, ambient, np.full(3, 0.75 * sun), 1e9, np.zeros(3), 1.0, 0.0, 0.0)
