"""A histogram of scores of any range whose bins are fine where the scores are many."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from mgcda_core.evaluation.curve import Curve, just_below

COARSE = 1 << 16
SHARE_BINS = 1 << 17
TAIL_BINS = 1 << 6
MAXIMUM_BINS = 1 << 23
HEAVY_SHARE = 2.0**-14
_SETTLED = 1 << 22
"""Pixels after which new ones mostly lie where others lay before."""
NEXT_TO_ONE = [0xBF7F, 0x407F]
"""The coarse bins from 0.996 to 1 and from -1 to -0.996."""
LOWEST_KEY = 0x007FFFFF
"""The key of minus infinity."""
_CHUNK = 1 << 16
"""Pixels at a time whose arrays stay in the processor's cache: 14 ms for 4 million pixels, and 23 ms all at once."""


class ScoreHistogram:
    """Counts of normal and of anomalous pixels by score, in bounded memory (160 MiB at the very most).

    The 32 bits of a float, read as an integer, are in the order of the numbers. Their upper 16 bits are the 65,536
    coarse bins, 128 to an octave. That is fine near 0, but too wide where scores pile up elsewhere: below 1 a coarse
    bin spans 0.004. So each is split by as many of the lower 16 bits as its pixels deserve: a share s of the normal,
    or of the anomalous, gets SHARE_BINS * s bins, and few pixels get a bin each up to TAIL_BINS, because precision
    at high thresholds hangs on few. From a share of 1/2 on each float has its own bin, and so has each float next to
    1 and -1, where the scores of a network too sure of itself crowd: there nothing is lost at all. Elsewhere scores
    that share a bin count as tied at its lower edge.

    Bins are only ever split further, and a coarse bin that becomes heavy before the pixels that make it heavy are
    counted. What its bins held goes where one of the scores in each belongs, so that heavy ties stay together.
    """

    def __init__(self) -> None:
        self._bits = np.zeros(COARSE, np.int64)
        self._bits[NEXT_TO_ONE] = 16
        self._offsets = _offsets(self._bits)
        self._counts = np.zeros((2, self._offsets[-1]), np.int64)
        self._examples = np.full(self._offsets[-1], np.nan, np.float32)
        self._coarse = np.zeros((2, COARSE), np.int64)
        self._planned_for = 0

    @property
    def nbytes(self) -> int:
        """Return the memory held between calls, in bytes."""
        return sum(values.nbytes for values in vars(self).values() if isinstance(values, np.ndarray))

    def add(self, normal: np.ndarray, anomalous: np.ndarray) -> None:
        """Count scores of normal and of anomalous pixels, float32 (N,) and (M,) without NaN."""
        settled = self._coarse.sum() >= _SETTLED
        self._coarse += [_coarse_counts(scores, settled) for scores in (normal, anomalous)]
        self._split_bins()
        # PyTorch's: NumPy's bincount makes a second array of all bins for however few scores.
        one = torch.ones(1, dtype=torch.int64)
        for counts, scores in zip(map(torch.from_numpy, self._counts), (normal, anomalous), strict=True):
            step = _step(scores)
            for part, bins in self._binned(scores):
                counts.index_add_(0, torch.from_numpy(bins), one.expand(len(bins)))
                self._examples[bins[::step]] = part[::step]

    def curve(self) -> Curve:
        """Return the curve with a point for each bin that holds a pixel."""
        bins = np.flatnonzero(self._counts[0] + self._counts[1])[::-1]
        true, false = np.cumsum(self._counts[1, bins]), np.cumsum(self._counts[0, bins])
        return Curve(just_below(self._lowest_scores(bins)), true, false)

    def _binned(self, scores: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the scores in parts, float32 (n,), each with its bins, int64 (n,), that the next part overwrites."""
        found = np.empty(min(_CHUNK, len(scores)), np.int64)
        shifts = (16 - self._bits).astype(np.uint8)
        for start in range(0, len(scores), _CHUNK):
            part = scores[start : start + _CHUNK]
            keys = ordered_keys(part)
            coarse = (keys >> np.uint32(16)).astype(np.int64)
            within = (keys & np.uint32(0xFFFF)) >> shifts.take(coarse)
            yield part, np.add(self._offsets.take(coarse), within, out=found[: len(part)], casting="unsafe")

    def _lowest_scores(self, bins: np.ndarray) -> np.ndarray:
        """Return the lowest score that each bin can hold, float32 (N,)."""
        coarse = np.searchsorted(self._offsets, bins, side="right") - 1
        keys = (coarse << 16) + ((bins - self._offsets[coarse]) << (16 - self._bits[coarse]))
        # Below minus infinity lie only keys of NaN, in the same coarse bin.
        return scores_of(np.maximum(keys, LOWEST_KEY).astype(np.uint32))

    def _wanted_bits(self, coarse: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """Return by how many bits these coarse bins should be split, int64 in [0, 16]; totals: pixels of each kind."""
        counts = self._coarse[:, coarse]
        share = counts / np.maximum(totals, 1)
        wished = np.maximum(SHARE_BINS * share, np.minimum(counts, TAIL_BINS)).max(axis=0)
        return np.ceil(np.log2(np.maximum(wished, 1))).astype(np.int64).clip(0, 16)

    def _split_bins(self) -> None:
        """Split coarse bins further where their counts ask for it, and move what was counted to the new bins."""
        totals = self._coarse.sum(axis=1, keepdims=True)
        heavy = np.flatnonzero((self._coarse >= np.maximum(HEAVY_SHARE * totals, 1)).any(axis=0))
        # Moving costs as much as counting a frame: not for every coarse bin that slowly fills.
        short = self._wanted_bits(heavy, totals) >= self._bits[heavy] + 2
        total = int(totals.sum())
        if not short.any() and total < 2 * self._planned_for:
            return
        wanted = self._wanted_bits(np.arange(COARSE), totals)
        self._planned_for = total
        wanted = np.maximum(wanted, self._bits)
        while (1 << wanted).sum() > MAXIMUM_BINS and (wanted > self._bits).any():
            wanted = np.maximum(wanted - 1, self._bits)
        occupied = np.flatnonzero(self._counts[0] + self._counts[1])
        held, examples = self._counts[:, occupied], self._examples[occupied]
        examples = np.where(np.isnan(examples), self._lowest_scores(occupied), examples)
        self._bits, self._offsets = wanted, _offsets(wanted)
        bins = np.concatenate([np.zeros(0, np.int64), *(bins.copy() for _, bins in self._binned(examples))])
        self._counts = np.zeros((2, self._offsets[-1]), np.int64)
        self._counts[:, bins] = held
        self._examples = np.full(self._offsets[-1], np.nan, np.float32)
        self._examples[bins] = examples


def ordered_keys(scores: np.ndarray) -> np.ndarray:
    """Return uint32 (N,) in the order of the scores, float32 (N,): equal where they are equal, 0 and -0 alike."""
    # Adding zero makes -0 into 0, and a copy to work on.
    bits = (scores + np.float32(0)).view(np.uint32)
    sign = (bits.view(np.int32) >> 31).view(np.uint32)
    bits ^= sign | np.uint32(0x80000000)
    return bits


def scores_of(keys: np.ndarray) -> np.ndarray:
    """Return the scores float32 (N,) that have these keys, uint32 (N,)."""
    positive = keys >= np.uint32(0x80000000)
    return np.where(positive, keys ^ np.uint32(0x80000000), ~keys).astype(np.uint32).view(np.float32)


def _coarse_counts(scores: np.ndarray, settled: bool) -> np.ndarray:
    """Return how many scores lie in each coarse bin, int64 (COARSE,), judged by every eighth where that will do."""
    # Looking at all takes a quarter of the whole time, and tells little once the bins have been laid out.
    step = _step(scores) if settled else 1
    looked_at = scores[::step]
    counts = np.zeros(COARSE, np.int64)
    for start in range(0, len(looked_at), _CHUNK):
        keys = ordered_keys(looked_at[start : start + _CHUNK])
        counts += np.bincount(keys >> np.uint32(16), minlength=COARSE)
    return step * counts


def _step(scores: np.ndarray) -> int:
    """Return which of many scores will do to know them by: every eighth, or every one where they are few."""
    return 8 if len(scores) >= _CHUNK else 1


def _offsets(bits: np.ndarray) -> np.ndarray:
    return np.append(0, np.cumsum(1 << bits))
