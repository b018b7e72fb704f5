"""Animals as flat silhouettes with fur and soft shading."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.textures import Texture, make_texture, tile_noise

# Outlines in shares of (length, height), head to the right, feet on y = 1.
_DOG = [
    (0.02, 0.30),
    (0.06, 0.24),
    (0.14, 0.36),
    (0.22, 0.38),
    (0.60, 0.38),
    (0.70, 0.22),
    (0.74, 0.06),
    (0.78, 0.02),
    (0.82, 0.10),
    (0.90, 0.14),
    (0.99, 0.22),
    (0.98, 0.29),
    (0.88, 0.32),
    (0.82, 0.42),
    (0.78, 0.60),
    (0.75, 0.70),
    (0.74, 0.98),
    (0.68, 0.98),
    (0.67, 0.70),
    (0.60, 0.66),
    (0.36, 0.62),
    (0.32, 0.72),
    (0.30, 0.98),
    (0.24, 0.98),
    (0.25, 0.80),
    (0.19, 0.70),
    (0.20, 0.98),
    (0.14, 0.98),
    (0.13, 0.66),
    (0.13, 0.46),
    (0.06, 0.38),
]
_DEER = [
    (0.10, 0.42),
    (0.16, 0.37),
    (0.30, 0.36),
    (0.58, 0.37),
    (0.68, 0.28),
    (0.76, 0.14),
    (0.76, 0.08),
    (0.80, 0.10),
    (0.84, 0.10),
    (0.97, 0.18),
    (0.97, 0.23),
    (0.88, 0.24),
    (0.82, 0.34),
    (0.74, 0.52),
    (0.70, 0.60),
    (0.69, 0.78),
    (0.68, 0.99),
    (0.64, 0.99),
    (0.645, 0.78),
    (0.61, 0.62),
    (0.56, 0.63),
    (0.32, 0.62),
    (0.27, 0.66),
    (0.29, 0.78),
    (0.27, 0.99),
    (0.23, 0.99),
    (0.24, 0.80),
    (0.20, 0.68),
    (0.18, 0.82),
    (0.16, 0.99),
    (0.12, 0.99),
    (0.14, 0.80),
    (0.11, 0.58),
]
_BOAR = [
    (0.03, 0.36),
    (0.10, 0.22),
    (0.28, 0.10),
    (0.50, 0.06),
    (0.66, 0.12),
    (0.72, 0.10),
    (0.76, 0.20),
    (0.86, 0.40),
    (0.98, 0.54),
    (0.98, 0.62),
    (0.88, 0.66),
    (0.74, 0.70),
    (0.70, 0.78),
    (0.70, 0.98),
    (0.63, 0.98),
    (0.61, 0.76),
    (0.40, 0.76),
    (0.30, 0.74),
    (0.27, 0.80),
    (0.27, 0.98),
    (0.20, 0.98),
    (0.18, 0.78),
    (0.13, 0.82),
    (0.14, 0.98),
    (0.08, 0.98),
    (0.06, 0.66),
]
_OUTLINES = {"dog": _DOG, "deer": _DEER, "boar": _BOAR}
_COATS = {
    "dog": [(150, 108, 66), (62, 48, 40), (30, 28, 28), (205, 190, 165), (128, 120, 112)],
    "deer": [(146, 98, 60), (120, 84, 56), (160, 118, 78)],
    "boar": [(62, 52, 46), (84, 70, 58), (44, 38, 36)],
}


def animal_picture(kind: str, rng: np.random.Generator) -> Texture:
    """Return the side view of a dog, deer or boar, filling its picture, feet at the bottom edge.

    Raises KeyError for another kind.
    """
    rows, columns = 144, 192
    outline = np.array(_OUTLINES[kind]) + rng.normal(0, 0.006, (len(_OUTLINES[kind]), 2))
    if rng.random() < 0.5:
        outline[:, 0] = 1 - outline[:, 0]
    outline -= outline.min(axis=0)
    outline /= outline.max(axis=0)
    points = np.round(outline * (columns - 1, rows - 1) * 16).astype(np.int32)
    alpha = np.zeros((rows, columns), np.float32)
    cv2.fillPoly(alpha, [points], 1.0, cv2.LINE_AA, 4)
    coat = np.array(_COATS[kind][rng.integers(len(_COATS[kind]))], np.float32) * rng.uniform(0.85, 1.15)
    fur = 1 + 0.16 * tile_noise(rng, (rows, columns), (5, 12), 2) + 0.12 * rng.standard_normal((rows, columns))
    inward = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    round_body = 0.62 + 0.5 * np.clip(inward / 16, 0, 1)
    from_above = np.linspace(1.2, 0.68, rows)[:, None]
    picture = coat * (fur * round_body * from_above)[..., None]
    patches = np.clip(tile_noise(rng, (rows, columns), 50, 2) - 0.6, 0, 1)[..., None]
    if kind == "dog" and rng.random() < 0.4:
        picture = picture * (1 - patches) + patches * 215 * from_above[..., None]
    return make_texture(picture, alpha)
