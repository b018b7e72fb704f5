"""What every domain produces: a street picture in which the anomalies are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NORMAL = 0
ANOMALY = 1
IGNORE = 255


@dataclass
class Sample:
    """image: uint8 (H, W, 3) RGB. allowed: int32 (H, W), mask of allowed classes, 0 where void (datasets/classes.py).

    anomaly: uint8 (H, W), 0 normal, 1 anomaly, 255 not judged.
    """

    image: np.ndarray
    allowed: np.ndarray
    anomaly: np.ndarray
