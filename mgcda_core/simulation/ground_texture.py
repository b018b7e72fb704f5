"""The ground as a picture from above: one stretch of road and roadside that repeats along the road."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.style import PAVEMENT, ROAD, TREE, Style
from mgcda_core.simulation.textures import stream, tile_noise

PERIOD_M = 72.0
REACH_M = 14.0
ALONG_M = 0.05
ACROSS_M = 0.028


def paint_ground(style: Style, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (picture uint8 (S, D, 3), labels uint8 (D,)): rows run along the road, columns from right to left.

    Column c lies at (c + 0.5) * ACROSS_M - REACH_M metres from the middle of the road, left positive.
    """
    rng = stream(seed, 4)
    shape = (int(PERIOD_M / ALONG_M), int(2 * REACH_M / ACROSS_M))
    across = (np.arange(shape[1]) + 0.5) * ACROSS_M - REACH_M
    labels = np.full(shape[1], ROAD, np.uint8)
    speckle = rng.standard_normal(shape, np.float32)
    mottle = tile_noise(rng, shape, (40, 60), 3)
    broad = tile_noise(rng, shape, (300, 180), 2)
    value = 1 + 0.055 * speckle + rng.uniform(0.02, 0.05) * mottle + rng.uniform(0.02, 0.06) * broad
    value *= _wear(style, rng, across)[None]
    picture = value[..., None] * style.asphalt.astype(np.float32)
    _repairs(picture, rng, style)
    _cracks(picture, rng, style)
    _markings(picture, rng, style, across, mottle)
    for sign, side in ((1, style.left), (-1, style.right)):
        outward = across * sign
        parking, pavement, verge, _ = side.edges(style.half_width)
        walk = (outward >= parking) & (outward < pavement)
        if walk.any():
            picture[:, walk] = _paving(rng, style, (shape[0], int(walk.sum())))
            labels[walk] = PAVEMENT
            kerb = (outward >= parking - 0.02) & (outward < parking + 0.16)
            stone = style.paving * rng.uniform(0.95, 1.2) * (1 + 0.04 * speckle[:, kerb, None])
            picture[:, kerb] = np.where((np.arange(shape[0]) % 20 == 0)[:, None, None], 0.75 * stone, stone)
            gutter = (outward >= parking - 0.22) & (outward < parking - 0.02)
            picture[:, gutter] *= 0.78
        soft = (outward >= max(pavement, parking)) & (outward < verge if style.paved_lots else outward >= 0)
        if soft.any():
            color = style.grass if style.green_verge else style.soil
            picture[:, soft] = _growth(rng, color, style.soil, (shape[0], int(soft.sum())))
            labels[soft] = TREE
        if style.paved_lots:
            lot = outward >= verge
            picture[:, lot] = style.paving * 0.8 * (1 + 0.07 * speckle[:, lot, None] + 0.06 * mottle[:, lot, None])
            labels[lot] = PAVEMENT
    return np.clip(picture, 0, 255).astype(np.uint8), labels


def _wear(style: Style, rng: np.random.Generator, across: np.ndarray) -> np.ndarray:
    value = np.ones_like(across, np.float32)
    for lane in (-style.half_width / 2, style.half_width / 2):
        for wheel in (-0.78, 0.78):
            value -= np.float32(rng.uniform(0.02, 0.1)) * np.exp(-(((across - lane - wheel) / 0.28) ** 2))
        value -= np.float32(rng.uniform(0.0, 0.05)) * np.exp(-(((across - lane) / 0.25) ** 2))
    return value


def _column(y: float) -> int:
    return round((y + REACH_M) / ACROSS_M)


def _repairs(picture: np.ndarray, rng: np.random.Generator, style: Style) -> None:
    edge = style.half_width + 1.0
    for _ in range(rng.integers(3, 12)):
        length, width = rng.uniform(0.6, 7), rng.uniform(0.5, 2.4)
        row = int(rng.uniform(0, PERIOD_M - length) / ALONG_M)
        y = rng.uniform(-edge, edge - width)
        area = np.s_[row : row + int(length / ALONG_M), _column(y) : _column(y + width)]
        picture[area] *= rng.uniform(0.72, 1.12)
        top, bottom = row, row + int(length / ALONG_M)
        cv2.rectangle(
            picture, (_column(y), top), (_column(y + width), bottom), (style.asphalt * 0.6).tolist(), 1, cv2.LINE_AA
        )
    for _ in range(rng.integers(1, 5)):
        centre = (_column(rng.uniform(-edge, edge)), int(rng.uniform(20, picture.shape[0] - 20)))
        axes = (int(0.32 / ACROSS_M), int(0.32 / ALONG_M))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, (style.asphalt * 0.55).tolist(), -1, cv2.LINE_AA)
        cv2.ellipse(
            picture, centre, (axes[0] - 2, axes[1] - 1), 0, 0, 360, (style.asphalt * 0.8).tolist(), -1, cv2.LINE_AA
        )
    for _ in range(rng.integers(0, 8)):
        centre = (_column(rng.uniform(-edge, edge)), int(rng.uniform(30, picture.shape[0] - 30)))
        stain = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(stain, centre, (int(rng.integers(5, 22)), int(rng.integers(3, 16))), 0, 0, 360, 255, -1)
        window = np.s_[max(0, centre[1] - 40) : centre[1] + 40, max(0, centre[0] - 50) : centre[0] + 50]
        soft = cv2.GaussianBlur(stain[window], (0, 0), 4).astype(np.float32) / 255
        picture[window] *= 1 - rng.uniform(0.1, 0.3) * soft[..., None]


def _cracks(picture: np.ndarray, rng: np.random.Generator, style: Style) -> None:
    edge = style.half_width + 1.5
    sealed = rng.random() < 0.35
    for _ in range(rng.integers(2, 16)):
        count = int(rng.integers(12, 60))
        step = rng.normal(0, 1, (count, 2)) * (4, 2.2) + rng.choice([(0, 4), (5, 0.6)], p=[0.55, 0.45])
        start = np.array([_column(rng.uniform(-edge, edge)), rng.uniform(0, picture.shape[0])])
        line = np.round(start + np.cumsum(step, axis=0)).astype(np.int32)
        dark = style.asphalt * (rng.uniform(0.42, 0.6) if sealed else rng.uniform(0.5, 0.75))
        cv2.polylines(picture, [line], False, dark.tolist(), 3 if sealed else 1, cv2.LINE_AA)


def _markings(
    picture: np.ndarray, rng: np.random.Generator, style: Style, across: np.ndarray, mottle: np.ndarray
) -> None:
    rows = np.arange(picture.shape[0]) * ALONG_M
    paint = np.array([222.0, 222, 218]) if rng.random() < 0.85 else np.array([226.0, 186, 70])
    worn = rng.uniform(0.0, 0.9)
    cover = np.clip(1.1 - worn * (0.35 + 0.5 * (mottle > rng.uniform(0, 1.5))), 0.05, 0.95)[..., None]

    def stripe(y: float, width: float, dash: tuple[float, float] | None, color: np.ndarray) -> None:
        columns = np.abs(across - y) < width / 2
        on = np.ones(len(rows), bool) if dash is None else (rows % dash[0]) < dash[1]
        area = np.ix_(on, columns)
        weight = cover[area]
        picture[area] = picture[area] * (1 - weight) + weight * color

    centre = str(rng.choice(["dash", "long", "double", "none"], p=[0.45, 0.2, 0.15, 0.2]))
    if centre == "dash":
        stripe(0, 0.13, [(9.0, 3.0), (12.0, 4.0), (6.0, 3.0), (18.0, 6.0)][rng.integers(4)], paint)
    elif centre == "long":
        stripe(0, 0.13, None, paint)
    elif centre == "double":
        stripe(-0.14, 0.11, None, paint)
        stripe(0.14, 0.11, None if rng.random() < 0.6 else (9.0, 3.0), paint)
    white = np.array([222.0, 222, 218])
    if rng.random() < 0.55:
        for sign, side in ((1, style.left), (-1, style.right)):
            stripe(
                sign * (style.half_width - (0.0 if side.parking else 0.35)),
                0.12,
                None if rng.random() < 0.7 else (6.0, 3.0),
                white,
            )
    if style.place in ("city", "suburb") and rng.random() < 0.5:
        start = rng.uniform(4, PERIOD_M - 10)
        on = (rows > start) & (rows < start + 3.2)
        stripes = (across % 1.0 < 0.5) & (np.abs(across) < style.half_width - 0.2)
        area = np.ix_(on, stripes)
        picture[area] = picture[area] * (1 - cover[area]) + cover[area] * white


def _paving(rng: np.random.Generator, style: Style, shape: tuple[int, int]) -> np.ndarray:
    slab_rows, slab_columns = int(rng.choice([8, 12, 18])), int(rng.choice([11, 16, 22]))
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None]
    shift = (rows // slab_rows % 2) * (slab_columns // 2)
    joint = (rows % slab_rows == 0) | ((columns + shift) % slab_columns == 0)
    tone = rng.normal(1, 0.05, (shape[0] // slab_rows + 2, shape[1] // slab_columns + 3))
    value = tone[rows // slab_rows, (columns + shift) // slab_columns] + 0.04 * rng.standard_normal(shape)
    value = np.where(joint, 0.78, 1.0) * value
    return value[..., None] * style.paving


def _growth(rng: np.random.Generator, color: np.ndarray, soil: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    blades = rng.standard_normal(shape, np.float32)
    clumps = tile_noise(rng, shape, (24, 40), 3)
    bare = np.clip(tile_noise(rng, shape, (120, 150), 3) * 1.2 - 1.4, 0, 0.8)[..., None]
    green = color * (1 + 0.14 * blades + 0.12 * clumps)[..., None]
    return green * (1 - bare) + bare * soil * (1 + 0.08 * blades)[..., None]
