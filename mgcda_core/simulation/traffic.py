"""Everyone else on the road: parked, oncoming and leading cars, cyclists, people on the pavement."""

from __future__ import annotations

import numpy as np

from mgcda_core.simulation.buildings import CHUNK_M, Standing
from mgcda_core.simulation.hazard_plan import PlannedHazard
from mgcda_core.simulation.mesh import Mesh, billboard, build
from mgcda_core.simulation.people import cyclist_picture, walker_pictures
from mgcda_core.simulation.style import BICYCLIST, CAR, PEDESTRIAN, Style
from mgcda_core.simulation.textures import stream
from mgcda_core.simulation.vehicles import bus, car

_LEAD_ROOM_M = 14.0


def _slots(start_m: float, reach_m: float, gap_m: float) -> range:
    return range(int(np.floor(start_m / gap_m)) - 1, int(np.ceil((start_m + reach_m) / gap_m)) + 1)


class Traffic:
    """The road users of one seed; every one of them is a function of time only."""

    def __init__(self, style: Style, seed: int, speed_mps: float) -> None:
        self._style, self._seed, self._speed = style, seed, speed_mps
        rng = stream(seed, 30)
        # The last one is a bus or lorry: it comes towards us, but never parks nor hides the road ahead.
        self._cars = [car(rng) for _ in range(9)] + [bus(rng)]
        self._walkers = [tuple(build(billboard(phase, 0.86, 1.76)) for phase in walker_pictures(rng)) for _ in range(6)]
        self._cyclist: Mesh = build(billboard(cyclist_picture(rng), 0.8, 1.8))
        self._oncoming_mps = float(rng.uniform(7, 14))
        self._lead = (float(rng.uniform(22, 48)), float(rng.uniform(0, 6.28)), int(rng.integers(9)))
        self._cyclists = bool(rng.random() < 0.4)

    def parked(self, index: int) -> list[Standing]:
        """Return the cars parked along one chunk of road."""
        style, items = self._style, []
        for sign, side in ((1, style.left), (-1, style.right)):
            if not side.parking:
                continue
            rng = stream(self._seed, 31 if sign > 0 else 32, index)
            for slot in range(int(CHUNK_M // 6)):
                if rng.random() < style.parked_share:
                    yaw = (np.pi if sign > 0 else 0.0) + rng.normal(0, 0.015)
                    items.append(
                        Standing(
                            self._cars[rng.integers(9)],
                            index * CHUNK_M + 6 * slot + 3 + rng.uniform(-0.3, 0.3),
                            sign * (style.half_width + side.parking / 2 + 0.05),
                            yaw,
                            CAR,
                        )
                    )
        return items

    def moving(self, along_m: float, reach_m: float, time_s: float, hazards: list[PlannedHazard]) -> list[Standing]:
        """Return who moves within reach_m metres ahead of along_m at a time; the lead car steers around hazards."""
        style = self._style
        items = self._stream(33, style.oncoming_gap_m, -self._oncoming_mps, along_m, reach_m, time_s)
        if style.lead_car:
            gap, phase, which = self._lead
            ahead = along_m + gap + 0.3 * gap * np.sin(time_s / 11 + phase)
            across = style.lane_y
            for hazard in hazards:
                near = np.exp(-(((hazard.along - ahead) / _LEAD_ROOM_M) ** 2) * 3)
                clearance = np.clip(hazard.across_at(time_s) + 2.3 - across, 0.0, 3.6)
                across += float(near * clearance)
            items.append(Standing(self._cars[which], ahead, across, 0.0, CAR))
        items += self._people(along_m, reach_m, time_s)
        return items

    def _stream(self, tag: int, gap: float, speed: float, along: float, reach: float, time_s: float) -> list[Standing]:
        items = []
        for slot in _slots(along - speed * time_s, reach, gap):
            rng = stream(self._seed, tag, slot)
            at = (slot + rng.uniform(0.2, 0.8)) * gap + speed * time_s
            if rng.random() < 0.75 and -6 < at - along < reach:
                mesh = self._cars[rng.integers(len(self._cars))]
                items.append(Standing(mesh, at, self._style.half_width / 2 + rng.uniform(-0.1, 0.3), np.pi, CAR))
        return items

    def _people(self, along: float, reach: float, time_s: float) -> list[Standing]:
        style, items = self._style, []
        for sign, side in ((1, style.left), (-1, style.right)):
            if not side.pavement:
                continue
            for direction in (1, -1):
                speed, gap = direction * 1.25, style.people_gap_m
                tag = 34 + (sign > 0) + 2 * (direction > 0)
                for slot in _slots(along - speed * time_s, reach, gap):
                    rng = stream(self._seed, tag, slot)
                    at = (slot + rng.uniform(0, 1)) * gap + speed * time_s
                    if not (1 < at - along < reach * 0.7) or rng.random() > 0.6:
                        continue
                    parking, pavement, _, _ = side.edges(style.half_width)
                    across = sign * rng.uniform(parking + 0.7, max(pavement - 0.3, parking + 0.8))
                    phases = self._walkers[rng.integers(len(self._walkers))]
                    phase = int((time_s * 3.6 + rng.uniform(0, 4)) % len(phases))
                    items.append(Standing(phases[phase], at, across, 0.0, PEDESTRIAN))
        if self._cyclists:
            gap, speed = 150.0, 5.0
            for slot in _slots(along - speed * time_s, reach, gap):
                at = (slot + stream(self._seed, 38, slot).uniform()) * gap + speed * time_s
                if 1 < at - along < reach:
                    items.append(
                        Standing(
                            self._cyclist,
                            at,
                            -style.half_width - 0.25 + 0.7 * (style.right.parking == 0),
                            0.0,
                            BICYCLIST,
                        )
                    )
        return items
