"""Surfaces of lost cargo: cardboard, planks, cloth, suitcases."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.textures import Texture, make_texture, plain, tile_noise


def cardboard(rng: np.random.Generator) -> tuple[Texture, Texture]:
    """Return (side, top) of a cardboard box with tape, print and dents."""
    color = np.array([178.0, 134, 88]) * rng.uniform(0.7, 1.15) + rng.normal(0, 5, 3)
    if rng.random() < 0.12:
        color = np.full(3, rng.uniform(190, 225))
    side = plain(rng, (80, 112), color, 0.07)
    side[:, :4] *= 0.86
    side[:, -4:] *= 0.86
    side[-8:] *= 0.82
    tape = np.array([200.0, 176, 128]) if rng.random() < 0.6 else np.array([120.0, 84, 46])
    side[:16, 50:62] = tape
    if rng.random() < 0.7:
        x, y, ink = int(rng.integers(8, 30)), int(rng.integers(24, 44)), color * 0.4
        for row in range(3):
            cv2.line(side, (x, y + 8 * row), (x + int(rng.integers(14, 40)), y + 8 * row), ink.tolist(), 3)
        cv2.rectangle(
            side,
            (78, 50),
            (100, 70),
            (225, 222, 214) if rng.random() < 0.5 else ink.tolist(),
            -1 if rng.random() < 0.5 else 2,
        )
    top = plain(rng, (96, 96), color * 1.06, 0.06)
    top[44:52] = tape
    cv2.line(top, (0, 48), (95, 48), (color * 0.5).tolist(), 1)
    return make_texture(side), make_texture(top)


def planks(rng: np.random.Generator, gaps: int, frame: bool) -> Texture:
    """Return boards laid side by side, with an outer frame and a brace if asked."""
    color = np.array([186.0, 148, 102]) * rng.uniform(0.6, 1.12) * (1 + rng.normal(0, 0.03, 3))
    rows, columns = 96, 96
    grain = tile_noise(rng, (rows, columns), (3, 48), 2)
    boards = rng.normal(1, 0.09, gaps + 1)[np.arange(rows) * (gaps + 1) // rows]
    picture = color * ((1 + 0.1 * grain) * boards[:, None])[..., None]
    for index in range(1, gaps + 1):
        row = index * rows // (gaps + 1)
        picture[row - 2 : row + 2] *= 0.3
    if frame:
        cv2.line(picture, (8, 88), (88, 8), (color * 0.92).tolist(), 12)
        cv2.line(picture, (2, 84), (84, 2), (color * 0.55).tolist(), 1)
        cv2.rectangle(picture, (0, 0), (95, 95), (color * 1.08).tolist(), 22)
        cv2.rectangle(picture, (12, 12), (83, 83), (color * 0.5).tolist(), 1)
    return make_texture(picture)


def cloth(rng: np.random.Generator, stripes: bool) -> Texture:
    """Return fabric for mattresses and sofas, quilted or striped."""
    if rng.random() < 0.45:
        color = np.array([226.0, 222, 210]) * rng.uniform(0.8, 1.05)
    else:
        color = np.clip(rng.uniform(50, 190) + rng.normal(0, 35, 3), 20, 235)
    picture = plain(rng, (80, 128), color, 0.06)
    if stripes:
        picture[:, ::16] *= 0.78
        picture[:, 1::16] *= 0.82
        picture[::20] *= 0.85
    picture[:4] *= 0.75
    picture[-4:] *= 0.7
    return make_texture(picture)


def suitcase(rng: np.random.Generator) -> Texture:
    """Return the shell of a suitcase with ribs, seam and rounded dark edges."""
    palette = [
        (34, 36, 44),
        (150, 30, 40),
        (30, 60, 120),
        (60, 110, 100),
        (190, 120, 40),
        (110, 50, 110),
        (120, 124, 130),
    ]
    color = np.array(palette[rng.integers(len(palette))], float) * rng.uniform(0.8, 1.2)
    picture = plain(rng, (96, 72), color, 0.05)
    picture[:, ::9] *= 0.75
    picture[:, 4::9] *= 1.18
    cv2.rectangle(picture, (0, 0), (71, 95), (color * 0.45).tolist(), 7)
    cv2.line(picture, (0, 48), (71, 48), (color * 0.4).tolist(), 2)
    cv2.rectangle(picture, (28, 2), (44, 9), (40, 40, 42), -1)
    return make_texture(picture)


def ball(rng: np.random.Generator) -> Texture:
    """Return a ball lit from above, filling its picture."""
    size = 64
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / (size - 1) * 2 - 1
    radius = np.hypot(x, y)
    height = np.sqrt(np.clip(1 - radius**2, 0, 1))
    color, other = rng.uniform(40, 240, 3), np.full(3, rng.uniform(190, 240))
    bands = np.sin(4 * np.arctan2(x + 0.35 * height, height) + 3 * y) > 0.2
    picture = np.where(bands[..., None], color, other) * np.clip(0.35 + 0.5 * height - 0.35 * y, 0.15, 1.3)[..., None]
    return make_texture(picture, np.clip((1 - radius) * 20, 0, 1))
