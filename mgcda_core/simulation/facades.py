"""House fronts as pictures: plaster or brick, rows of windows, doors, shop fronts, warehouse gates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.simulation.style import Style
from mgcda_core.simulation.textures import Texture, make_texture, plain, tile_noise

_PER_M = 26


@dataclass(frozen=True)
class Front:
    """One house front: its picture and what goes with it; lengths in metres, colors RGB."""

    texture: Texture
    wall: Texture
    roof: Texture
    width: float
    height: float
    pitched: bool


def make_front(style: Style, rng: np.random.Generator) -> Front:
    """Return a house front that suits the style."""
    hall = style.place == "industrial" and rng.random() < 0.7
    storey = rng.uniform(2.8, 3.4)
    storeys = (
        2
        if hall
        else int(
            {
                "city": rng.integers(3, 7),
                "suburb": rng.integers(1, 3),
                "rural": rng.integers(1, 3),
                "industrial": rng.integers(2, 4),
            }[style.place]
        )
    )
    width = rng.uniform(14, 22) if hall else rng.uniform(9, 16)
    height = storeys * storey + rng.uniform(0.3, 0.8)
    size = (int(height * _PER_M), int(width * _PER_M))
    color = _wall_color(rng, style)
    brick = not hall and rng.random() < 0.4
    wall = _wall(rng, size, color, brick, hall)
    picture = wall.copy()
    if hall:
        _gates(picture, rng, width)
    else:
        _windows(picture, rng, width, storeys, storey, shop=style.place == "city" and rng.random() < 0.55)
    picture *= (1 - 0.12 * np.clip(tile_noise(rng, size, (size[0] / 2, 14), 2), -1, 2))[..., None]
    picture[-int(0.5 * _PER_M) :] *= rng.uniform(0.65, 0.95)
    tiles = plain(
        rng, (48, 96), np.array([[150, 82, 62], [110, 62, 52], [86, 86, 92], [96, 88, 78]][rng.integers(4)]), 0.12
    )
    tiles[::6] *= 0.7
    return Front(
        texture=make_texture(picture),
        wall=make_texture(_gable(rng, (size[0], 9 * _PER_M), color, brick, hall)),
        roof=make_texture(tiles),
        width=float(width),
        height=float(height),
        pitched=bool(
            not hall and rng.random() < {"city": 0.45, "suburb": 0.92, "rural": 0.95, "industrial": 0.3}[style.place]
        ),
    )


def _wall_color(rng: np.random.Generator, style: Style) -> np.ndarray:
    palette = np.array(
        [
            [206, 196, 178],
            [224, 216, 200],
            [186, 150, 118],
            [164, 104, 84],
            [200, 182, 140],
            [178, 184, 186],
            [214, 178, 150],
            [150, 156, 148],
            [222, 206, 160],
            [140, 118, 104],
            [198, 164, 160],
        ],
        float,
    )
    return np.clip(palette[rng.integers(len(palette))] * rng.uniform(0.8, 1.05) + rng.normal(0, 5, 3), 40, 240)


def _wall(rng: np.random.Generator, size: tuple[int, int], color: np.ndarray, brick: bool, hall: bool) -> np.ndarray:
    wall = plain(rng, size, color, 0.05)
    rows, columns = np.arange(size[0])[:, None], np.arange(size[1])[None]
    if brick:
        tone = rng.normal(1, 0.09, (size[0] // 3 + 2, size[1] // 7 + 3))
        wall *= tone[rows // 3, (columns + rows // 3 % 2 * 3) // 7][..., None]
        wall[::3] *= 0.88
    if hall:
        wall[:, ::7] *= 0.84
    return wall


def _gable(rng: np.random.Generator, size: tuple[int, int], color: np.ndarray, brick: bool, hall: bool) -> np.ndarray:
    wall = _wall(rng, size, color, brick, hall) * 0.96
    frame = np.array([228.0, 226, 220])
    for _ in range(0 if hall else int(rng.integers(0, 4))):
        left, top = int(rng.uniform(0.1, 0.75) * size[1]), int(rng.uniform(0.1, 0.7) * size[0])
        _pane(wall, rng, left, top, left + int(0.9 * _PER_M), min(top + int(1.3 * _PER_M), size[0] - 4), frame)
    return wall


def _windows(
    picture: np.ndarray, rng: np.random.Generator, width: float, storeys: int, storey: float, shop: bool
) -> None:
    count = max(2, int(width / rng.uniform(2.2, 3.4)))
    step = width / count
    wide, tall = rng.uniform(0.9, min(1.7, step - 0.6)), rng.uniform(1.2, 1.8)
    frame = np.array([235.0, 233, 228]) if rng.random() < 0.7 else rng.uniform(50, 110) * np.array([1.0, 0.85, 0.7])
    trim = picture.mean(axis=(0, 1)) * rng.uniform(0.75, 1.3)
    door_at = int(rng.integers(count))
    balcony = rng.random() < 0.3 and storeys > 2
    for floor in range(storeys):
        base = picture.shape[0] - floor * storey * _PER_M
        if floor and rng.random() < 0.5:
            cv2.rectangle(picture, (0, int(base - 4)), (picture.shape[1], int(base)), trim.tolist(), -1)
        if floor == 0 and shop:
            _shop(picture, rng, width, int(base))
            continue
        for column in range(count):
            centre = (column + 0.5) * step
            left, right = int((centre - wide / 2) * _PER_M), int((centre + wide / 2) * _PER_M)
            bottom = int(base - 0.85 * _PER_M)
            top = int(bottom - tall * _PER_M)
            if floor == 0 and column == door_at:
                _door(picture, rng, int(centre * _PER_M), int(base))
                continue
            cv2.rectangle(picture, (left - 4, top - 4), (right + 4, bottom + 4), trim.tolist(), -1)
            _pane(picture, rng, left, top, right, bottom, frame)
            cv2.rectangle(picture, (left - 5, bottom + 2), (right + 5, bottom + 5), (trim * 0.7).tolist(), -1)
            if balcony and floor and column % 2 == 0:
                rail = int(base - 1.0 * _PER_M)
                cv2.rectangle(picture, (left - 16, rail), (right + 16, int(base)), (trim * 0.6).tolist(), 1)
                picture[rail : int(base), max(left - 16, 0) : right + 16 : 4] *= 0.55


def _pane(
    picture: np.ndarray, rng: np.random.Generator, left: int, top: int, right: int, bottom: int, frame: np.ndarray
) -> None:
    cv2.rectangle(picture, (left, top), (right, bottom), frame.tolist(), -1)
    dark = rng.uniform(28, 80)
    glow = np.linspace(rng.uniform(0.9, 2.1), 0.7, max(bottom - top - 4, 1))[:, None, None]
    glass = np.array([dark * 0.9, dark, dark * 1.15]) * glow
    picture[top + 2 : bottom - 2, left + 2 : right - 2] = glass
    if rng.random() < 0.4:
        drawn = top + 2 + int((bottom - top - 4) * rng.uniform(0.2, 0.95))
        picture[top + 2 : drawn, left + 2 : right - 2] = rng.uniform(120, 200) * np.array([1.0, 0.98, 0.92])
    middle = (left + right) // 2
    cv2.line(picture, (middle, top), (middle, bottom), frame.tolist(), 2)
    cv2.line(picture, (left, top + (bottom - top) // 3), (right, top + (bottom - top) // 3), frame.tolist(), 1)


def _door(picture: np.ndarray, rng: np.random.Generator, centre: int, base: int) -> None:
    half, tall = int(0.5 * _PER_M), int(2.15 * _PER_M)
    color = np.array([[92, 54, 36], [48, 70, 52], [46, 54, 84], [120, 40, 38], [70, 70, 72]][rng.integers(5)], float)
    cv2.rectangle(picture, (centre - half - 4, base - tall - 4), (centre + half + 4, base), (color * 1.5).tolist(), -1)
    cv2.rectangle(picture, (centre - half, base - tall), (centre + half, base), color.tolist(), -1)
    cv2.rectangle(
        picture, (centre - half + 4, base - tall + 5), (centre + half - 4, base - tall + 18), (60, 66, 74), -1
    )


def _shop(picture: np.ndarray, rng: np.random.Generator, width: float, base: int) -> None:
    color = rng.uniform(40, 200, 3)
    tall = int(2.9 * _PER_M)
    cv2.rectangle(picture, (4, base - tall), (picture.shape[1] - 4, base), (color * 0.5).tolist(), -1)
    panes = int(width / 2.6)
    for index in range(panes):
        left, right = int((index + 0.1) * width / panes * _PER_M), int((index + 0.9) * width / panes * _PER_M)
        top, bottom = base - int(2.2 * _PER_M), base - int(0.35 * _PER_M)
        picture[top:bottom, left:right] = np.linspace(105, 48, bottom - top)[:, None, None] * np.array(
            [0.95, 1.0, 1.06]
        )
        for _ in range(4):
            x, y = int(rng.integers(left, right)), int(rng.integers(top + 8, bottom))
            cv2.rectangle(picture, (x, y - 8), (min(x + 9, right), bottom), rng.uniform(50, 170, 3).tolist(), -1)
    board = color * 0.9
    cv2.rectangle(
        picture, (4, base - tall), (picture.shape[1] - 4, base - tall + int(0.6 * _PER_M)), board.tolist(), -1
    )
    start = int(rng.uniform(0.1, 0.4) * picture.shape[1])
    for index in range(int(rng.integers(5, 11))):
        x = start + index * 11
        cv2.rectangle(picture, (x, base - tall + 4), (x + 6, base - tall + 12), (235, 232, 220), -1)


def _gates(picture: np.ndarray, rng: np.random.Generator, width: float) -> None:
    base = picture.shape[0]
    gates = int(rng.integers(1, 4))
    for index in range(gates):
        centre = int((index + 0.5) * width / gates * _PER_M)
        half, tall = int(1.8 * _PER_M), int(3.6 * _PER_M)
        color = rng.uniform(70, 190) * np.array([1.0, 1.0, 1.04])
        cv2.rectangle(picture, (centre - half, base - tall), (centre + half, base), color.tolist(), -1)
        picture[base - tall : base : 8, centre - half : centre + half] *= 0.75
    top = int(0.8 * _PER_M)
    for left in range(20, picture.shape[1] - 70, 80):
        cv2.rectangle(picture, (left, top), (left + 55, top + 22), (70, 82, 92), -1)
