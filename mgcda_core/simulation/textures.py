"""Noise and pictures to stick on faces: tileable noise, and textures with smaller copies of themselves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_ORIGIN = 1 << 30


def stream(seed: int, tag: int, index: int = 0) -> np.random.Generator:
    """Return the random generator that belongs to (seed, tag, index); index may be negative."""
    return np.random.default_rng([seed, tag, index + _ORIGIN])


def tile_noise(
    rng: np.random.Generator, shape: tuple[int, int], cell: float | tuple[float, float], octaves: int = 1
) -> np.ndarray:
    """Return smooth noise that wraps around, float32 `shape`, mean 0, deviation about 1.

    cell: size of the coarsest grain in pixels, or (rows, columns). Each octave halves grain and weight.
    """
    rows, columns = cell if isinstance(cell, tuple) else (cell, cell)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grid_rows = max(1, round(shape[0] * 2**octave / rows))
        grid_columns = max(1, round(shape[1] * 2**octave / columns))
        if grid_rows >= shape[0] and grid_columns >= shape[1]:
            layer = rng.standard_normal(shape, np.float32)
        else:
            grid = np.pad(rng.standard_normal((grid_rows, grid_columns), np.float32), 2, mode="wrap")
            size = (round((grid_columns + 4) * shape[1] / grid_columns), round((grid_rows + 4) * shape[0] / grid_rows))
            wide = cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)
            top, left = round(2 * shape[0] / grid_rows), round(2 * shape[1] / grid_columns)
            layer = wide[top : top + shape[0], left : left + shape[1]]
        total += layer * np.float32(0.5**octave)
    return total


@dataclass(frozen=True)
class Texture:
    """A picture and its halved copies, uint8: RGB (h, w, 3) if opaque, else premultiplied RGBA (h, w, 4).

    mean: RGB of the solid part.
    """

    levels: tuple[np.ndarray, ...]
    opaque: bool
    mean: tuple[float, float, float]


def make_texture(picture: np.ndarray, alpha: np.ndarray | None = None) -> Texture:
    """Return a Texture of picture (h, w, 3), RGB in [0, 255], and alpha (h, w) in [0, 1] or None for solid."""
    picture = np.clip(picture, 0, 255).astype(np.float32)
    opacity = np.ones(picture.shape[:2], np.float32) if alpha is None else np.clip(alpha, 0, 1).astype(np.float32)
    weight = max(float(opacity.sum()), 1e-6)
    mean = (picture * opacity[..., None]).sum(axis=(0, 1)) / weight
    level = picture if alpha is None else np.dstack([picture * opacity[..., None], opacity * 255])
    level = np.ascontiguousarray(np.round(level).astype(np.uint8))
    levels = [level]
    while min(level.shape[:2]) >= 8:
        level = cv2.resize(level, (level.shape[1] // 2, level.shape[0] // 2), interpolation=cv2.INTER_AREA)
        levels.append(level)
    return Texture(tuple(levels), alpha is None, (float(mean[0]), float(mean[1]), float(mean[2])))


def plain(rng: np.random.Generator, size: tuple[int, int], color: np.ndarray, grain: float = 0.08) -> np.ndarray:
    """Return a mottled surface, float32 (rows, columns, 3) in about [0, 255], around an RGB color."""
    soft = tile_noise(rng, size, max(4, min(size) / 3), 3)
    fine = rng.standard_normal(size, np.float32)
    value = 1 + grain * (0.6 * soft + 0.5 * fine)
    return (np.asarray(color, np.float32)[None, None] * value[..., None]).astype(np.float32)
