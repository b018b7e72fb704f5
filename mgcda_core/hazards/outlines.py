"""The outlines of all hazards in one array: NumPy takes as long for one of them as for twenty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Outlines:
    """Closed outlines of H hazards, footprints in metres or polygons in pixels, one after the other.

    corners: (P, 2) or (P, 3). lengths: int64 (H,), how many of them each has, 1 or more. first_of: int64 (H,), where
    each begins.
    """

    corners: np.ndarray
    lengths: np.ndarray
    first_of: np.ndarray

    @cached_property
    def owner(self) -> np.ndarray:
        """Return the outline that each corner belongs to, int64 (P,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def following(self) -> np.ndarray:
        """Return the number of the corner that follows each one around its outline, int64 (P,)."""
        following = np.arange(1, len(self.corners) + 1)
        following[self.first_of + self.lengths - 1] = self.first_of
        return following

    @cached_property
    def extents(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest x and y of each, (H, 2) both."""
        plane = self.corners[:, :2]
        return np.minimum.reduceat(plane, self.first_of), np.maximum.reduceat(plane, self.first_of)


def joined(outlines: Sequence[np.ndarray]) -> Outlines:
    """Return one or more outlines, each of one corner or more, in one array."""
    lengths = np.array([len(outline) for outline in outlines])
    return Outlines(np.concatenate(outlines), lengths, lengths.cumsum() - lengths)


def counted(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every index as often as counts (N,) says, and how often it came before: of 2, 1 these are 0 0 1, 0 1 0."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - (counts.cumsum() - counts)[index]
