"""Rendered drives as a domain: exact labels, real perspective, and hazards that stand on the road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mgcda_core.datasets.labels import label_tables
from mgcda_core.datasets.streets.camvid import CAMVID_LABELS
from mgcda_core.domains.sample import ANOMALY, NORMAL, Sample
from mgcda_core.simulation.drive import Drive

TRAINING_SEEDS = range(1_000, 1_080)
HELD_OUT_SEEDS = range(2_000, 2_012)
"""Drives to train and to validate on; seeds below 1,000 are left for demonstrations, which are never trained on."""
DRIVE_SECONDS = 90.0
ALLOWED = label_tables(CAMVID_LABELS).allowed
"""By label value: drives are labelled in CamVid's classes."""


@dataclass(frozen=True)
class SimulatedDrive:
    """A random moment of a random one of the drives. seeds: of the drives. width, height: of the picture, pixels."""

    seeds: range = TRAINING_SEEDS
    width: int = 640
    height: int = 360
    name: str = "simulated_drive"

    needs_street = False

    def __call__(self, rng: np.random.Generator, sample: Sample | None = None) -> Sample:
        """Return a rendered picture; the given one is not looked at."""
        return drive_sample(rng, self.seeds, width=self.width, height=self.height)


@lru_cache(maxsize=len(TRAINING_SEEDS))
def _drive(seed: int, width: int, height: int) -> Drive:
    # A drive takes 0.7 s to set up and 0.05 s to render a frame of.
    return Drive(seed=seed, width=width, height=height)


def drive_sample(rng: np.random.Generator, seeds: range, *, width: int = 640, height: int = 360) -> Sample:
    """Render a random moment of a random one of the drives; its hazards are the anomalies."""
    drive = _drive(int(rng.choice(seeds)), width, height)
    frame = drive.render(float(rng.uniform(0, DRIVE_SECONDS)))
    allowed = ALLOWED[frame.labels]
    anomaly = np.where(frame.instances > 0, ANOMALY, NORMAL).astype(np.uint8)
    return Sample(frame.image, allowed, anomaly)
