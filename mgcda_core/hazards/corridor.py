"""How far the vehicle may drive: the nearest confirmed hazard on the strip of ground straight ahead of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mgcda_core.frame import Hazard, HazardState


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
    nearest = math.inf
    for hazard in hazards:
        if hazard.state == HazardState.TENTATIVE:
            continue
        slack = hazard.distance_sigma_m if hazard.state == HazardState.COASTING else 0.0
        if hazard.footprint_m is None or slack is None or not len(hazard.footprint_m):
            return math.nan
        ahead = _nearest_ahead(hazard.footprint_m, settings.width_m / 2 + settings.margin_m)
        if not math.isfinite(slack) or math.isnan(ahead):
            return math.nan
        nearest = min(nearest, max(0.0, ahead - settings.front_m - slack))
    return nearest


def _nearest_ahead(footprint_m: np.ndarray, half_width_m: float) -> float:
    """Return the least x, 0 or more, at which a footprint (N, 3) touches the strip |y| <= half_width_m.

    inf where it does not or only behind the origin, NaN where it is not finite.
    """
    ground = footprint_m[:, :2].astype(np.float64)
    if not np.isfinite(ground).all():
        return math.nan
    x, y = ground.T
    if y.min() > half_width_m or y.max() < -half_width_m:
        return math.inf
    inside = [x[np.abs(y) <= half_width_m]]
    next_x, next_y = np.concatenate([ground[1:], ground[:1]]).T
    for side in (-half_width_m, half_width_m):
        crossing = (y < side) != (next_y < side)
        share = (side - y[crossing]) / (next_y - y)[crossing]
        inside.append(x[crossing] + share * (next_x - x)[crossing])
    touching = np.concatenate(inside)
    return max(0.0, float(touching.min())) if touching.max() >= 0 else math.inf
