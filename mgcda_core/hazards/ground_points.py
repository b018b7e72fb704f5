"""Footprints as points, for planners that know obstacles as point clouds only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def footprint_points(footprints: Sequence[np.ndarray], spacing_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points, float64 (P, 3), metres, in and on footprints (N, 3), and int64 (P,), the footprint of each.

    First those on the outlines: every corner, and between corners as many as it takes to lie no further apart than
    spacing_m. Then those inside, on a lattice of spacing_m through each footprint's least x and y, at the height of the
    footprint's first point. No ground in a footprint lies farther than 0.87 spacings from a point.
    """
    if not footprints:
        return np.empty((0, 3)), np.empty(0, np.int64)
    lengths = np.array([len(footprint) for footprint in footprints])
    corners = np.concatenate(footprints)
    on, on_owner = _on_outlines(corners, lengths, spacing_m)
    inside, inside_owner = _inside(corners, lengths, spacing_m)
    return np.concatenate([on, inside]), np.concatenate([on_owner, inside_owner])


def _on_outlines(corners: np.ndarray, lengths: np.ndarray, spacing_m: float) -> tuple[np.ndarray, np.ndarray]:
    side = _next_corners(corners, lengths) - corners
    counts = np.maximum(1, np.ceil(np.sqrt(np.einsum("ni,ni->n", side, side)) / spacing_m).astype(np.int64))
    edge = np.repeat(np.arange(len(corners)), counts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    points = corners[edge] + (step / counts[edge])[:, None] * side[edge]
    return points, np.repeat(np.arange(len(lengths)), lengths)[edge]


def _next_corners(corners: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return for each corner (N, 3) the one that follows it around its footprint."""
    stops = np.cumsum(lengths)
    successor = np.arange(1, len(corners) + 1)
    successor[stops - 1] = stops - lengths
    return corners[successor]


def _inside(corners: np.ndarray, lengths: np.ndarray, spacing_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the lattice points inside: along each row, those between an odd crossing of the outline and the next."""
    first_of = np.cumsum(lengths) - lengths
    least = np.minimum.reduceat(corners[:, :2], first_of)
    counts = ((np.maximum.reduceat(corners[:, 1], first_of) - least[:, 1]) / spacing_m).astype(np.int64) + 1
    footprint = np.repeat(np.arange(len(lengths)), counts)
    row = np.arange(len(footprint)) - np.repeat(np.cumsum(counts) - counts, counts)
    y = least[footprint, 1] + row * spacing_m

    crossings = (_crossings(corners, lengths, footprint, y) - least[footprint, :1]) / spacing_m
    enters, leaves = crossings[:, 0::2], crossings[:, 1::2]
    span = np.nonzero(np.isfinite(leaves))
    first = np.ceil(enters[span]).astype(np.int64)
    counts = np.maximum(0, np.floor(leaves[span]).astype(np.int64) - first + 1)
    row = np.repeat(span[0], counts)
    column = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    owner = footprint[row]
    return np.stack([least[owner, 0] + column * spacing_m, y[row], corners[first_of[owner], 2]], axis=1), owner


def _crossings(corners: np.ndarray, lengths: np.ndarray, footprint: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where lines along x at y (R,) cross the outline of a footprint (R,): rising x, (R, even), then inf."""
    # One row per footprint; where it has fewer corners than others, sides without length, which nothing crosses.
    sides = np.zeros((4, len(lengths), lengths.max() + lengths.max() % 2))
    place = np.arange(len(corners)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    ends = np.concatenate([corners[:, :2], _next_corners(corners, lengths)[:, :2]], axis=1).T
    sides[:, np.repeat(np.arange(len(lengths)), lengths), place] = ends
    from_x, from_y, to_x, to_y = sides[:, footprint]
    y = y[:, None]
    with np.errstate(all="ignore"):  # of the sides that are not crossed
        x = from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x)
    return np.sort(np.where((from_y > y) != (to_y > y), x, np.inf), axis=1)
