"""What one seed's world looks like: kind of place, widths across the road, palettes, bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.simulation.textures import stream

SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST, VOID = (*range(11), 255)


@dataclass(frozen=True)
class Side:
    """One side of the road, in metres outwards from the carriageway: parking, pavement, verge, then lots."""

    parking: float
    pavement: float
    verge: float
    setback: float

    def edges(self, half_width: float) -> tuple[float, float, float, float]:
        """Return how far from the middle of the road parking, pavement and verge end and houses begin."""
        parking = half_width + self.parking
        pavement = parking + self.pavement
        verge = pavement + self.verge
        return parking, pavement, verge, verge + self.setback


@dataclass(frozen=True)
class Style:
    """The world of one seed; lengths in metres, colors RGB.

    left, right: the sides. lane_y: where the car drives, left positive. bend_1pm, bend_length_m: largest
    curvature of the road and the length of one swing from left to right and back.
    """

    place: str
    half_width: float
    lane_y: float
    left: Side
    right: Side
    bend_1pm: float
    bend_length_m: float
    bend_phase: float
    building_share: float
    tree_share: float
    parked_share: float
    oncoming_gap_m: float
    lead_car: bool
    people_gap_m: float
    asphalt: np.ndarray
    paving: np.ndarray
    grass: np.ndarray
    soil: np.ndarray
    green_verge: bool
    paved_lots: bool
    fence_kind: str
    lamp_gap_m: float

    def bend_at(self, along_m: float) -> float:
        """Return the curvature, 1/m, at a place along the road; positive turns left."""
        return float(self.bend_1pm * np.sin(2 * np.pi * along_m / self.bend_length_m + self.bend_phase))

    def heading_at(self, along_m: float) -> float:
        """Return the heading in radians at a place along the road, the integral of bend_at."""
        return float(self.headings_at(np.asarray(along_m)))

    def headings_at(self, along_m: np.ndarray) -> np.ndarray:
        """Return the headings, of the shape of along_m."""
        turn = 2 * np.pi / self.bend_length_m
        return -self.bend_1pm / turn * (np.cos(turn * along_m + self.bend_phase) - np.cos(self.bend_phase))


def sample_style(seed: int) -> Style:
    """Return the style that belongs to a seed."""
    rng = stream(seed, 3)
    place = str(rng.choice(["city", "suburb", "rural", "industrial"], p=[0.34, 0.34, 0.17, 0.15]))
    half_width = float(
        {
            "city": rng.uniform(3.2, 4.6),
            "suburb": rng.uniform(2.9, 3.8),
            "rural": rng.uniform(2.8, 3.6),
            "industrial": rng.uniform(3.4, 4.4),
        }[place]
    )

    def side() -> Side:
        parked = place in ("city", "suburb") and rng.random() < 0.6
        walk = place != "rural" or rng.random() < 0.25
        return Side(
            parking=2.1 if parked else 0.0,
            pavement=float(rng.uniform(1.5, 3.4)) if walk else 0.0,
            verge=float(
                {
                    "city": 0.0,
                    "suburb": rng.uniform(0.0, 1.5),
                    "rural": rng.uniform(2.5, 5.0),
                    "industrial": rng.uniform(1.0, 3.0),
                }[place]
            ),
            setback=float(
                {
                    "city": rng.uniform(0.0, 1.5),
                    "suburb": rng.uniform(2.5, 6.0),
                    "rural": rng.uniform(5.0, 14.0),
                    "industrial": rng.uniform(3.0, 9.0),
                }[place]
            ),
        )

    bare = rng.uniform(78, 132)
    tint = rng.normal(0, 2.5, 3) + rng.uniform(-3, 5) * np.array([1.0, 0.3, -0.8])
    return Style(
        place=place,
        half_width=half_width,
        lane_y=-half_width / 2 + float(rng.uniform(-0.2, 0.2)),
        left=side(),
        right=side(),
        bend_1pm=float(rng.uniform(0, 1 / 420)),
        bend_length_m=float(rng.uniform(260, 520)),
        bend_phase=float(rng.uniform(0, 2 * np.pi)),
        building_share={"city": 0.95, "suburb": 0.85, "rural": 0.2, "industrial": 0.7}[place],
        tree_share=float(
            {
                "city": rng.uniform(0.1, 0.5),
                "suburb": rng.uniform(0.3, 0.9),
                "rural": rng.uniform(0.5, 1.0),
                "industrial": rng.uniform(0.1, 0.5),
            }[place]
        ),
        parked_share=float(rng.uniform(0.3, 0.85)),
        oncoming_gap_m=float(rng.uniform(35, 140)),
        lead_car=bool(rng.random() < 0.35),
        people_gap_m=float(
            {
                "city": rng.uniform(9, 25),
                "suburb": rng.uniform(20, 60),
                "rural": 250.0,
                "industrial": rng.uniform(50, 120),
            }[place]
        ),
        asphalt=np.clip(bare + tint, 60, 150),
        paving=np.clip(
            rng.uniform(125, 185) + rng.normal(0, 4, 3) + rng.uniform(-8, 14) * np.array([1.0, 0.2, -0.9]), 80, 215
        ),
        grass=np.array([rng.uniform(84, 136), rng.uniform(104, 132), rng.uniform(56, 82)]),
        soil=np.array([rng.uniform(120, 160), rng.uniform(105, 130), rng.uniform(80, 105)]),
        green_verge=bool(rng.random() < 0.8),
        paved_lots=place in ("city", "industrial"),
        fence_kind=str(rng.choice(["pickets", "railing", "mesh", "wall", "hedge", "rail"])),
        lamp_gap_m=float(rng.uniform(22, 40)),
    )
