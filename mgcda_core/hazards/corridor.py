"""How far the vehicle may drive: the nearest confirmed hazard on the strip of ground straight ahead of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mgcda_core.frame import Hazard, HazardState
from mgcda_core.hazards.outlines import Outlines, joined


@dataclass(frozen=True)
class CorridorSettings:
    """The vehicle's size; it has no defaults, because a wrong one is dangerous.

    width_m: of the vehicle. front_m: from the base frame's origin forward to its foremost point. margin_m: on either
    side. Raises ValueError for a value that is not allowed.
    """

    width_m: float
    front_m: float
    margin_m: float = 0.3

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width_m) and self.width_m > 0):
            raise ValueError(f"width_m: {self.width_m} is not allowed; it must be a finite number of metres above 0")
        for name in ("front_m", "margin_m"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name}: {value} is not allowed; it must be a finite number of metres, 0 or more")


def stop_distance(hazards: Iterable[Hazard], settings: CorridorSettings) -> float:
    """Return the distance along x from the vehicle's front to the nearest hazard in its corridor, metres, 0 or more.

    Confirmed and coasting hazards count. A coasting one is held nearer by the standard deviation of its distance:
    nobody sees it any more. inf: the corridor is clear, as far as the report that the hazards came with is OK. NaN: a
    hazard has no finite position and could stand anywhere, in the corridor too; how much of it stands on road, or where
    it is in the picture, does not tell. A footprint behind the base frame's origin has been passed; one that reaches
    under the vehicle is at 0.

    The corridor is straight: in a bend the lane leaves it.
    """
    counting = [hazard for hazard in hazards if hazard.state != HazardState.TENTATIVE]
    if not counting:
        return math.inf
    if any(hazard.footprint_m is None or not len(hazard.footprint_m) for hazard in counting):
        return math.nan
    footprints = joined([hazard.footprint_m for hazard in counting])
    # None becomes NaN.
    slack = np.array([h.distance_sigma_m if h.state == HazardState.COASTING else 0.0 for h in counting], np.float64)
    if not (np.isfinite(slack).all() and np.isfinite(footprints.corners[:, :2]).all()):
        return math.nan
    ahead = _nearest_ahead(footprints, settings.width_m / 2 + settings.margin_m)
    return max(0.0, float((ahead - settings.front_m - slack).min()))


def _nearest_ahead(footprints: Outlines, half_width_m: float) -> np.ndarray:
    """Return the least x, 0 or more, at which each footprint touches the strip |y| <= half_width_m, float64 (H,).

    inf where it does not or only behind the origin.
    """
    (x, y, _), (next_x, next_y, _) = footprints.corners.T, footprints.corners[footprints.following].T
    touching = [np.where(np.abs(y) <= half_width_m, x, np.nan)]
    with np.errstate(invalid="ignore", divide="ignore"):  # of the sides that do not cross
        for side in (-half_width_m, half_width_m):
            share = (side - y) / (next_y - y)
            touching.append(np.where((y < side) != (next_y < side), x + share * (next_x - x), np.nan))
    nearest = np.fmin.reduceat(np.fmin.reduce(touching), footprints.first_of)
    farthest = np.fmax.reduceat(np.fmax.reduce(touching), footprints.first_of)
    return np.where(farthest >= 0, np.maximum(0.0, nearest), np.inf)
