"""Solids as flat faces: what cars, houses, lamps and lost cargo are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.simulation.textures import Texture


@dataclass(frozen=True)
class Face:
    """A flat convex polygon (N, 3) in metres; with a texture, a parallelogram: its top left, top right,
    bottom right, bottom left. color: RGB. rank: 1 and up is painted over rank 0 (windows, lights).
    """

    points: np.ndarray
    color: tuple[float, float, float]
    texture: Texture | None = None
    rank: int = 0
    two_sided: bool = False
    glows: bool = False


@dataclass(frozen=True)
class Mesh:
    """Faces laid out as arrays for drawing; the origin is the base centre, x forward, y left, z up.

    vertices (V, 3). corners: int (F, K), indices into them, short faces repeat their last corner.
    normals, centres and colors (F, 3). radius_m: farthest vertex from the origin's vertical.
    """

    vertices: np.ndarray
    corners: np.ndarray
    normals: np.ndarray
    centres: np.ndarray
    colors: np.ndarray
    textures: tuple[Texture | None, ...]
    ranks: np.ndarray
    two_sided: np.ndarray
    glows: np.ndarray
    radius_m: float

    @property
    def size_m(self) -> tuple[float, float, float]:
        """Return (length, width, height) in metres, along x, y, z."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        return float(high[0] - low[0]), float(high[1] - low[1]), float(high[2] - low[2])


def face_normal(points: np.ndarray) -> np.ndarray:
    """Return the unit normal (3,) of a polygon (N, 3) that runs clockwise as seen from its outside."""
    following = np.roll(points, -1, axis=0)
    normal = -np.cross(points, following).sum(axis=0)
    return normal / max(float(np.linalg.norm(normal)), 1e-12)


def facing_out(face: Face, centre: np.ndarray) -> Face:
    """Return the face turned, mirrored if need be, so that its outside looks away from centre (3,)."""
    if face_normal(face.points) @ (face.points.mean(axis=0) - centre) >= 0:
        return face
    points = face.points[[1, 0, 3, 2]] if len(face.points) == 4 else face.points[::-1]
    return Face(points, face.color, face.texture, face.rank, face.two_sided, face.glows)


def build(faces: list[Face]) -> Mesh:
    """Return the Mesh of one or more faces."""
    counts = [len(face.points) for face in faces]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    vertices = np.concatenate([face.points for face in faces]).astype(np.float64)
    steps = np.minimum(np.arange(max(counts))[None], np.array(counts)[:, None] - 1)
    return Mesh(
        vertices=vertices,
        corners=starts[:, None] + steps,
        normals=np.array([face_normal(face.points) for face in faces]),
        centres=np.array([face.points.mean(axis=0) for face in faces]),
        colors=np.array([face.color for face in faces], np.float64),
        textures=tuple(face.texture for face in faces),
        ranks=np.array([face.rank for face in faces]),
        two_sided=np.array([face.two_sided for face in faces]),
        glows=np.array([face.glows for face in faces]),
        radius_m=float(np.linalg.norm(vertices[:, :2], axis=1).max()),
    )


def moved(faces: list[Face], offset: tuple[float, float, float], yaw_rad: float = 0.0) -> list[Face]:
    """Return the faces turned about z by yaw_rad and then shifted by offset, metres."""
    cosine, sine = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return [
        Face(face.points @ turn.T + offset, face.color, face.texture, face.rank, face.two_sided, face.glows)
        for face in faces
    ]


def cuboid(
    size_m: tuple[float, float, float],
    color: tuple[float, float, float],
    texture: Texture | None = None,
    top_texture: Texture | None = None,
    top_scale: float = 1.0,
    bottom_m: float = 0.0,
) -> list[Face]:
    """Return sides and top of a box of (length, width, height) metres standing at z = bottom_m.

    top_scale shrinks or widens the top; a textured side then keeps its texture only at 1.0.
    """
    length, width, height = size_m
    low, high = bottom_m, bottom_m + height
    base = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]]) * np.array([length, width]) / 2
    upper = base * top_scale
    sides = texture if top_scale == 1.0 else None
    faces = []
    for index in range(4):
        after = (index + 1) % 4
        points = np.array([[*upper[index], high], [*upper[after], high], [*base[after], low], [*base[index], low]])
        faces.append(Face(points, color, sides))
    top = np.column_stack([upper, np.full(4, high)])
    faces.append(Face(top, color, top_texture))
    centre = np.array([0.0, 0.0, (low + high) / 2])
    return [facing_out(face, centre) for face in faces]


def prism(profile: np.ndarray, width: float, colors: list[tuple[float, float, float]]) -> list[Face]:
    """Return a convex profile (N, 2) in (x, z) metres, drawn out over `width` along y.

    colors: one RGB per edge of the profile and a last one for the two ends.
    """
    left = np.column_stack([profile[:, 0], np.full(len(profile), width / 2), profile[:, 1]])
    right = left * np.array([1.0, -1.0, 1.0])
    centre = left.mean(axis=0) * np.array([1.0, 0.0, 1.0])
    faces = [Face(left, colors[-1]), Face(right, colors[-1])]
    for index in range(len(profile)):
        after = (index + 1) % len(profile)
        points = np.array([left[index], left[after], right[after], right[index]])
        faces.append(Face(points, colors[index]))
    return [facing_out(face, centre) for face in faces]


def cylinder(
    radius: float,
    height: float,
    bands: list[tuple[float, tuple[float, float, float]]],
    top: tuple[float, float, float],
    segments: int = 14,
) -> list[Face]:
    """Return an upright cylinder in metres; bands: (share of the height, RGB) from the ground up."""
    angles = np.arange(segments + 1) * 2 * np.pi / segments
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * radius
    faces: list[Face] = []
    low = 0.0
    for share, color in bands:
        high = low + share * height
        for index in range(segments):
            here, there = ring[index], ring[index + 1]
            points = np.array([[*here, high], [*there, high], [*there, low], [*here, low]])
            faces.append(facing_out(Face(points, color), np.array([0.0, 0.0, (low + high) / 2])))
        low = high
    lid = np.column_stack([ring[:-1], np.full(segments, low)])
    faces.append(facing_out(Face(lid, top), np.zeros(3)))
    return faces


def laid_down(faces: list[Face], lift_m: float) -> list[Face]:
    """Return upright faces tipped over so that z becomes y, raised by lift_m metres."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    return [
        Face(face.points @ turn.T + (0.0, 0.0, lift_m), face.color, face.texture, face.rank, face.two_sided, face.glows)
        for face in faces
    ]


def billboard(texture: Texture, width: float, height: float, bottom_m: float = 0.0) -> list[Face]:
    """Return an upright picture, metres, that looks down the road towards the camera."""
    half = width / 2
    top = bottom_m + height
    points = np.array([[0, half, top], [0, -half, top], [0, -half, bottom_m], [0, half, bottom_m]], np.float64)
    return [Face(points, texture.mean, texture, two_sided=True)]
