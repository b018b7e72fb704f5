"""The pixel metrics of SegmentMeIfYouCan, to compare with its tables: binned frame by frame, as its own code does.

Source: github.com/SegmentMeIfYouCan/road-anomaly-benchmark, metric PixBinaryClass, commit 1c7804e. Its bins move AP
against the exact value, which pixel_metrics.py and streaming.py give: the surest 1/384 of a frame's normal pixels are
one bin, which counts as sure as its least sure pixel. Where false alarms are few and sure, AP comes out up to 0.01
higher.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from mgcda_core.evaluation.curve import Curve
from mgcda_core.evaluation.judged import judged
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, metrics_of

PERCENTILES = 768
_KEYS = np.arange(1 << 16, dtype=np.uint16)
# Float16 bits by rising value: the negative numbers backwards from -NaN to -0, then 0 to NaN.
_BITS = np.concatenate([_KEYS[:0x7FFF:-1], _KEYS[:0x8000]])
_FINITE = np.isfinite(_BITS.view(np.float16))
_BITS = _BITS[_FINITE]
FLOAT16_VALUES = _BITS.view(np.float16).astype(np.float64)
"""Every finite float16, float64 (63488,), rising; -0 and 0 both."""


class FrameBins(NamedTuple):
    """The bins of one frame, by falling score.

    edges: float64 (K,), the lowest score of each bin. anomalous, normal: int64 (K,), pixels in it.
    """

    edges: np.ndarray
    anomalous: np.ndarray
    normal: np.ndarray


class BinnedPixelMetrics:
    """Pools frames whose scores are rounded to float16 and binned at 768 percentiles of their own.

    Half of the percentiles are of the anomalous, half of the normal pixels of the frame. All bins of all frames are
    ordered by their lower edges, so that a bin counts as if all its pixels had its lowest score. Kept are 18 KB a
    frame: the bins differ from frame to frame, and the procedure wants them all at once.
    best_f1_threshold is the lower edge of a bin, as published: the components exceed it strictly, and lose the pixels
    that lie on it.
    """

    def __init__(self) -> None:
        self._frames: list[FrameBins] = []

    def add(self, scores: np.ndarray, labels: np.ndarray) -> None:
        """Add a whole frame, scores float (H, W) within float16's range and labels uint8 (H, W) of 0, 1 and 255.

        Raises ValueError on NaN, scores beyond float16, other labels or other shapes. A frame without judged pixels
        counts for nothing.
        """
        normal, anomalous = (counted(values) for values in judged(scores, labels))
        if normal.any() or anomalous.any():
            self._frames.append(frame_bins(normal, anomalous))

    def curve(self) -> Curve:
        """Return the curve of all frames so far."""
        if not self._frames:
            return Curve(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
        edges, anomalous, normal = (np.concatenate(values) for values in zip(*self._frames, strict=True))
        order = np.argsort(edges)[::-1]
        edges = edges[order]
        kept = np.append(edges[:-1] != edges[1:], True)
        # The published code keeps its first point even where the next one has the same threshold. That is part of
        # its numbers: where several frames reach the same highest score, AP hangs on which of them is sorted first.
        kept[0] = True
        return Curve(edges[kept], np.cumsum(anomalous[order])[kept], np.cumsum(normal[order])[kept])

    def metrics(self) -> PixelMetrics:
        """Return the metrics of all frames so far."""
        return metrics_of(self.curve())


def counted(scores: np.ndarray) -> np.ndarray:
    """Return how often each float16 occurs among the scores once rounded, int64 (63488,), by rising value."""
    # PyTorch's conversion: NumPy's takes 20 to 100 times as long.
    rounded = torch.from_numpy(scores).half().numpy()
    counts = np.bincount(rounded.view(np.uint16), minlength=len(_KEYS))[_BITS]
    if counts.sum() != len(scores):
        raise ValueError(f"scores from {scores.min()} to {scores.max()} are beyond float16, which reaches to 65504")
    return counts


def frame_bins(normal: np.ndarray, anomalous: np.ndarray) -> FrameBins:
    """Return the bins of a frame from how often each float16 occurs in either kind, int64 (63488,) each."""
    occurring = FLOAT16_VALUES[np.flatnonzero(normal + anomalous)]
    # An edge below all scores, as the published code has it; the bin is empty, but counts when equal edges are sorted.
    lowest = occurring[0] - max(0.01 * (occurring[-1] - occurring[0]), 0.01)
    edges = np.unique(np.concatenate([[lowest], *(_percentiles(counts) for counts in (normal, anomalous))]))
    first = np.searchsorted(FLOAT16_VALUES, edges)
    above = (np.append(0, np.cumsum(counts[::-1]))[::-1][first] for counts in (anomalous, normal))
    return FrameBins(edges[::-1], *(np.diff(counts[::-1], prepend=0) for counts in above))


def _percentiles(counts: np.ndarray) -> np.ndarray:
    """Return PERCENTILES // 2 quantiles, or one a pixel where those are fewer, linear between neighbours."""
    total = int(counts.sum())
    positions = (total - 1) * np.linspace(0, 1, min(PERCENTILES // 2, total))
    below = np.floor(positions).astype(np.int64)
    cumulative = np.cumsum(counts)
    left, right = (
        FLOAT16_VALUES[np.searchsorted(cumulative, np.minimum(rank, total - 1), side="right")]
        for rank in (below, below + 1)
    )
    share, difference = positions - below, right - left
    # From the nearer side, as NumPy does: an edge must be the score itself where it falls on one.
    return np.where(share < 0.5, left + share * difference, right - (1 - share) * difference)
