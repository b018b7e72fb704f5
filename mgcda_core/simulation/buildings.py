"""Rows of houses along both sides, drawn from a handful of fronts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.simulation.facades import Front, make_front
from mgcda_core.simulation.mesh import Face, Mesh, build, facing_out
from mgcda_core.simulation.style import BUILDING, Style
from mgcda_core.simulation.textures import stream

CHUNK_M = 36.0


@dataclass(frozen=True)
class Standing:
    """A mesh at a place on the road: along and across in metres, left positive; see canvas.Placed for the rest."""

    mesh: Mesh
    along: float
    across: float
    yaw_rad: float
    label: int
    layer: int = 3
    bends: bool = False
    casts: bool = True


def house(front: Front, sign: int, depth: float) -> Mesh:
    """Return a house whose front runs along x from 0 and looks across the road; sign: +1 stands left of it."""
    width, height = front.width, front.height
    far = depth * sign
    rise = min(depth * 0.42, 4.2) if front.pitched else 0.0
    over = 0.4 if front.pitched else 0.0
    inside = np.array([width / 2, far / 2, height / 2])
    faces = [
        Face(
            np.array([[0, 0, height], [width, 0, height], [width, 0, 0], [0, 0, 0]], float),
            front.texture.mean,
            front.texture,
        ),
        Face(np.array([[0, 0, height], [0, far, height], [0, far, 0], [0, 0, 0]], float), front.wall.mean, front.wall),
        Face(
            np.array([[width, 0, height], [width, far, height], [width, far, 0], [width, 0, 0]], float),
            front.wall.mean,
            front.wall,
        ),
    ]
    if rise:
        for x in (0.0, width):
            faces.append(
                Face(np.array([[x, 0, height], [x, far / 2, height + rise], [x, far, height]]), front.wall.mean)
            )
        eave = height - over * rise / (depth / 2)
        faces.append(
            Face(
                np.array(
                    [
                        [-over, far / 2, height + rise],
                        [width + over, far / 2, height + rise],
                        [width + over, -over * sign, eave],
                        [-over, -over * sign, eave],
                    ]
                ),
                front.roof.mean,
                front.roof,
                rank=1,
            )
        )
    else:
        dark = tuple(0.6 * value for value in front.wall.mean)
        faces.append(
            Face(
                np.array(
                    [
                        [0, -0.15 * sign, height + 0.35],
                        [width, -0.15 * sign, height + 0.35],
                        [width, -0.15 * sign, height - 0.1],
                        [0, -0.15 * sign, height - 0.1],
                    ]
                ),
                dark,
                rank=1,
            )
        )
    return build([facing_out(face, inside) for face in faces])


class Houses:
    """The houses of one seed, chunk by chunk of CHUNK_M metres of road."""

    def __init__(self, style: Style, seed: int) -> None:
        self._style, self._seed = style, seed
        rng = stream(seed, 10)
        fronts = [make_front(style, rng) for _ in range(6)]
        self._meshes = {
            sign: [(front, house(front, sign, float(rng.uniform(7, 11)))) for front in fronts] for sign in (1, -1)
        }

    def chunk(self, index: int) -> list[Standing]:
        """Return the houses whose fronts start inside a chunk."""
        style = self._style
        items: list[Standing] = []
        for sign, side in ((1, style.left), (-1, style.right)):
            rng = stream(self._seed, 11 if sign > 0 else 12, index)
            line = side.edges(style.half_width)[3]
            at = float(rng.uniform(0, 1.5))
            while True:
                front, mesh = self._meshes[sign][rng.integers(len(self._meshes[sign]))]
                if at + front.width > CHUNK_M:
                    break
                if rng.random() < style.building_share:
                    step_back = (
                        float(rng.uniform(0, 1.2)) if style.place != "city" else float(rng.choice([0.0, 0.0, 0.4]))
                    )
                    items.append(
                        Standing(mesh, index * CHUNK_M + at, sign * (line + step_back), 0.0, BUILDING, 0, True)
                    )
                at += front.width + float(rng.uniform(0.0, 0.5) if style.place == "city" else rng.uniform(1.5, 6.0))
        return items
