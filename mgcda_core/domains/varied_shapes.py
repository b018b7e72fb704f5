"""More outlines and surfaces than shapes.py has: concave, in parts, with holes, letters; noise at all scales."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.shapes import random_shape


def varied_shape(rng: np.random.Generator, texture_source: np.ndarray, *, side_px: int = 96) -> Cutout:
    """Return a random object; a quarter of them are random_shape()'s.

    texture_source: uint8 (H, W, 3), a picture that surfaces are borrowed from.
    """
    if rng.random() < 0.25:
        return random_shape(rng, texture_source, side_px=side_px)
    height, width = (max(6, int(side_px * rng.uniform(0.3, 1.0))) for _ in range(2))
    alpha = np.zeros((height, width), np.uint8)
    OUTLINES[int(rng.integers(len(OUTLINES)))](rng, alpha)
    surface = SURFACES[int(rng.integers(len(SURFACES)))](rng, texture_source, height, width)
    light = _light(rng, alpha)
    return Cutout(np.clip(surface * light[..., None], 0, 255).astype(np.uint8), alpha, "shape", -1)


def standing_shape(rng: np.random.Generator, texture_source: np.ndarray, *, side_px: int) -> Cutout:
    """Return a booth, machine, crate or heap that stands on its whole width: few edges and much surface.

    texture_source as in varied_shape(). Meant to be large: what is large and smooth is seen at its edge and missed
    inside.
    """
    height, width = (max(12, int(side_px * rng.uniform(low, 1.0))) for low in (0.5, 0.3))
    alpha = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        wide, tall = rng.uniform(0.35, 1.0, 2) * (width, height)
        x = rng.uniform(0, width - wide)
        slant = rng.uniform(-0.15, 0.15, 2) * wide if rng.random() < 0.4 else np.zeros(2)
        corners = [(x, height), (x + slant[0], height - tall), (x + wide + slant[1], height - tall), (x + wide, height)]
        cv2.fillPoly(alpha, [np.array(corners).astype(np.int32)], 255)
    surface = (_gradient, _noise, _panels)[int(rng.integers(3))](rng, texture_source, height, width)
    light = _light(rng, alpha)[..., None]
    # The side that is turned from the light.
    light[:, int(width * rng.uniform(0.4, 0.95)) :] *= rng.uniform(0.55, 0.95)
    columns, rows = (np.flatnonzero(alpha.any(axis=axis)) for axis in (0, 1))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Cutout(np.clip(surface * light, 0, 255).astype(np.uint8)[box], alpha[box], "shape", -1)


def _star(rng: np.random.Generator, alpha: np.ndarray) -> None:
    """Fill a concave outline: radii differ up to four times from corner to corner."""
    count = int(rng.integers(6, 20))
    angles = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    radii = rng.uniform(0.25 if rng.random() < 0.5 else 0.6, 1.0, count)
    points = np.stack([np.cos(angles) * radii * alpha.shape[1], np.sin(angles) * radii * alpha.shape[0]], 1) / 2
    cv2.fillPoly(alpha, [(points + (alpha.shape[1] / 2, alpha.shape[0] / 2)).astype(np.int32)], 255)


def _parts(rng: np.random.Generator, alpha: np.ndarray) -> None:
    """Fill two to five boxes and ellipses that overlap a common middle."""
    height, width = alpha.shape
    for _ in range(int(rng.integers(2, 6))):
        half = rng.uniform(0.12, 0.4, 2) * (width, height)
        middle = rng.uniform(0.35, 0.65, 2) * (width, height)
        turn = float(rng.uniform(0, 180)) if rng.random() < 0.5 else 0.0
        if rng.random() < 0.5:
            cv2.ellipse(alpha, (middle.tolist(), (2 * half).tolist(), turn), 255, -1)
        else:
            cv2.fillPoly(alpha, [cv2.boxPoints((middle.tolist(), (2 * half).tolist(), turn)).astype(np.int32)], 255)


def _ring(rng: np.random.Generator, alpha: np.ndarray) -> None:
    """Fill an ellipse with a hole."""
    height, width = alpha.shape
    half = np.array([width / 2 - 1, height / 2 - 1])
    cv2.ellipse(alpha, ((width / 2, height / 2), (2 * half).tolist(), 0), 255, -1)
    inner = half * rng.uniform(0.35, 0.7)
    cv2.ellipse(alpha, ((width / 2, height / 2), (2 * inner).tolist(), 0), 0, -1)


def _strip(rng: np.random.Generator, alpha: np.ndarray) -> None:
    """Draw a bent band from side to side: hoses, straps, bumpers."""
    height, width = alpha.shape
    along = np.linspace(0, 1, 20)
    across = 0.5 + rng.uniform(-0.35, 0.35) * np.sin(along * np.pi * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    points = np.stack([width * (0.06 + 0.88 * along), height * across], 1).astype(np.int32)
    cv2.polylines(alpha, [points], False, 255, max(3, int(min(height, width) * rng.uniform(0.12, 0.35))))


def _letters(rng: np.random.Generator, alpha: np.ndarray) -> None:
    """Draw one to three fat letters or digits."""
    height, width = alpha.shape
    text = "".join(rng.choice(list("ABCDEFGHKLMNPRSTUXZ23456789#&%@"), int(rng.integers(1, 4))))
    font, thickness = cv2.FONT_HERSHEY_SIMPLEX, max(2, height // 7)
    (wide, tall), _ = cv2.getTextSize(text, font, 1.0, 1)
    scale = 0.85 * min(width / wide, height / tall)
    start = (int((width - wide * scale) / 2), int((height + tall * scale) / 2))
    cv2.putText(alpha, text, start, font, scale, 255, thickness)
    # Some versions of OpenCV smooth letters.
    alpha[:] = np.where(alpha > 127, 255, 0)


OUTLINES: tuple[Callable[[np.random.Generator, np.ndarray], None], ...] = (
    _star, _star, _parts, _parts, _ring, _strip, _letters,
)  # fmt: skip


def _colour(rng: np.random.Generator) -> np.ndarray:
    colour = rng.uniform(10, 245, 3)
    # Most lost cargo is brown, grey or black.
    return colour.mean() + (colour - colour.mean()) * 0.25 if rng.random() < 0.5 else colour


def _noise(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return noise with as much at coarse scales as at fine ones, or more."""
    surface = np.broadcast_to(_colour(rng), (height, width, 3)).astype(np.float32)
    amount, colourful = rng.uniform(8, 45), 3 if rng.random() < 0.3 else 1
    fading = rng.uniform(0.5, 1.0)
    for octave, cell in enumerate((32, 16, 8, 4, 2)):
        grid = rng.standard_normal((height // cell + 2, width // cell + 2, colourful), np.float32)
        layer = cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, colourful)
        surface = surface + layer * np.float32(amount * fading**octave / 2)
    return surface


def _gradient(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a smooth change between two colours, with a little grain."""
    turn = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    along = np.cos(turn) * columns / width + np.sin(turn) * rows / height
    along = ((along - along.min()) / max(float(np.ptp(along)), 1e-6))[..., None]
    grain = rng.standard_normal((height, width, 1), np.float32) * np.float32(rng.uniform(0, 8))
    return (_colour(rng) * (1 - along) + _colour(rng) * along + grain).astype(np.float32)


def _checks(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return panels in two or three colours, as crates, machines and furniture have."""
    colours = np.stack([_colour(rng) for _ in range(3)])
    grid = rng.integers(0, 3, (int(rng.integers(1, 6)), int(rng.integers(1, 6))))
    panels = cv2.resize(grid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return colours[panels].astype(np.float32)


def _panels(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return one colour with a few framed panels, some of them like glass."""
    colour = _colour(rng)
    surface = np.broadcast_to(colour, (height, width, 3)).astype(np.float32).copy()
    down, across = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    glass = _colour(rng) if rng.random() < 0.5 else colour * rng.uniform(0.5, 1.2)
    for row in range(down):
        for column in range(across):
            start = (int((column + 0.12) * width / across), int((row + 0.12) * height / down))
            end = (int((column + 0.88) * width / across), int((row + 0.88) * height / down))
            cv2.rectangle(surface, start, end, glass.tolist(), -1)
            cv2.rectangle(surface, start, end, (colour * 0.6).tolist(), max(1, width // 80))
    return surface + rng.standard_normal((height, width, 1), np.float32) * np.float32(rng.uniform(0, 4))


def _borrowed(rng: np.random.Generator, source: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a piece of the source, its colours drawn anew half of the time."""
    share = rng.uniform(0.2, 0.8)
    tall, wide = (max(1, int(side * share)) for side in source.shape[:2])
    row, column = (int(rng.integers(side - cut + 1)) for side, cut in zip(source.shape, (tall, wide), strict=False))
    patch = cv2.resize(source[row : row + tall, column : column + wide], (width, height)).astype(np.float32)
    return patch[..., rng.permutation(3)] if rng.random() < 0.5 else patch


SURFACES: tuple[Callable[..., np.ndarray], ...] = (_noise, _noise, _gradient, _checks, _borrowed)


def _light(rng: np.random.Generator, alpha: np.ndarray) -> np.ndarray:
    """Return the brightness of a bulging body lit from one side, float32 (H, W)."""
    height, width = alpha.shape
    side = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.6, 1.3), width, dtype=np.float32)[None]
    down = np.linspace(rng.uniform(0.9, 1.3), rng.uniform(0.5, 1.0), height, dtype=np.float32)[:, None]
    light = side * down
    if rng.random() < 0.5:
        depth = cv2.distanceTransform(alpha, cv2.DIST_L2, 3)
        light = light * (0.7 + 0.35 * np.sqrt(depth / max(float(depth.max()), 1.0)))
    return light
