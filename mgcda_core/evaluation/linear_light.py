"""Pictures as amounts of light, which is what fog, glare and darkness add and take."""

from __future__ import annotations

import cv2
import numpy as np

# Gamma 2 and not sRGB's curve: within 3 % of full scale of it, and the way back is one square root.
_TO_LIGHT = (np.arange(256, dtype=np.float32) / 255) ** 2


def to_light(image: np.ndarray) -> np.ndarray:
    """Return float32 (H, W, 3) in [0, 1], proportional to light, of uint8 (H, W, 3)."""
    return cv2.LUT(image, _TO_LIGHT)


def to_picture(light: np.ndarray) -> np.ndarray:
    """Return uint8 (H, W, 3) of float32 (H, W, 3) light; what exceeds 1 is white, what is below 0 black."""
    np.maximum(light, 0, out=light)
    return cv2.convertScaleAbs(cv2.sqrt(light), alpha=255)


def sky_light(light: np.ndarray, horizon: int) -> np.ndarray:
    """Return the light that comes from above, float32 (3,): the brighter part of what is above the horizon's row."""
    above = light[: max(1, horizon) : 8, ::8].reshape(-1, 3)
    return np.percentile(above, 85, axis=0).astype(np.float32)
