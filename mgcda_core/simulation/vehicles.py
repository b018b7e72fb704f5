"""Cars, vans and buses as simple solids: body, cabin, glass, wheels, lights."""

from __future__ import annotations

import numpy as np

from mgcda_core.simulation.mesh import Face, Mesh, build, cuboid, face_normal, facing_out, moved, prism

_GLASS = (38.0, 46.0, 54.0)
_BLACK = (24.0, 24.0, 26.0)
_WHEEL_RINGS = (
    (1.22, 0.005, (14.0, 14.0, 15.0), 1),
    (1.0, 0.01, (30.0, 30.0, 32.0), 2),
    (0.62, 0.015, (142.0, 144.0, 148.0), 3),
)
"""Arch, tyre, hub: share of the wheel's radius, metres off the body, RGB, rank."""


def _paint(rng: np.random.Generator) -> np.ndarray:
    palette = np.array(
        [
            [208, 210, 212],
            [160, 164, 168],
            [92, 96, 102],
            [34, 36, 40],
            [232, 232, 230],
            [142, 28, 30],
            [36, 62, 122],
            [60, 92, 72],
            [150, 122, 92],
            [92, 128, 162],
            [196, 160, 60],
        ],
        float,
    )
    share = np.array([14, 14, 14, 14, 14, 7, 8, 4, 4, 5, 2.0])
    return np.clip(palette[rng.choice(len(palette), p=share / share.sum())] + rng.normal(0, 6, 3), 12, 245)


def _tone(color: np.ndarray, factor: float) -> tuple[float, float, float]:
    red, green, blue = np.clip(color * factor, 0, 255)
    return float(red), float(green), float(blue)


def _panel(
    x: float,
    y: tuple[float, float],
    z: tuple[float, float],
    color: tuple[float, float, float],
    front: bool,
    rank: int = 1,
    glows: bool = False,
) -> Face:
    points = np.array([[x, y[0], z[1]], [x, y[1], z[1]], [x, y[1], z[0]], [x, y[0], z[0]]])
    return facing_out(Face(points, color, rank=rank, glows=glows), np.array([x - (1 if front else -1), 0, z[0]]))


def _shrunk(face: Face, share: float, color: tuple[float, float, float], rank: int) -> Face:
    centre = face.points.mean(axis=0)
    points = centre + (face.points - centre) * share + 0.01 * face_normal(face.points)
    return Face(points, color, rank=rank)


def _wheels(length: float, width: float, radius: float) -> list[Face]:
    faces: list[Face] = []
    angles = np.arange(14) * 2 * np.pi / 14
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    for x in (0.31 * length, -0.31 * length):
        for sign in (1, -1):
            faces += moved(cuboid((1.5 * radius, 0.22, 1.2 * radius), _BLACK), (x, sign * (width / 2 - 0.14), 0.0))
            for share, lift, color, rank in _WHEEL_RINGS:
                ring = np.column_stack(
                    [
                        x + circle[:, 0] * radius * share,
                        np.full(14, sign * (width / 2 + lift)),
                        np.maximum(radius + circle[:, 1] * radius * share, 0),
                    ]
                )
                faces.append(facing_out(Face(ring, color, rank=rank), np.array([x, 0, radius])))
    return faces


def car(rng: np.random.Generator) -> Mesh:
    """Return a hatchback, saloon, estate, off-roader or van; x points to its front."""
    kind = str(rng.choice(["hatch", "saloon", "estate", "suv", "van"], p=[0.3, 0.25, 0.17, 0.18, 0.1]))
    length, width, height = {
        "hatch": (3.95, 1.74, 1.48),
        "saloon": (4.6, 1.8, 1.45),
        "estate": (4.6, 1.8, 1.48),
        "suv": (4.4, 1.86, 1.68),
        "van": (5.0, 1.95, 2.1),
    }[kind]
    length, height = length * rng.uniform(0.95, 1.06), height * rng.uniform(0.97, 1.04)
    paint = _paint(rng)
    half, sill, belt = length / 2, 0.24 if kind != "suv" else 0.32, height * (0.62 if kind != "van" else 0.55)
    body = np.array(
        [
            [half - 0.05, sill],
            [half, sill + 0.28],
            [half - 0.12, belt - 0.2],
            [0.22 * length, belt],
            [-half + 0.08, belt],
            [-half, belt - 0.25],
            [-half + 0.04, sill],
        ]
    )
    shades = [1.0, 1.0, 1.0, 1.0, 0.95, 0.85, 0.4, 0.92]
    faces = prism(body, width, [_tone(paint, shade) for shade in shades])
    front_low = 0.24 * length if kind != "van" else 0.36 * length
    front_high = front_low - (0.16 * length if kind != "van" else 0.1 * length)
    rear_low = -half + (0.55 if kind == "saloon" else 0.08)
    rear_high = rear_low + {"hatch": 0.3, "saloon": 0.6, "estate": 0.22, "suv": 0.2, "van": 0.06}[kind]
    glazed_behind = kind != "van" or rng.random() < 0.4
    faces += _cabin(width, height, belt, (front_low, front_high), (rear_low, rear_high), paint, glazed_behind)
    faces += _wheels(length, width, 0.33 if kind != "suv" else 0.38)
    faces += _ends(half, width, sill, belt, rng, bool(rng.random() < 0.35))
    return build(faces)


def _cabin(
    width: float,
    height: float,
    belt: float,
    front: tuple[float, float],
    rear: tuple[float, float],
    paint: np.ndarray,
    windows_behind: bool,
) -> list[Face]:
    low, high = width / 2 - 0.04, width / 2 - 0.2
    base = np.array([[front[0], low, belt], [front[0], -low, belt], [rear[0], -low, belt], [rear[0], low, belt]])
    roof = np.array(
        [[front[1], high, height], [front[1], -high, height], [rear[1], -high, height], [rear[1], high, height]]
    )
    centre = np.array([(front[0] + rear[0]) / 2, 0, belt])
    faces: list[Face] = []
    for index, glazed in enumerate((True, True, windows_behind, True)):
        after = (index + 1) % 4
        side = facing_out(
            Face(np.array([roof[index], roof[after], base[after], base[index]]), _tone(paint, 0.9)), centre
        )
        faces.append(side)
        if not glazed:
            continue
        across = index in (1, 3)
        if not across:
            glass = _shrunk(side, 0.86, _GLASS, 1)
            faces.append(glass)
            streak = glass.points.copy()
            streak[2:] = streak[[1, 0]] + 0.3 * (streak[2:] - streak[[1, 0]])
            faces.append(Face(streak + 0.005 * face_normal(side.points), (96.0, 108, 120), rank=2))
            continue
        # Side windows are split by the door pillar.
        for start, stop in ((0.06, 0.48), (0.54, 0.93)):
            top = side.points[0] + np.outer([start, stop], side.points[1] - side.points[0])
            bottom = side.points[3] + np.outer([stop, start], side.points[2] - side.points[3])
            faces.append(_shrunk(Face(np.concatenate([top, bottom]), _GLASS), 0.84, (52.0, 60, 68), 1))
    faces.append(facing_out(Face(roof, _tone(paint, 1.05)), centre))
    return faces


def _ends(half: float, width: float, sill: float, belt: float, rng: np.random.Generator, lit: bool) -> list[Face]:
    faces: list[Face] = []
    side, lamp_low = width / 2 - 0.05, belt - 0.36
    red = (222.0, 30, 26) if lit else (138.0, 20, 22)
    for sign in (1, -1):
        faces.append(
            _panel(-half - 0.01, (sign * side, sign * (side - 0.32)), (lamp_low, lamp_low + 0.2), red, False, glows=lit)
        )
        faces.append(
            _panel(
                half + 0.01,
                (sign * side, sign * (side - 0.38)),
                (lamp_low - 0.03, lamp_low + 0.14),
                (255.0, 252, 236) if lit else (205.0, 210, 216),
                True,
                glows=lit,
            )
        )
    plate = (228.0, 226, 216) if rng.random() < 0.7 else (222.0, 188, 60)
    for x, front in ((half + 0.012, True), (-half - 0.012, False)):
        faces.append(_panel(x, (0.26, -0.26), (sill + 0.2, sill + 0.32), plate, front, 2))
        faces.append(
            _panel(x - 0.002 * (1 if front else -1), (side, -side), (sill, sill + 0.16), (38.0, 38, 40), front)
        )
    faces.append(_panel(half + 0.011, (0.45, -0.45), (lamp_low - 0.06, lamp_low + 0.1), (30.0, 30, 32), True))
    return faces


def bus(rng: np.random.Generator) -> Mesh:
    """Return a bus or box lorry; x points to its front."""
    paint = _paint(rng)
    length, width, height = rng.uniform(7, 10), 2.4, rng.uniform(2.8, 3.2)
    box = moved(cuboid((length, width, height - 0.45), _tone(paint, 0.95)), (0, 0, 0.45))
    faces = list(box)
    lorry = rng.random() < 0.5
    for face in box[:4]:
        across = abs(face_normal(face.points)[0]) > 0.5
        if lorry and not (across and face.points[0, 0] > 0):
            continue
        points = face.points.copy()
        points[2:, 2] = height * 0.48
        faces.append(_shrunk(Face(points, _GLASS), 0.9, _GLASS, 1))
    faces += _wheels(length, width, 0.46)
    faces += _ends(length / 2, width, 0.45, 1.3, rng, bool(rng.random() < 0.5))
    return build(faces)
