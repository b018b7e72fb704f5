"""Lost cargo and animals on the road: how each kind is built."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mgcda_core.simulation import cargo_textures as surfaces
from mgcda_core.simulation.animals import animal_picture
from mgcda_core.simulation.mesh import Face, Mesh, billboard, build, cuboid, cylinder, facing_out, laid_down, moved

_RUBBER = (40.0, 40.0, 42.0)


def _rgb(rng: np.random.Generator, low: float = 40, high: float = 220) -> tuple[float, float, float]:
    red, green, blue = rng.uniform(low, high, 3)
    return float(red), float(green), float(blue)


def _cardboard_box(rng: np.random.Generator) -> list[Face]:
    side, top = surfaces.cardboard(rng)
    return cuboid((rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.8), rng.uniform(0.25, 0.75)), side.mean, side, top)


def _wooden_crate(rng: np.random.Generator) -> list[Face]:
    side = surfaces.planks(rng, int(rng.integers(3, 6)), True)
    return cuboid((rng.uniform(0.5, 1.1), rng.uniform(0.5, 1.1), rng.uniform(0.4, 0.95)), side.mean, side, side)


def _tyre(rng: np.random.Generator) -> list[Face]:
    radius, width = rng.uniform(0.28, 0.45), rng.uniform(0.17, 0.28)
    value = rng.uniform(26, 52)
    tread, wall = (value, value, value + 1), (value * 1.35, value * 1.35, value * 1.37)
    faces = cylinder(radius, width, [(0.5, tread), (0.5, tread)], wall, 18)
    angles = np.arange(18) * 2 * np.pi / 18
    for height, outside in ((width, -1.0), (0.0, 1.0)):
        for share, color, rank in ((1.0, wall, 0), (0.62, (value * 0.6,) * 3, 1), (0.5, (15.0, 15, 16), 2)):
            level = np.full(18, height - 0.004 * rank * outside)
            ring = np.column_stack([np.cos(angles) * radius * share, np.sin(angles) * radius * share, level])
            faces.append(facing_out(Face(ring, color, rank=rank), np.array([0, 0, width / 2])))
    return faces


def _tyre_lying(rng: np.random.Generator) -> list[Face]:
    return _tyre(rng)


def _tyre_standing(rng: np.random.Generator) -> list[Face]:
    faces = _tyre(rng)
    radius = max(float(face.points[:, 0].max()) for face in faces)
    return laid_down(faces, radius)


def _drum(rng: np.random.Generator) -> list[Face]:
    radius, height = rng.uniform(0.26, 0.32), rng.uniform(0.75, 0.95)
    color = np.array(
        [(30, 70, 140), (150, 40, 30), (60, 64, 66), (40, 100, 60), (190, 150, 40)][rng.integers(5)], float
    )
    dark, plain = tuple(color * 0.75), tuple(color)
    bands = [(0.31, plain), (0.04, dark), (0.3, plain), (0.04, dark), (0.31, plain)]
    faces = cylinder(radius, height, bands, tuple(color * 0.6), 14)
    return laid_down(faces, radius) if rng.random() < 0.3 else faces


def _traffic_barrel(rng: np.random.Generator) -> list[Face]:
    orange, white = (232.0, 96, 24), (236.0, 236, 232)
    bands = [(0.12, _RUBBER), (0.22, orange), (0.2, white), (0.2, orange), (0.14, white), (0.12, orange)]
    faces = cylinder(rng.uniform(0.22, 0.3), rng.uniform(0.8, 1.05), bands, orange, 14)
    return laid_down(faces, 0.3) if rng.random() < 0.2 else faces


def _pallet(rng: np.random.Generator) -> list[Face]:
    boards = surfaces.planks(rng, 6, False)
    dark = tuple(0.4 * value for value in boards.mean)
    faces = moved(cuboid((1.2, 0.8, 0.03), boards.mean, top_texture=boards), (0, 0, 0.115))
    for y in (-0.36, 0.0, 0.36):
        faces += moved(cuboid((1.2, 0.08, 0.115), tuple(0.8 * value for value in boards.mean)), (0, y, 0))
    faces += cuboid((1.1, 0.7, 0.1), dark)
    return faces


def _plank(rng: np.random.Generator) -> list[Face]:
    boards = surfaces.planks(rng, 1, False)
    faces: list[Face] = []
    for index in range(int(rng.integers(1, 4))):
        board = cuboid(
            (rng.uniform(1.0, 2.0), rng.uniform(0.12, 0.25), rng.uniform(0.05, 0.12)), boards.mean, boards, boards
        )
        faces += moved(board, (rng.normal(0, 0.1), index * 0.28 - 0.2, 0), rng.normal(0, 0.35))
    return faces


def _suitcase(rng: np.random.Generator) -> list[Face]:
    shell = surfaces.suitcase(rng)
    length, width, height = rng.uniform(0.42, 0.55), rng.uniform(0.22, 0.32), rng.uniform(0.55, 0.78)
    if rng.random() < 0.35:
        return cuboid((height, length, width), shell.mean, shell, shell)
    faces = moved(cuboid((width, length, height), shell.mean, shell, shell), (0, 0, 0.04))
    for x in (-1, 1):
        for y in (-1, 1):
            faces += moved(cuboid((0.06, 0.06, 0.05), _RUBBER), (x * width * 0.35, y * length * 0.38, 0))
    return faces + moved(cuboid((0.04, 0.2, 0.05), _RUBBER), (0, 0, height + 0.04))


def _lump(rng: np.random.Generator, size: tuple[float, float, float], color: np.ndarray, rough: float) -> list[Face]:
    rings, segments = 5, 9
    radius = 1 + rng.normal(0, rough, (rings + 1, segments))
    points = np.zeros((rings + 1, segments, 3))
    for ring in range(rings + 1):
        tilt = ring / rings * np.pi / 2
        angle = np.arange(segments) * 2 * np.pi / segments
        # A fat foot: nearly upright walls, then a rounded top.
        out = np.cos(tilt) ** 0.6
        points[ring] = np.column_stack(
            [
                out * np.cos(angle) * radius[ring],
                out * np.sin(angle) * radius[ring],
                np.full(segments, np.sin(tilt)) * (0.6 + 0.4 * radius[ring]),
            ]
        )
    points[0, :, 2] = 0
    points *= np.array([size[0] / 2, size[1] / 2, size[2]])
    faces = []
    for ring in range(rings):
        for segment in range(segments):
            after = (segment + 1) % segments
            quad = np.array(
                [points[ring + 1, segment], points[ring + 1, after], points[ring, after], points[ring, segment]]
            )
            tone = color * (1 + rng.normal(0, rough * 0.5))
            for corners in (quad[[0, 1, 2]], quad[[0, 2, 3]]):
                faces.append(facing_out(Face(corners, tuple(tone), two_sided=True), np.array([0, 0, size[2] * 0.3])))
    return faces


def _rock(rng: np.random.Generator) -> list[Face]:
    size = rng.uniform(0.35, 1.1)
    color = np.array([128.0, 122, 112]) * rng.uniform(0.65, 1.25) + rng.normal(0, 5, 3)
    return _lump(rng, (size, size * rng.uniform(0.7, 1.1), size * rng.uniform(0.5, 0.8)), color, 0.1)


def _bag(rng: np.random.Generator) -> list[Face]:
    color = np.array([(24, 24, 28), (30, 50, 110), (210, 212, 214), (70, 60, 44), (40, 90, 60)][rng.integers(5)], float)
    size = rng.uniform(0.45, 0.8)
    return _lump(rng, (size, size * 0.85, size * rng.uniform(0.7, 1.0)), color * rng.uniform(0.8, 1.2), 0.07)


def _mattress(rng: np.random.Generator) -> list[Face]:
    fabric = surfaces.cloth(rng, True)
    thick = rng.uniform(0.16, 0.26)
    if rng.random() < 0.5:
        return cuboid((1.95, rng.uniform(0.8, 1.4), thick), fabric.mean, fabric, fabric)
    return cuboid((thick, rng.uniform(1.4, 1.95), rng.uniform(0.8, 1.2)), fabric.mean, fabric, fabric)


def _sofa(rng: np.random.Generator) -> list[Face]:
    fabric = surfaces.cloth(rng, False)
    width = rng.uniform(1.3, 1.95)
    faces = cuboid((0.8, width, 0.42), fabric.mean, fabric, fabric)
    faces += moved(cuboid((0.22, width, 0.85), fabric.mean, fabric, fabric), (0.38, 0, 0))
    for sign in (1, -1):
        faces += moved(cuboid((0.8, 0.2, 0.6), fabric.mean, fabric, fabric), (0, sign * (width / 2 - 0.1), 0))
    return faces


def _debris(rng: np.random.Generator) -> list[Face]:
    faces: list[Face] = []
    base = rng.uniform(60, 170)
    for _ in range(int(rng.integers(6, 12))):
        size = tuple(rng.uniform(0.1, 0.45, 3) * np.array([1, 1, 0.6]))
        color = tuple(np.clip(base + rng.normal(0, 30) + rng.normal(0, 10, 3), 20, 235))
        piece = cuboid(size, color, top_scale=rng.uniform(0.5, 1.0))
        faces += moved(piece, (rng.normal(0, 0.35), rng.normal(0, 0.4), 0), rng.uniform(0, 3))
    return faces


def _roll(rng: np.random.Generator) -> list[Face]:
    length = rng.uniform(1.1, 2.0)
    if rng.random() < 0.5:
        radius, color = rng.uniform(0.12, 0.22), np.array(_rgb(rng, 60, 190))
    else:
        radius = rng.uniform(0.08, 0.2)
        color = np.array([(176, 96, 60), (150, 152, 156), (60, 62, 66), (220, 120, 40)][rng.integers(4)], float)
    bands = [(share, tuple(color * tone)) for share, tone in zip([0.2] * 5, rng.uniform(0.85, 1.1, 5), strict=True)]
    faces = laid_down(moved(cylinder(radius, length, bands, tuple(color * 0.55), 12), (0, 0, -length / 2)), radius)
    return faces


def _wheelie_bin(rng: np.random.Generator) -> list[Face]:
    color = np.array([(52, 56, 58), (36, 84, 52), (44, 62, 100), (112, 72, 46), (190, 160, 40)][rng.integers(5)], float)
    faces = cuboid((0.5, 0.46, 0.86), tuple(color), top_scale=1.18, bottom_m=0.06)
    faces += moved(cuboid((0.66, 0.58, 0.1), tuple(color * rng.uniform(0.7, 1.4))), (0, 0, 0.92))
    for sign in (1, -1):
        faces += moved(cuboid((0.2, 0.06, 0.2), _RUBBER), (0.2, sign * 0.24, 0))
    faces += moved(cuboid((0.1, 0.4, 0.08), _RUBBER), (-0.15, 0, 0))
    return faces


def _ball(rng: np.random.Generator) -> list[Face]:
    size = rng.uniform(0.2, 0.5)
    return billboard(surfaces.ball(rng), size, size)


def _animal(kind: str, length: tuple[float, float], height: float) -> Callable[[np.random.Generator], list[Face]]:
    def build_animal(rng: np.random.Generator) -> list[Face]:
        long = rng.uniform(*length)
        return billboard(animal_picture(kind, rng), long, long * height)

    return build_animal


KINDS: dict[str, Callable[[np.random.Generator], list[Face]]] = {
    "cardboard_box": _cardboard_box,
    "wooden_crate": _wooden_crate,
    "tyre_lying": _tyre_lying,
    "tyre_standing": _tyre_standing,
    "drum": _drum,
    "traffic_barrel": _traffic_barrel,
    "pallet": _pallet,
    "plank": _plank,
    "suitcase": _suitcase,
    "bag": _bag,
    "mattress": _mattress,
    "sofa": _sofa,
    "rock": _rock,
    "dog": _animal("dog", (0.7, 1.1), 0.72),
    "deer": _animal("deer", (1.2, 1.7), 0.85),
    "boar": _animal("boar", (1.0, 1.5), 0.62),
    "debris": _debris,
    "roll": _roll,
    "wheelie_bin": _wheelie_bin,
    "ball": _ball,
}
FLAT_KINDS = frozenset({"dog", "deer", "boar", "ball"})
"""Kinds drawn as one upright picture; they always look at the camera side on."""
WALKING_KINDS = frozenset({"dog", "deer", "boar"})


def make_obstacle(kind: str, rng: np.random.Generator) -> Mesh:
    """Return one obstacle of a kind in KINDS, standing on z = 0, its footprint centred on the origin.

    Raises KeyError for another kind.
    """
    faces = KINDS[kind](rng)
    points = np.concatenate([face.points for face in faces])
    low, high = points.min(axis=0), points.max(axis=0)
    return build(moved(faces, (-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])))
