"""Whether a probability means what it says: of the pixels given 0.8, are 80 % anomalies?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mgcda_core.evaluation.curve import Curve

BINS = 15


class ReliabilityCurve(NamedTuple):
    """One value per bin, float64 (bins,): the mean probability given, the share of anomalies found, and the pixels.

    The first two are NaN in bins without a pixel; pixels is int64.
    """

    probability: np.ndarray
    anomalous: np.ndarray
    pixels: np.ndarray


def reliability_curve(curve: Curve, bins: int = BINS) -> ReliabilityCurve:
    """Return the reliability of the pixels that a curve has counted, at no more cost than its points.

    bins: number of bins of equal width over 0 to 1; a probability on an edge belongs to the upper one, 1 to the last.
    Every pixel counts with the lowest probability of its point, which is its own where the curve is exact and up to
    0.8 % less where it is from a histogram. Raises ValueError where a score is not in [0, 1].
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}; allowed: 1 or more")
    given = np.nextafter(curve.thresholds, curve.thresholds.dtype.type(np.inf)).astype(np.float64)
    if len(given) and not (given.min() >= 0 and given.max() <= 1):
        raise ValueError(
            f"probability runs from {given.min():g} to {given.max():g}; only probabilities, 0 to 1, can be "
            "compared with frequencies: leave calibration out for other scores"
        )
    index = np.minimum((given * bins).astype(np.int64), bins - 1)
    anomalous = np.diff(curve.true_positives, prepend=0)
    pixels = anomalous + np.diff(curve.false_positives, prepend=0)
    in_bin = np.bincount(index, weights=pixels, minlength=bins)
    with np.errstate(invalid="ignore"):
        return ReliabilityCurve(
            np.bincount(index, weights=pixels * given, minlength=bins) / in_bin,
            np.bincount(index, weights=anomalous, minlength=bins) / in_bin,
            in_bin.astype(np.int64),
        )


def expected_calibration_error(reliability: ReliabilityCurve) -> float:
    """Return the mean over pixels of |share of anomalies - mean probability| of their bins; NaN without pixels.

    Most pixels are normal with a probability near 0, and they rule this number; the curve shows the rest.
    """
    held = reliability.pixels > 0
    if not held.any():
        return float("nan")
    gaps = np.abs(reliability.anomalous - reliability.probability)[held]
    return float((gaps * reliability.pixels[held]).sum() / reliability.pixels.sum())
