"""Rendered solids as large as people, cars and kiosks, standing near: plain faces, lit as the picture is.

A network that learns from small cut-outs answers to edges, and stays quiet inside what is large and smooth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.debris_rendering import DebrisCamera, render_debris
from mgcda_core.domains.debris_solids import litter_colour, simulated, standing
from mgcda_core.domains.perspective import RoadPlane
from mgcda_core.domains.picture_light import picture_light
from mgcda_core.simulation.mesh import Face, Mesh, cuboid, cylinder, laid_down, moved

VARIANTS = 16


def large_solid(
    rng: np.random.Generator, picture: np.ndarray, plane: RoadPlane, height_px: float
) -> tuple[Cutout, int, int]:
    """Return a solid as a cut-out, and the column and row of its base, about height_px tall on the road.

    picture: uint8 (H, W, 3), whose brightness and light the solid takes on.
    """
    height, width = picture.shape[:2]
    mesh = solid_mesh(list(KINDS)[int(rng.integers(len(KINDS)))], int(rng.integers(VARIANTS)))
    camera = DebrisCamera(width * rng.uniform(0.8, 1.7), rng.uniform(1.2, 1.8), plane.horizon, (width - 1) / 2)
    # Of something low and long, like a mattress, the camera sees the top: its depth counts as height.
    row = plane.row_for(height_px, max(mesh.size_m[2], 0.6 * mesh.radius_m) / camera.height_m)
    # Not nearer than the solid is long, or the camera would stand in it.
    nearest = camera.horizon + camera.focal_px * camera.height_m / (1.0 + mesh.radius_m)
    row = float(np.clip(row, plane.horizon + 4, min(1.1 * height, nearest)))
    column = plane.draw_column(rng, plane.nearest_row(row)) + rng.normal(0, 0.05) * width
    light = picture_light(rng, picture, plane)
    drawn = render_debris(camera, mesh, column, row, float(rng.uniform(0, 2 * np.pi)), light, finer=2)
    rows, columns = (np.flatnonzero((drawn.alpha > 0).any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    alpha = np.round(drawn.alpha[box] * 255).astype(np.uint8)
    image = np.clip(drawn.image[box], 0, 255).astype(np.uint8)
    left, below = drawn.left + int(columns[0]), drawn.top + int(rows[-1]) + 1
    return Cutout(image, alpha, "solid", -1), left + alpha.shape[1] // 2, below


def _booth(rng: np.random.Generator) -> list[Face]:
    """Return a telephone box, kiosk or cabinet: upright, with windows."""
    depth, wide, tall = rng.uniform(0.5, 1.4), rng.uniform(0.6, 1.8), rng.uniform(1.2, 2.6)
    frame, pane = litter_colour(rng), litter_colour(rng)
    faces = cuboid((depth, wide, tall), frame)
    count, windows = int(rng.integers(0, 5)), []
    for index in range(count):
        low, high = (tall * (0.12 + 0.8 * step / count) for step in (index, index + 0.8))
        for side in (-1, 1):
            across, x = 0.38 * wide, side * (depth / 2 + 0.005)
            corners = [[x, across, high], [x, -across, high], [x, -across, low], [x, across, low]]
            windows.append(Face(np.array(corners), pane, rank=1))
            across, y = 0.38 * depth, side * (wide / 2 + 0.005)
            corners = [[across, y, high], [-across, y, high], [-across, y, low], [across, y, low]]
            windows.append(Face(np.array(corners), pane, rank=1))
    return faces + [_outward(face) for face in windows]


def _outward(face: Face) -> Face:
    normal = np.cross(face.points[1] - face.points[0], face.points[3] - face.points[0])
    outside = face.points.mean(axis=0) * (1, 1, 0)
    return face if normal @ outside < 0 else Face(face.points[::-1], face.color, rank=face.rank)


def _machine(rng: np.random.Generator) -> list[Face]:
    """Return a body with a cabin on wheels, as tractors, carts and building machines have."""
    colour, rubber = litter_colour(rng), (38.0, 38.0, 40.0)
    long, wide, tall = rng.uniform(1.5, 3.2), rng.uniform(0.9, 1.7), rng.uniform(0.5, 1.0)
    radius = rng.uniform(0.3, 0.7)
    faces = moved(cuboid((long, wide, tall), colour), (0, 0, 0.7 * radius))
    cabin = (long * rng.uniform(0.3, 0.5), wide * 0.85, rng.uniform(0.6, 1.2))
    faces += moved(cuboid(cabin, litter_colour(rng), top_scale=0.85), (-0.2 * long, 0, 0.7 * radius + tall))
    for x, size in ((-0.32, radius), (0.36, radius * rng.uniform(0.55, 1.0))):
        for side in (-1, 1):
            wheel = laid_down(cylinder(size, 0.28, [(1.0, rubber)], (70.0, 70.0, 72.0), 14), size)
            faces += moved(wheel, (x * long, side * 0.5 * wide, 0))
    return faces


def _stack(rng: np.random.Generator) -> list[Face]:
    """Return goods that fell off: two to four boxes on and beside each other."""
    faces: list[Face] = []
    level = 0.0
    for _ in range(int(rng.integers(2, 5))):
        size = tuple(rng.uniform((0.5, 0.5, 0.3), (1.6, 1.6, 1.0)))
        faces += moved(
            cuboid(size, litter_colour(rng)), (rng.normal(0, 0.2), rng.normal(0, 0.3), level), rng.uniform(0, 3)
        )
        level = level + size[2] if rng.random() < 0.6 else level
    return faces


KINDS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "booth": standing(_booth),
    "machine": standing(_machine),
    "stack": standing(_stack),
    "sofa": simulated("sofa"),
    "mattress": simulated("mattress"),
    "wooden_crate": simulated("wooden_crate"),
    "rock": simulated("rock"),
    "wheelie_bin": simulated("wheelie_bin"),
    "drum": simulated("drum"),
}


@lru_cache(maxsize=VARIANTS * 16)
def solid_mesh(kind: str, variant: int) -> Mesh:
    """Return one of VARIANTS meshes of a kind in KINDS, standing on z = 0; the same for the same number."""
    return KINDS[kind](np.random.default_rng((1_000 + list(KINDS).index(kind), variant)))
