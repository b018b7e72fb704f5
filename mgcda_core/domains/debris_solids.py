"""What lies on roads: small solids as meshes, in metres."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mgcda_core.simulation.mesh import Face, Mesh, build, cuboid, cylinder, facing_out, laid_down, moved, prism
from mgcda_core.simulation.obstacles import make_obstacle

VARIANTS = 24
"""Meshes per kind. Building one takes longer than drawing it, so they are built once and then turned and recoloured."""


def litter_colour(rng: np.random.Generator) -> tuple[float, float, float]:
    """Return a colour of litter: mostly grey, brown or black, sometimes strong."""
    draw = rng.random()
    if draw < 0.45:
        colour = np.full(3, rng.uniform(25, 190)) + rng.normal(0, 5, 3)
    elif draw < 0.75:
        colour = np.array([150.0, 118, 84]) * rng.uniform(0.45, 1.35) + rng.normal(0, 8, 3)
    else:
        colour = rng.uniform(15, 235, 3)
    red, green, blue = np.clip(colour, 8, 240)
    return float(red), float(green), float(blue)


def _box(rng: np.random.Generator) -> list[Face]:
    size = (rng.uniform(0.15, 0.7), rng.uniform(0.15, 0.8), rng.uniform(0.1, 0.55))
    faces = cuboid(size, litter_colour(rng), top_scale=1.0 if rng.random() < 0.6 else rng.uniform(0.6, 1.15))
    if rng.random() < 0.3:
        # A lid stands open, or flaps of cardboard.
        flap = cuboid((0.02, size[1], size[2] * rng.uniform(0.3, 0.7)), litter_colour(rng))
        faces += moved(flap, (size[0] / 2, 0, size[2]), 0)
    return faces


def _plank(rng: np.random.Generator) -> list[Face]:
    faces: list[Face] = []
    colour = litter_colour(rng)
    for _ in range(int(rng.integers(1, 4))):
        board = cuboid((rng.uniform(0.6, 2.2), rng.uniform(0.08, 0.25), rng.uniform(0.03, 0.12)), colour)
        faces += moved(board, (rng.normal(0, 0.12), rng.normal(0, 0.15), 0), rng.uniform(0, np.pi))
    return faces


def _stone(rng: np.random.Generator) -> list[Face]:
    size = rng.uniform(0.12, 0.6)
    colour = np.array([126.0, 121, 112]) * rng.uniform(0.5, 1.35)
    return lump(
        rng, (size, size * rng.uniform(0.6, 1.4), size * rng.uniform(0.35, 0.85)), colour, rng.uniform(0.08, 0.2)
    )


def _bag(rng: np.random.Generator) -> list[Face]:
    size = rng.uniform(0.2, 0.75)
    shape = (size, size * rng.uniform(0.6, 1.3), size * rng.uniform(0.4, 1.0))
    return lump(rng, shape, np.array(litter_colour(rng)), rng.uniform(0.05, 0.14))


def _cloth(rng: np.random.Generator) -> list[Face]:
    size = rng.uniform(0.35, 1.1)
    shape = (size, size * rng.uniform(0.4, 1.2), rng.uniform(0.06, 0.2))
    return lump(rng, shape, np.array(litter_colour(rng)), rng.uniform(0.15, 0.3))


def _can(rng: np.random.Generator) -> list[Face]:
    radius, colour = rng.uniform(0.04, 0.2), np.array(litter_colour(rng))
    height = radius * rng.uniform(1.4, 4.0)
    bands = [(share, tuple(colour * tone)) for share, tone in ((0.15, 0.8), (0.7, 1.0), (0.15, 0.8))]
    faces = cylinder(radius, height, bands, tuple(colour * 0.7), 12)
    return laid_down(faces, radius) if rng.random() < 0.55 else faces


def _bumper(rng: np.random.Generator) -> list[Face]:
    """Return a bent bar in a few straight pieces, as bumpers, mudguards and hoses lie about."""
    colour, tall, thick = litter_colour(rng), rng.uniform(0.08, 0.28), rng.uniform(0.03, 0.1)
    piece, bend = rng.uniform(0.2, 0.4), rng.uniform(0.1, 0.6)
    faces: list[Face] = []
    place, heading = np.zeros(2), rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(3, 6))):
        step = piece * np.array([np.cos(heading), np.sin(heading)])
        middle = place + step / 2
        faces += moved(cuboid((piece * 1.1, thick, tall), colour), (middle[0], middle[1], 0), heading)
        place, heading = place + step, heading + bend
    return faces


def _branch(rng: np.random.Generator) -> list[Face]:
    colour = np.array([96.0, 76, 54]) * rng.uniform(0.5, 1.4)
    faces: list[Face] = []
    for index in range(int(rng.integers(2, 7))):
        radius = rng.uniform(0.02, 0.1) / (1 + 0.4 * index)
        length = rng.uniform(0.5, 1.8) / (1 + 0.3 * index)
        log = cylinder(radius, length, [(1.0, tuple(colour * rng.uniform(0.8, 1.2)))], tuple(colour * 1.5), 7)
        log = laid_down(moved(log, (0, 0, -length / 2)), radius)
        faces += moved(log, (rng.normal(0, 0.15), rng.normal(0, 0.2), rng.uniform(0, 0.12)), rng.uniform(0, np.pi))
    return faces


def _canister(rng: np.random.Generator) -> list[Face]:
    length, height, colour = rng.uniform(0.2, 0.4), rng.uniform(0.25, 0.45), litter_colour(rng)
    profile = np.array([[-0.5, 0], [0.5, 0], [0.5, 0.75], [0.2, 1.0], [-0.5, 1.0]]) * np.array([length, height])
    return prism(profile, rng.uniform(0.12, 0.25), [colour] * 6)


def _wedge(rng: np.random.Generator) -> list[Face]:
    """Return a broken slab: a convex profile of four to six corners."""
    count = int(rng.integers(4, 7))
    angles = np.sort(rng.uniform(0, np.pi, count))
    profile = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(
        [rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.5)]
    )
    profile[[0, -1], 1] = 0
    return prism(profile, rng.uniform(0.1, 0.7), [litter_colour(rng)] * (count + 1))


def lump(rng: np.random.Generator, size_m: tuple[float, float, float], colour: np.ndarray, rough: float) -> list[Face]:
    """Return an irregular heap of (length, width, height) metres in triangles; rough: deviation of its radius."""
    rings, segments = 4, 9
    radius = 1 + rng.normal(0, rough, (rings + 1, segments))
    tilt = np.arange(rings + 1)[:, None] / rings * np.pi / 2
    angle = np.arange(segments)[None] * 2 * np.pi / segments + rng.uniform(0, 6)
    out = np.cos(tilt) ** rng.uniform(0.4, 1.0) * radius
    points = np.stack([out * np.cos(angle), out * np.sin(angle), np.sin(tilt) * (0.7 + 0.3 * radius)], axis=2)
    points[-1] = points[-1].mean(axis=0)
    points *= np.array(size_m) / (2, 2, 1)
    inside = np.array([0, 0, size_m[2] * 0.3])
    faces: list[Face] = []
    for ring in range(rings):
        for segment in range(segments):
            after = (segment + 1) % segments
            quad = points[[ring + 1, ring + 1, ring, ring], [segment, after, after, segment]]
            tone = np.clip(colour * (1 + rng.normal(0, 0.06)), 4, 250)
            corners = ([0, 1, 2], [0, 2, 3]) if ring + 1 < rings else ([0, 2, 3],)
            faces += [facing_out(Face(quad[three], tuple(tone), two_sided=True), inside) for three in corners]
    return faces


def simulated(kind: str) -> Callable[[np.random.Generator], Mesh]:
    """Return the maker of an obstacle that rendered drives have, by its name there."""
    return lambda rng: make_obstacle(kind, rng)


def standing(make: Callable[[np.random.Generator], list[Face]]) -> Callable[[np.random.Generator], Mesh]:
    """Return the maker of a mesh on z = 0, its footprint centred, from the maker of its faces."""

    def build_standing(rng: np.random.Generator) -> Mesh:
        faces = make(rng)
        points = np.concatenate([face.points for face in faces])
        low, high = points.min(axis=0), points.max(axis=0)
        return build(moved(faces, (-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2])))

    return build_standing


KINDS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "box": standing(_box),
    "plank": standing(_plank),
    "stone": standing(_stone),
    "bag": standing(_bag),
    "cloth": standing(_cloth),
    "can": standing(_can),
    "bumper": standing(_bumper),
    "branch": standing(_branch),
    "canister": standing(_canister),
    "wedge": standing(_wedge),
    "tyre_lying": simulated("tyre_lying"),
    "tyre_standing": simulated("tyre_standing"),
    "cardboard_box": simulated("cardboard_box"),
    "pallet": simulated("pallet"),
    "suitcase": simulated("suitcase"),
    "debris": simulated("debris"),
}
"""Traffic cones and barrels are left out: a street data set may well know them."""


@lru_cache(maxsize=VARIANTS * 16)
def debris_mesh(kind: str, variant: int) -> Mesh:
    """Return one of VARIANTS meshes of a kind in KINDS, standing on z = 0; the same for the same number."""
    return KINDS[kind](np.random.default_rng((list(KINDS).index(kind), variant)))
