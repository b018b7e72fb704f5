"""Trees and bushes as pictures with transparent edges."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.textures import Texture, make_texture, tile_noise


def tree_picture(rng: np.random.Generator, size: tuple[int, int] = (288, 224)) -> Texture:
    """Return a broadleaf tree, trunk foot at the bottom centre, on size (rows, columns) pixels."""
    rows, columns = size
    alpha = np.zeros(size, np.float32)
    picture = np.zeros((*size, 3), np.float32)
    bark = np.array([88.0, 74, 58]) * rng.uniform(0.7, 1.15)
    centre = columns / 2
    crown_y, reach = rows * rng.uniform(0.34, 0.42), columns * 0.3
    thick = columns * rng.uniform(0.022, 0.04)
    trunk = np.array(
        [
            [centre - thick * 1.4, rows],
            [centre - thick * 0.8, crown_y],
            [centre + thick * 0.8, crown_y],
            [centre + thick * 1.4, rows],
        ]
    )
    cv2.fillConvexPoly(alpha, trunk.astype(np.int32), 1.0, cv2.LINE_AA)
    for _ in range(5):
        end = (int(centre + rng.normal(0, reach * 0.7)), int(crown_y - rng.uniform(-0.1, 0.7) * reach))
        cv2.line(alpha, (int(centre), int(crown_y + rows * 0.16)), end, 1.0, max(2, int(thick)), cv2.LINE_AA)
    picture += bark * (1 + 0.2 * tile_noise(rng, size, (40, 5), 2))[..., None]
    picture *= np.linspace(0.75, 1.25, columns)[None, :, None]
    leaf = np.array([rng.uniform(52, 112), rng.uniform(84, 122), rng.uniform(30, 58)])
    if rng.random() < 0.15:
        leaf = np.array([rng.uniform(140, 175), rng.uniform(95, 125), rng.uniform(35, 55)])
    dense = rng.uniform(0.0, 0.45)
    depth = np.full(size, -1e9, np.float32)
    tall = rng.uniform(0.75, 1.25)
    for _ in range(46):
        angle, share = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform())
        x = centre + share * reach * np.cos(angle)
        y = crown_y + share * reach * tall * np.sin(angle) * 0.95
        radius = columns * rng.uniform(0.055, 0.14)
        box = np.s_[
            max(int(y - radius * 1.3), 0) : max(int(y + radius * 1.3), 0),
            max(int(x - radius * 1.3), 0) : int(x + radius * 1.3),
        ]
        grid_y, grid_x = np.mgrid[box].astype(np.float32)
        if not grid_y.size:
            continue
        rough = tile_noise(rng, grid_y.shape, 5, 2)
        far = np.hypot(grid_x - x, grid_y - y) / radius + 0.16 * rough
        inside = (far < 1) & (rough > -2.2 + dense)
        # Blobs lower in the crown hang further out towards us; each is lit from above.
        front = -y + rng.uniform(-reach, reach)
        inside &= front > depth[box]
        light = 0.78 + 0.34 * (y - grid_y) / radius + 0.26 * (crown_y - grid_y) / reach + 0.16 * rough
        depth[box][inside] = front
        picture[box][inside] = (leaf * np.clip(light, 0.28, 1.6)[..., None])[inside]
        alpha[box][inside] = 1.0
    speck = rng.standard_normal(size, np.float32)
    picture *= (1 + 0.13 * speck)[..., None]
    holes = (tile_noise(rng, size, 7, 2) > 1.7 - dense) & (np.arange(rows)[:, None] < crown_y + reach)
    alpha[holes] = 0
    return make_texture(picture, cv2.GaussianBlur(alpha, (3, 3), 0.7))


def conifer_picture(rng: np.random.Generator, size: tuple[int, int] = (288, 144)) -> Texture:
    """Return a conifer, trunk foot at the bottom centre, on size (rows, columns) pixels."""
    rows, columns = size
    alpha = np.zeros(size, np.float32)
    cv2.rectangle(alpha, (columns // 2 - 4, int(rows * 0.85)), (columns // 2 + 4, rows), 1.0, -1)
    picture = np.full((*size, 3), (82, 66, 52), np.float32)
    line = np.arange(rows, dtype=np.float32)
    share = np.clip(line / (rows * 0.92), 0, 1)
    edge = columns * 0.46 * share * (0.78 + 0.22 * np.abs(np.sin(share * rng.uniform(14, 22))))
    across = np.abs(np.arange(columns)[None] - columns / 2)
    rough = tile_noise(rng, size, 6, 3)
    crown = (across < edge[:, None] * (1 + 0.2 * rough)) & (line[:, None] < rows * 0.92)
    alpha[crown] = 1
    leaf = np.array([rng.uniform(38, 62), rng.uniform(66, 88), rng.uniform(42, 56)])
    tone = 0.85 + 0.28 * rough + 0.25 * np.sin(share * 40)[:, None] - 0.25 * across / columns
    picture[crown] = (leaf * np.clip(tone, 0.35, 1.5)[..., None])[crown]
    return make_texture(picture, cv2.GaussianBlur(alpha, (3, 3), 0.7))


def bush_picture(rng: np.random.Generator, size: tuple[int, int] = (96, 144)) -> Texture:
    """Return a bush standing on the bottom edge of size (rows, columns) pixels."""
    rows, columns = size
    rough = tile_noise(rng, size, 12, 3)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    far = np.hypot((x - columns / 2) / (columns * 0.46), (y - rows) / (rows * 0.92)) + 0.12 * rough
    leaf = np.array([rng.uniform(50, 95), rng.uniform(84, 118), rng.uniform(34, 60)])
    tone = 0.95 - 0.45 * (y / rows - 0.5) + 0.25 * rough + 0.12 * rng.standard_normal(size, np.float32)
    return make_texture(leaf * np.clip(tone, 0.3, 1.5)[..., None], (far < 1).astype(np.float32))


def hedge_picture(rng: np.random.Generator, size: tuple[int, int] = (64, 384)) -> Texture:
    """Return a clipped hedge with a ragged top edge, on size (rows, columns) pixels."""
    rough = tile_noise(rng, size, 9, 3)
    leaf = np.array([rng.uniform(50, 85), rng.uniform(82, 108), rng.uniform(34, 52)])
    tone = np.linspace(1.15, 0.6, size[0])[:, None] + 0.22 * rough + 0.1 * rng.standard_normal(size, np.float32)
    top = np.arange(size[0])[:, None] > 4 + 2.5 * tile_noise(rng, (1, size[1]), (1, 14), 2)
    return make_texture(leaf * np.clip(tone, 0.3, 1.5)[..., None], top.astype(np.float32) * np.ones(size, np.float32))
