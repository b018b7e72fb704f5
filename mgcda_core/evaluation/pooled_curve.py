"""The curve of several sets of pixels as that of one."""

from __future__ import annotations

import numpy as np

from mgcda_core.evaluation.curve import Curve
from mgcda_core.evaluation.score_histogram import LOWEST_KEY, NEXT_TO_ONE, ordered_keys, scores_of

MOST_POINTS = 1 << 22
"""84 MB; more than a set of driving pictures has bins (score_histogram.py)."""
MOST_BITS = 16
"""Then the coarse bins are left."""


class PooledCurve:
    """Adds up the counts of curves at each threshold, in any order: the result is the same to the last bit.

    Up to most_points thresholds nothing is lost. With more, the lowest bits of the thresholds are dropped, as few as it
    takes, and those that are then the same count as one, at the lowest. Next to 1 and -1, where scores crowd, none are
    (score_histogram.py). Of probabilities from 1e-7 to 1 no more than 6 bits ever go: what is less than 1/131,072 of
    its size apart, and never more than MOST_BITS.
    """

    def __init__(self, *, most_points: int = MOST_POINTS) -> None:
        self._most_points = most_points
        self._dropped_bits = 0
        self._keys = np.zeros(0, np.uint32)
        self._counts = np.zeros((2, 0), np.int64)

    def add(self, curve: Curve) -> None:
        """Add a curve, whose thresholds are float32."""
        counts = np.diff([curve.false_positives, curve.true_positives], prepend=0)
        self._set(
            np.append(self._keys, _without(ordered_keys(curve.thresholds), self._dropped_bits)),
            np.hstack([self._counts, counts]),
        )
        while len(self._keys) > self._most_points and self._dropped_bits < MOST_BITS:
            self._dropped_bits += 1
            self._set(_without(self._keys, self._dropped_bits), self._counts)

    def curve(self) -> Curve:
        """Return the curve of all so far."""
        # Below minus infinity lie only keys of NaN.
        keys = np.maximum(self._keys, np.uint32(LOWEST_KEY))
        false, true = np.cumsum(self._counts[:, ::-1], axis=1)
        return Curve(scores_of(keys[::-1]), true, false)

    def _set(self, keys: np.ndarray, counts: np.ndarray) -> None:
        """Keep the sums of counts, int64 (2, N), at equal keys, uint32 (N,)."""
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
        self._keys = keys[starts]
        self._counts = np.add.reduceat(counts[:, order], starts, axis=1) if len(keys) else counts


def _without(keys: np.ndarray, bits: int) -> np.ndarray:
    """Return keys, uint32 (N,), with this many of their lowest bits 0, but for those next to 1 and -1."""
    rounded = keys >> np.uint32(bits) << np.uint32(bits)
    return np.where(np.isin(keys >> np.uint32(16), NEXT_TO_ONE), keys, rounded)
