"""What ~/cloud has; apart from its message, so that parameters can be read where no ROS is installed."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class CloudSettings:
    """spacing_m: how far points lie apart, metres, in all but huge footprints. includes_tentative: also hazards not yet
    confirmed.

    A costmap that nothing clears keeps what it was once told: there, leave tentative hazards out.
    Raises ValueError for a spacing that is not finite and 0.01 or more.
    """

    spacing_m: float = 0.1
    includes_tentative: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.spacing_m) and self.spacing_m >= 0.01):
            raise ValueError(f"spacing_m: {self.spacing_m} is not allowed; it must be finite and 0.01 or more")
