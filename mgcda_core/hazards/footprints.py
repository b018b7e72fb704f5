"""The footprints of all hazards in one array: NumPy takes as long for one of them as for twenty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Footprints:
    """Footprints of H hazards, one after the other.

    corners: float64 (P, 3), metres. lengths: int64 (H,), how many of them each has, 1 or more. first_of: int64 (H,),
    where each begins.
    """

    corners: np.ndarray
    lengths: np.ndarray
    first_of: np.ndarray

    @cached_property
    def owner(self) -> np.ndarray:
        """Return the footprint that each corner belongs to, int64 (P,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def following(self) -> np.ndarray:
        """Return the number of the corner that follows each one around its footprint, int64 (P,)."""
        following = np.arange(1, len(self.corners) + 1)
        following[self.first_of + self.lengths - 1] = self.first_of
        return following

    @cached_property
    def extents(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest x and y of each, float64 (H, 2) both."""
        ground = self.corners[:, :2]
        return np.minimum.reduceat(ground, self.first_of), np.maximum.reduceat(ground, self.first_of)


def joined(footprints: Sequence[np.ndarray]) -> Footprints:
    """Return one or more footprints (N, 3), each of one corner or more, in one array."""
    lengths = np.array([len(footprint) for footprint in footprints])
    return Footprints(np.concatenate(footprints), lengths, lengths.cumsum() - lengths)
