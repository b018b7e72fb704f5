"""Where along the endless road something lies that should not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mgcda_core.simulation.mesh import Mesh
from mgcda_core.simulation.obstacles import FLAT_KINDS, KINDS, WALKING_KINDS, make_obstacle
from mgcda_core.simulation.style import Style
from mgcda_core.simulation.textures import stream

RUN = 6
"""Hazards come in runs of RUN slots; the last two slots of each stay empty: a clean stretch of road."""


@dataclass(frozen=True)
class PlannedHazard:
    """A hazard on the road: along, across in metres; walk_mps and walk_m: it goes to and fro across the road."""

    id: int
    kind: str
    mesh: Mesh
    along: float
    across: float
    yaw_rad: float
    walk_mps: float
    walk_m: float

    def across_at(self, time_s: float) -> float:
        """Return where across the road it is at a time, metres, left positive."""
        if self.walk_mps == 0:
            return self.across
        phase = (self.walk_mps * time_s / self.walk_m + self.id * 0.37) % 2.0
        return self.across + self.walk_m * (abs(phase - 1.0) - 0.5)


class HazardPlan:
    """The hazards of one seed at gaps drawn from spacing_m (least, most), metres."""

    def __init__(self, style: Style, seed: int, spacing_m: tuple[float, float]) -> None:
        self._style, self._seed = style, seed
        self._mean = (spacing_m[0] + spacing_m[1]) / 2
        # Slots with jitter keep every gap inside spacing_m without walking the road from its start.
        self._jitter = (spacing_m[1] - spacing_m[0]) / 4
        self._slot = lru_cache(maxsize=64)(self._make)

    def between(self, start_m: float, stop_m: float) -> list[PlannedHazard]:
        """Return the hazards whose place along the road lies in [start_m, stop_m)."""
        first = max(0, int(np.floor((start_m - self._jitter) / self._mean)) - 1)
        last = int(np.ceil((stop_m + self._jitter) / self._mean))
        found = [self._slot(index) for index in range(first, last + 1)]
        return [hazard for hazard in found if hazard is not None and start_m <= hazard.along < stop_m]

    def _make(self, index: int) -> PlannedHazard | None:
        if index % RUN >= RUN - 2:
            return None
        rng = stream(self._seed, 40, index)
        names = sorted(KINDS)
        # Each kind comes once per len(names) hazards, in an order that changes every time.
        number = index // RUN * (RUN - 2) + index % RUN
        order = stream(self._seed, 41, number // len(names)).permutation(len(names))
        kind = names[order[number % len(names)]]
        mesh = make_obstacle(kind, rng)
        half = self._style.half_width
        # On our own side, clear of oncoming traffic and of parked cars, whose drivers would have noticed.
        low = -half + min(mesh.radius_m, 0.45 * half)
        high = max(low, 0.1 - mesh.radius_m)
        across = float(rng.uniform(low, high)) if rng.random() < 0.85 else low
        walks = kind in WALKING_KINDS and rng.random() < 0.7
        return PlannedHazard(
            # Multiples of 255 are left out, so that the id modulo 255 is never 0.
            id=number + 1 + number // 254,
            kind=kind,
            mesh=mesh,
            along=(index + 0.9) * self._mean + float(rng.uniform(-self._jitter, self._jitter)),
            across=-half / 2 if walks else across,
            yaw_rad=float(rng.normal(0, 0.15)) if kind in FLAT_KINDS else float(rng.uniform(-np.pi, np.pi)),
            walk_mps=float(rng.uniform(0.3, 1.1)) if walks else 0.0,
            walk_m=half * 0.6,
        )
