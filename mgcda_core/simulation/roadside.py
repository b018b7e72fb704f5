"""What stands beside the road: trees, bushes, lamps, signs, fences, hedges."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.buildings import CHUNK_M, Standing
from mgcda_core.simulation.mesh import Face, Mesh, billboard, build, cuboid, moved
from mgcda_core.simulation.style import FENCE, POLE, SIGN, TREE, Style
from mgcda_core.simulation.textures import Texture, make_texture, plain, stream
from mgcda_core.simulation.vegetation import bush_picture, conifer_picture, hedge_picture, tree_picture

_FENCE_M = 12.0


def lamp(rng: np.random.Generator, sign: int) -> Mesh:
    """Return a street lamp, or a plain pole, whose arm reaches over the road; sign: +1 stands left."""
    height, grey = rng.uniform(5, 9), rng.uniform(60, 165)
    color = (grey, grey, grey * 1.03)
    faces = cuboid((0.14, 0.14, height), color, top_scale=0.6)
    if rng.random() < 0.8:
        arm = rng.uniform(0.8, 2.2)
        faces += moved(cuboid((0.08, arm, 0.08), color), (0, -sign * arm / 2, height - 0.08))
        faces += moved(cuboid((0.22, 0.6, 0.12), (min(grey * 1.2, 240),) * 3), (0, -sign * arm, height - 0.14))
    return build(faces)


def sign_picture(rng: np.random.Generator) -> Texture:
    """Return a road sign seen from the front, square."""
    size = 72
    picture, alpha = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    kind = rng.choice(["ring", "triangle", "blue", "plate", "light"])
    red, white, blue = (190, 28, 32), (236, 236, 232), (28, 72, 160)
    if kind in ("ring", "blue"):
        cv2.circle(alpha, (36, 36), 35, 1.0, -1, cv2.LINE_AA)
        cv2.circle(picture, (36, 36), 36, red if kind == "ring" else blue, -1, cv2.LINE_AA)
        if kind == "ring":
            cv2.circle(picture, (36, 36), 27, white, -1, cv2.LINE_AA)
            # Drawn digits: OpenCV's lettering differs from one major version to the next.
            digit = [[(31, 26), (21, 26), (20, 34), (30, 37), (29, 46), (19, 46)], [(19, 26), (30, 26), (23, 46)]][
                rng.integers(2)
            ]
            cv2.polylines(picture, [np.array(digit, np.int32)], False, (20, 20, 20), 4, cv2.LINE_AA)
            cv2.ellipse(picture, (45, 36), (6, 10), 0, 0, 360, (20, 20, 20), 4, cv2.LINE_AA)
        else:
            cv2.arrowedLine(picture, (36, 60), (36, 14), white, 8, cv2.LINE_AA, tipLength=0.4)
    elif kind == "triangle":
        outer, inner = (
            np.array([[36, 2], [71, 66], [1, 66]], np.int32),
            np.array([[36, 18], [57, 58], [15, 58]], np.int32),
        )
        cv2.fillConvexPoly(alpha, outer, 1.0, cv2.LINE_AA)
        cv2.fillConvexPoly(picture, outer, red, cv2.LINE_AA)
        cv2.fillConvexPoly(picture, inner, white, cv2.LINE_AA)
        cv2.line(picture, (36, 30), (36, 50), (20, 20, 20), 5)
    elif kind == "plate":
        alpha[12:60] = 1
        picture[:] = [(30, 110, 60), blue, white][rng.integers(3)]
        for row in (24, 40):
            cv2.line(picture, (10, row), (int(rng.integers(40, 64)), row), (225, 225, 225), 5)
    else:
        alpha[:, 22:50] = 1
        picture[:] = 26
        lit = int(rng.integers(3))
        for index, color in enumerate([(235, 40, 30), (240, 170, 40), (60, 215, 120)]):
            value = np.array(color) * (1.0 if index == lit else 0.25)
            cv2.circle(picture, (36, 13 + 23 * index), 9, value.tolist(), -1, cv2.LINE_AA)
    return make_texture(picture, alpha)


def fence_picture(kind: str, rng: np.random.Generator) -> tuple[Texture, float]:
    """Return a stretch of fence _FENCE_M long and its height in metres."""
    rows, columns = 64, 480
    alpha, picture = np.zeros((rows, columns), np.float32), np.zeros((rows, columns, 3), np.float32)
    along = np.arange(columns)
    if kind == "hedge":
        return hedge_picture(rng), float(rng.uniform(0.9, 1.9))
    if kind == "wall":
        wall = plain(rng, (rows, columns), np.array([168.0, 150, 132]) * rng.uniform(0.6, 1.15), 0.1)
        wall[::8] *= 0.85
        wall[:6] *= 1.15
        return make_texture(wall), float(rng.uniform(0.7, 1.5))
    if kind == "pickets":
        color = np.array([225.0, 222, 214]) if rng.random() < 0.4 else np.array([128.0, 96, 66]) * rng.uniform(0.7, 1.2)
        alpha[:, along % 10 < 7] = 1
        alpha[14:20] = alpha[46:52] = 1
        picture += color * (1 + 0.08 * rng.standard_normal((1, columns, 1)))
        return make_texture(picture, alpha), float(rng.uniform(0.9, 1.5))
    if kind == "rail":
        alpha[10:24] = 1
        alpha[:, along % 96 < 7] = 1
        picture += np.array([165.0, 168, 172])
        picture[14:19] *= 0.75
        return make_texture(picture, alpha), 0.8
    color = np.array([46.0, 52, 50]) if kind == "railing" else np.array([120.0, 126, 122])
    alpha[:, along % (9 if kind == "railing" else 4) < (3 if kind == "railing" else 1)] = 1
    alpha[2:7] = alpha[56:60] = 1
    if kind == "mesh":
        alpha[::4] = 1
        alpha[:, along % 77 < 4] = 1
    picture += color
    return make_texture(picture, alpha), float(rng.uniform(1.0, 1.8))


class Roadside:
    """The furniture of one seed, chunk by chunk of CHUNK_M metres of road."""

    def __init__(self, style: Style, seed: int) -> None:
        self._style, self._seed = style, seed
        rng = stream(seed, 20)
        conifers = 0.5 if style.place == "rural" else 0.12
        self._trees: list[Mesh] = []
        for _ in range(7):
            slim = rng.random() < conifers
            height = rng.uniform(4.5, 12)
            texture = conifer_picture(rng) if slim else tree_picture(rng)
            self._trees.append(build(billboard(texture, height * (0.45 if slim else 0.78), height)))
        self._bushes = [build(billboard(bush_picture(rng), width, width * 0.62)) for width in rng.uniform(0.8, 2.4, 4)]
        self._lamps = {sign: lamp(rng, sign) for sign in (1, -1)}
        plates = [sign_picture(rng) for _ in range(6)]
        self._signs = [build(billboard(plate, 0.72, 0.72, 2.0)) for plate in plates]
        self._sign_pole = build(cuboid((0.07, 0.07, 2.6), (150.0, 152, 154)))
        texture, height = fence_picture(style.fence_kind, rng)
        points = np.array([[0, 0, height], [_FENCE_M, 0, height], [_FENCE_M, 0, 0], [0, 0, 0]], float)
        self._fence = build([Face(points, texture.mean, texture, two_sided=True)])
        self._fence_label = TREE if style.fence_kind == "hedge" else FENCE

    def chunk(self, index: int) -> list[Standing]:
        """Return what stands beside one chunk of road."""
        style, items = self._style, []
        start = index * CHUNK_M
        for sign, side in ((1, style.left), (-1, style.right)):
            rng = stream(self._seed, 21 if sign > 0 else 22, index)
            parking, pavement, verge, houses = side.edges(style.half_width)
            fenced = verge + 0.15
            if style.place != "city":
                for step in range(int(CHUNK_M / _FENCE_M)):
                    if rng.random() < (0.75 if style.place != "rural" else 0.45):
                        items.append(
                            Standing(
                                self._fence,
                                start + step * _FENCE_M,
                                sign * fenced,
                                0.0,
                                self._fence_label,
                                2,
                                True,
                                False,
                            )
                        )
            for _ in range(rng.poisson(style.tree_share * 3)):
                room = houses - fenced - 1.0
                if room > 1.5 or style.place == "rural":
                    across = fenced + 0.8 + rng.uniform(0, max(room - 0.5, 6.0 if style.place == "rural" else 0.5))
                    mesh = self._trees[rng.integers(7)] if rng.random() < 0.7 else self._bushes[rng.integers(4)]
                    items.append(Standing(mesh, start + rng.uniform(0, CHUNK_M), sign * across, 0.0, TREE, 1))
            kerb = parking + 0.45 if side.pavement else parking + 0.9
            at = rng.uniform(0, 8)
            while at < CHUNK_M:
                if rng.random() < style.tree_share and (side.pavement > 1.8 or style.place == "rural"):
                    across = kerb + (rng.uniform(0.8, 2.5) if style.place == "rural" else 0.25)
                    items.append(Standing(self._trees[rng.integers(7)], start + at, sign * across, 0.0, TREE))
                at += rng.uniform(7, 14)
            items += self._poles(rng, start, sign, kerb, index)
        return items

    def _poles(self, rng: np.random.Generator, start: float, sign: int, kerb: float, index: int) -> list[Standing]:
        style, items = self._style, []
        first = np.ceil(start / style.lamp_gap_m) * style.lamp_gap_m
        while first < start + CHUNK_M:
            if style.place != "rural" or sign > 0:
                items.append(Standing(self._lamps[sign], float(first), sign * kerb, 0.0, POLE))
            first += style.lamp_gap_m
        if rng.random() < 0.5:
            at = start + rng.uniform(0, CHUNK_M)
            items.append(Standing(self._sign_pole, at + 0.05, sign * kerb, 0.0, POLE, casts=False))
            items.append(Standing(self._signs[rng.integers(6)], at, sign * kerb, 0.0, SIGN, casts=False))
        return items
