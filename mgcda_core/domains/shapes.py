"""Objects of no category at all: random outlines with random surfaces, as debris has."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.datasets.cutout import Cutout


def random_shape(rng: np.random.Generator, texture_source: np.ndarray, *, side_px: int = 96) -> Cutout:
    """Return a blob, polygon or box with a flat, noisy, striped or borrowed surface.

    texture_source: uint8 (H, W, 3), a picture that surfaces are borrowed from.
    """
    height = int(side_px * rng.uniform(0.3, 1.0))
    width = int(side_px * rng.uniform(0.3, 1.0))
    alpha = np.zeros((height, width), np.uint8)
    outline = rng.integers(3)
    if outline == 0:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 12)))
        radii = rng.uniform(0.55, 1.0, len(angles))
        points = np.stack([np.cos(angles) * radii * width, np.sin(angles) * radii * height], 1) / 2
        points += (width / 2, height / 2)
        cv2.fillPoly(alpha, [points.astype(np.int32)], 255)
    elif outline == 1:
        cv2.ellipse(alpha, (width // 2, height // 2), (width // 2 - 1, height // 2 - 1), 0, 0, 360, 255, -1)
    else:
        alpha[1:-1, 1:-1] = 255
    surface = _surface(rng, texture_source, height, width)
    # A lit side and a shaded side: nothing on a road is evenly bright.
    light = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.6, 1.3), width)[None, :, None]
    if outline == 2 and rng.random() < 0.6:
        edge = int(width * rng.uniform(0.3, 0.7))
        light = np.broadcast_to(light, (1, width, 1)).copy()
        light[:, edge:] *= rng.uniform(0.5, 0.8)
        top = int(height * rng.uniform(0, 0.3))
        surface[:top] *= rng.uniform(1.1, 1.5)
    return Cutout(np.clip(surface * light, 0, 255).astype(np.uint8), alpha, "shape", -1)


def _surface(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    colour = rng.uniform(10, 245, 3)
    if rng.random() < 0.5:
        colour = colour.mean() + (colour - colour.mean()) * 0.25  # most lost cargo is brown, grey or black
    kind = rng.integers(4)
    surface = np.broadcast_to(colour, (height, width, 3)).astype(np.float32)
    if kind == 1:
        coarse = rng.normal(0, rng.uniform(5, 40), (max(2, height // 8), max(2, width // 8), 1))
        surface = surface + cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
        surface = surface + rng.normal(0, rng.uniform(0, 15), (height, width, 1))
    elif kind == 2:
        period = rng.uniform(6, 30)
        rows, columns = np.mgrid[:height, :width]
        stripes = np.sin((rows * rng.uniform(-1, 1) + columns * rng.uniform(-1, 1)) * 2 * np.pi / period) > 0
        surface = np.where(stripes[..., None], surface, rng.uniform(10, 245, 3))
    elif kind == 3:
        row = int(rng.integers(max(1, source.shape[0] - height)))
        column = int(rng.integers(max(1, source.shape[1] - width)))
        patch = source[row : row + height, column : column + width]
        surface = cv2.resize(patch, (width, height)).astype(np.float32)
    return surface.astype(np.float32)
