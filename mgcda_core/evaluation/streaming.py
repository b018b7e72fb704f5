"""Pixel metrics of any number of frames in bounded memory."""

from __future__ import annotations

import numpy as np

from mgcda_core.evaluation.curve import Curve, exact_curve
from mgcda_core.evaluation.judged import judged
from mgcda_core.evaluation.pixel_metrics import PixelMetrics, metrics_of
from mgcda_core.evaluation.score_histogram import ScoreHistogram

EXACT_UNTIL_PIXELS = 1 << 22
"""Two frames of 2048 x 1024: enough to see where the scores lie, and 16 MiB."""


class StreamingPixelMetrics:
    """Pools the judged pixels of frame after frame, and keeps counts instead of pixels.

    exact_until: up to this many pixels are kept and evaluated exactly, whatever their scores, order or frames. With
    more, they go through a histogram (score_histogram.py) that is laid out by the scores seen so far; metrics are
    then within 1e-4 of the exact ones. Equal scores are one threshold. Different ones become one where they share a
    bin: it is at best as narrow as a float, and at worst, where pixels are few, as wide as 0.8 % of the score. The
    order of the frames, by which the bins are laid out, shows after the fourth digit only.
    """

    def __init__(self, *, exact_until: int = EXACT_UNTIL_PIXELS) -> None:
        if exact_until < 0:
            raise ValueError(f"exact_until: {exact_until} is not allowed; it must be 0 pixels or more")
        self._exact_until = exact_until
        self._normal: list[np.ndarray] = []
        self._anomalous: list[np.ndarray] = []
        self._waiting = 0
        self._histogram: ScoreHistogram | None = None

    @property
    def nbytes(self) -> int:
        """Return the memory held between calls, in bytes."""
        waiting = sum(scores.nbytes for scores in (*self._normal, *self._anomalous))
        return waiting + (0 if self._histogram is None else self._histogram.nbytes)

    def add(self, scores: np.ndarray, labels: np.ndarray) -> None:
        """Add a frame, or any part of one.

        scores: taken as float32, higher is more anomalous. labels: integers of the same shape; 0 normal, 1 anomaly,
        255 ignored. Raises ValueError on NaN, other labels or other shapes, and then counts nothing of the frame.
        """
        normal, anomalous = judged(scores, labels)
        # Without the empty ones: frames that are ignored altogether must not pile up either.
        self._normal += [normal] * (len(normal) > 0)
        self._anomalous += [anomalous] * (len(anomalous) > 0)
        self._waiting += len(normal) + len(anomalous)
        if self._waiting > self._exact_until or self._histogram is not None:
            self._count_waiting()

    def curve(self) -> Curve:
        """Return the curve of all frames so far; more may be added afterwards."""
        if self._histogram is None:
            return exact_curve(*self._take_waiting())
        self._count_waiting()
        return self._histogram.curve()

    def metrics(self) -> PixelMetrics:
        """Return the metrics of all frames so far; more may be added afterwards."""
        return metrics_of(self.curve())

    def _take_waiting(self) -> tuple[np.ndarray, np.ndarray]:
        return _joined(self._normal), _joined(self._anomalous)

    def _count_waiting(self) -> None:
        if self._histogram is None:
            self._histogram = ScoreHistogram()
        self._histogram.add(*self._take_waiting())
        self._normal, self._anomalous, self._waiting = [], [], 0


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Return the parts as one float32 (N,), without a copy where there is but one."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.float32), *parts])
