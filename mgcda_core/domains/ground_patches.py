"""What lies flat on a road and belongs there: covers, repairs, cracks, paint, stains, wet spots and shadows.

They look much like small obstacles far away and are labelled normal, so that not every contrast on asphalt is one.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mgcda_core.domains.debris_rendering import DebrisCamera
from mgcda_core.simulation.pinhole import optical_to_pixels, to_optical


def draw_patch(
    rng: np.random.Generator,
    image: np.ndarray,
    road: np.ndarray,
    camera: DebrisCamera,
    column: float,
    row: float,
) -> None:
    """Draw one random flat patch into image, uint8 (H, W, 3), in place, around a road pixel.

    road: bool (H, W); nothing else is changed. The patch lies in the ground plane that camera sees.
    """
    kind = KINDS[int(rng.integers(len(KINDS)))]
    kind(rng, _Ground(rng, image, road, camera, column, row))


class _Ground:
    """The road around one pixel, in metres: x away from the camera, y to the left, turned at random."""

    def __init__(
        self,
        rng: np.random.Generator,
        image: np.ndarray,
        road: np.ndarray,
        camera: DebrisCamera,
        column: float,
        row: float,
    ) -> None:
        self.image, self.road, self._view = image, road, camera.view(0, 0)
        self._middle = np.array(camera.ground(column, row))
        turn = 0.0 if rng.random() < 0.6 else rng.uniform(0, np.pi)
        self._turn = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def pixels(self, outline: np.ndarray) -> np.ndarray:
        """Return pixels (N, 2) of points (N, 2) in metres around the middle."""
        points = outline @ self._turn + self._middle
        points[:, 0] = np.maximum(points[:, 0], 1.0)
        return optical_to_pixels(self._view, to_optical(self._view, np.column_stack([points, np.zeros(len(points))])))

    def paint(
        self,
        outlines: list[np.ndarray],
        gain: float | np.ndarray,
        *,
        blur_px: float = 0.5,
        strength: float = 1.0,
        colour: np.ndarray | None = None,
        wear: np.ndarray | None = None,
    ) -> None:
        """Multiply the road inside the outlines, metres, by gain, or mix it with colour, RGB, by strength.

        wear: float32 (h, w) in [0, 1], stretched over the patch, how much of it is left.
        """
        polygons = [self.pixels(outline) for outline in outlines]
        everything = np.concatenate(polygons)
        margin = int(3 * blur_px) + 2
        limits = np.array(self.road.shape[::-1])
        low = np.clip(np.floor(everything.min(axis=0)).astype(int) - margin, 0, limits)
        high = np.clip(np.ceil(everything.max(axis=0)).astype(int) + margin, 0, limits)
        if (high - low).min() < 1:
            return
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.float32)
        for polygon in polygons:
            cv2.fillPoly(mask, [np.round((polygon - low) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        mask = cv2.GaussianBlur(mask, (0, 0), blur_px) * np.float32(strength)
        if wear is not None:
            mask *= cv2.resize(wear.astype(np.float32), (mask.shape[1], mask.shape[0]))
        window = np.s_[low[1] : high[1], low[0] : high[0]]
        mask = (mask * self.road[window])[..., None]
        ground = self.image[window].astype(np.float32)
        changed = ground * np.asarray(gain, np.float32)
        if colour is not None:
            # Half of the asphalt's own grain shows through paint.
            grain = ground - ground.mean(axis=(0, 1))
            changed = np.asarray(colour, np.float32) + 0.5 * grain
        self.image[window] = np.clip(ground + (changed - ground) * mask, 0, 255).astype(np.uint8)

    def brightness(self) -> float:
        """Return the mean of the road's pixels in this picture, [0, 255]."""
        return float(self.image[::4, ::4][self.road[::4, ::4]].mean()) if self.road[::4, ::4].any() else 110.0


def _blob(rng: np.random.Generator, length: float, width: float, rough: float) -> np.ndarray:
    count = 24
    angles = np.arange(count) * 2 * np.pi / count
    waves = sum(rng.normal(0, rough / k) * np.sin(k * angles + rng.uniform(0, 6)) for k in range(2, 6))
    radii = np.clip(1 + waves, 0.3, 2)
    return np.column_stack([np.cos(angles) * radii * length, np.sin(angles) * radii * width]) / 2


def _rectangle(length: float, width: float, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    return np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]]) * np.array([length, width]) / 2 + np.array([x, y])


def _wear(rng: np.random.Generator) -> np.ndarray:
    return np.clip(rng.uniform(0.3, 1.3, (int(rng.integers(2, 9)), int(rng.integers(2, 9)))), 0, 1)


def _cover(rng: np.random.Generator, ground: _Ground) -> None:
    """A manhole cover or a gully: a frame and a lid with a pattern."""
    size, gain = rng.uniform(0.45, 0.9), rng.uniform(0.45, 1.15)
    round_lid = rng.random() < 0.6
    for share, tone in ((1.0, 0.6), (0.86, gain)):
        outline = _blob(rng, size * share, size * share, 0) if round_lid else _rectangle(size * share, size * share)
        ground.paint([outline], tone)
    step = size / 6
    bars = [_rectangle(0.06 * size, 0.7 * size, x) for x in (-2 * step, -step, 0.0, step, 2 * step)]
    ground.paint(bars, rng.uniform(0.5, 0.9), strength=0.8)


def _repair(rng: np.random.Generator, ground: _Ground) -> None:
    """A rectangle of younger or older asphalt, its seam sometimes sealed with tar."""
    outline = _rectangle(rng.uniform(0.4, 4), rng.uniform(0.3, 1.8)) + rng.normal(0, 0.06, (4, 2))
    if rng.random() < 0.4:
        ground.paint([outline * 1.06], 0.5, strength=0.7)
    ground.paint([outline], rng.uniform(0.6, 0.88) if rng.random() < 0.7 else rng.uniform(1.1, 1.3))


def _crack(rng: np.random.Generator, ground: _Ground) -> None:
    """A crack or a line of tar, wandering."""
    count, thick = int(rng.integers(5, 12)), rng.uniform(0.02, 0.09)
    along = np.linspace(-1, 1, count) * rng.uniform(0.5, 3)
    across = np.cumsum(rng.normal(0, 0.12, count))
    line = np.column_stack([across, along]) if rng.random() < 0.5 else np.column_stack([along, across])
    sides = np.array([thick, thick])
    ground.paint([np.concatenate([line, (line + sides)[::-1]])], rng.uniform(0.35, 0.7))


def _shadow(rng: np.random.Generator, ground: _Ground) -> None:
    """A soft-edged shadow whose thrower is out of the picture."""
    outline = _blob(rng, rng.uniform(0.4, 4), rng.uniform(0.4, 3), 0.25)
    if rng.random() < 0.3:
        outline = _rectangle(rng.uniform(2, 6), rng.uniform(0.08, 0.3))
    gain = rng.uniform(0.35, 0.75) * np.array([0.97, 1.0, 1.04])
    ground.paint([outline], gain, blur_px=rng.uniform(0.6, 2.5))


def _paint_mark(rng: np.random.Generator, ground: _Ground) -> None:
    """A stripe, a bar, an arrow or a letter, more or less worn."""
    bright = ground.brightness()
    colour = np.array([1.0, 0.99, 0.96]) if rng.random() < 0.8 else np.array([1.0, 0.82, 0.3])
    colour = np.minimum(colour * bright * rng.uniform(1.35, 2.2), 250)
    draw = rng.random()
    if draw < 0.4:
        outlines = [_rectangle(rng.uniform(0.5, 4), rng.uniform(0.08, 0.3))]
    elif draw < 0.6:
        outlines = [_rectangle(0.3, rng.uniform(0.3, 1.0), 0.6 * index) for index in range(int(rng.integers(1, 5)))]
    elif draw < 0.8:
        head = np.array([[1.6, 0], [0.6, 0.35], [0.6, -0.35]])
        outlines = [_rectangle(2.0, 0.15, -0.4), head]
    else:
        outlines = [
            _rectangle(2.0, 0.16, 0, 0.35),
            _rectangle(0.2, 0.7, 0.9),
            _rectangle(0.2, 0.7, -0.9 * rng.random()),
        ]
    wear = _wear(rng) if rng.random() < 0.7 else None
    ground.paint(outlines, 1.0, strength=rng.uniform(0.35, 0.95), colour=colour, wear=wear)


def _wet(rng: np.random.Generator, ground: _Ground) -> None:
    """A wet spot: darker, and sometimes with the sky in it."""
    outline = _blob(rng, rng.uniform(0.4, 3.5), rng.uniform(0.3, 1.8), 0.3)
    ground.paint([outline], rng.uniform(0.55, 0.8), blur_px=rng.uniform(0.5, 1.2))
    if rng.random() < 0.5:
        sky = np.array([0.95, 1.0, 1.08]) * min(235.0, ground.brightness() * rng.uniform(1.2, 2.0))
        ground.paint([outline * rng.uniform(0.5, 0.85)], 1.0, blur_px=1.0, strength=rng.uniform(0.25, 0.7), colour=sky)


def _stain(rng: np.random.Generator, ground: _Ground) -> None:
    """Oil, rubber, or the dark dip of a pothole with its lighter far rim."""
    length, width = rng.uniform(0.25, 1.6), rng.uniform(0.2, 1.0)
    outline = _blob(rng, length, width, 0.4)
    if rng.random() < 0.4:
        ground.paint([outline + (0.08 * length, 0)], rng.uniform(1.1, 1.35), strength=0.7)
    gain = rng.uniform(0.35, 0.85) * (1 + rng.normal(0, 0.03, 3))
    ground.paint([outline], gain, blur_px=rng.uniform(0.4, 1.0), wear=_wear(rng))


def _scatter(rng: np.random.Generator, ground: _Ground) -> None:
    """Leaves, grit or spots of gum: many small flat things."""
    count = int(rng.integers(6, 40))
    places = rng.normal(0, rng.uniform(0.2, 1.2), (count, 2))
    outlines = [_blob(rng, *rng.uniform(0.03, 0.14, 2), 0.2) + place for place in places]
    gain = rng.uniform(0.4, 0.8) if rng.random() < 0.6 else rng.uniform(1.15, 1.6)
    tint = np.array([1.08, 1.0, 0.8]) if rng.random() < 0.5 else np.ones(3)
    ground.paint(outlines, gain * tint, strength=rng.uniform(0.5, 1.0))


KINDS: tuple[Callable[[np.random.Generator, _Ground], None], ...] = (
    _cover, _repair, _crack, _shadow, _paint_mark, _wet, _stain, _scatter,
)  # fmt: skip
