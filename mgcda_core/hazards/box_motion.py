"""How boxes move and grow in the picture: constant velocity of the centre, constant rate of the logarithm of the size.

Boxes are held as (centre x, centre y, log width, log height), rates as the same per second. Nearer things grow faster
and faster, but what measures that amplifies the noise of small boxes: on simulated drives it loses more than it finds.
"""

from __future__ import annotations

import numpy as np

_SHARE_OF_NEW = 0.4
_FASTEST_GROWTH = 2.0
"""Per second; a vehicle that is half a second away from a hazard no longer needs its box."""


def centred(boxes_px: np.ndarray) -> np.ndarray:
    """Return boxes (N, 4) of (x_min, y_min, x_max, y_max) as centres and logarithms of sizes, float64 (N, 4)."""
    low, high = boxes_px[:, :2], boxes_px[:, 2:]
    return np.concatenate([(low + high) / 2, np.log(np.maximum(high - low, 1))], axis=1)


def corners(boxes: np.ndarray) -> np.ndarray:
    """Return centred boxes (N, 4) as (x_min, y_min, x_max, y_max), pixels."""
    half = np.exp(boxes[:, 2:]) / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def updated_rates(rates: np.ndarray, predicted: np.ndarray, measured: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return rates (N, 4) after centred boxes were measured where others had been predicted, both (N, 4).

    seconds: (N,), since the boxes were measured before; above 0.
    """
    rates = rates + _SHARE_OF_NEW * (measured - predicted) / seconds[:, None]
    rates[:, 2:] = np.clip(rates[:, 2:], -_FASTEST_GROWTH, _FASTEST_GROWTH)
    return rates
