"""Many durations as three numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

ENOUGH = 200
"""Durations that percentiles want: of these two lie above the 99th percentile, of fewer one or none."""


SHARES = (50, 95, 99)


class Percentiles(NamedTuple):
    """Milliseconds that a half, 95 % and 99 % of the durations do not exceed, linear between neighbours."""

    p50: float
    p95: float
    p99: float


def percentiles(seconds: Sequence[float] | np.ndarray) -> Percentiles:
    """Return the percentiles, milliseconds, of durations in seconds, at least one; raises ValueError for none."""
    if len(seconds) == 0:
        raise ValueError("percentiles of no durations are not known")
    return Percentiles(*(1000 * float(value) for value in np.percentile(seconds, SHARES)))
