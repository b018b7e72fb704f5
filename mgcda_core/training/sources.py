"""Where the domains get their material from in training: street pictures of one working size, and every domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.cutout import Cutout
from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.domains.anomaly_mix import AnomalyMix
from mgcda_core.domains.domain import Domain
from mgcda_core.domains.road_debris import RoadDebris
from mgcda_core.domains.sample import Sample, street_sample
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS, TRAINING_SEEDS, SimulatedDrive
from mgcda_core.domains.void_class import VoidClass

WORKING_WIDTH_PX = 480
"""Near CamVid's own: pasted objects then have the same sharpness everywhere."""


def read_street(scene: StreetScene) -> Sample:
    """Return a scene as a sample WORKING_WIDTH_PX wide; raises ValueError where it cannot be read."""
    image, allowed, artefact = scene.read_with_artefacts()
    size = (WORKING_WIDTH_PX, round(WORKING_WIDTH_PX * image.shape[0] / image.shape[1]))
    image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    void = ((allowed == 0) & ~artefact).view(np.uint8)
    allowed, void = (cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST) for labels in (allowed, void))
    return street_sample(image, allowed, void.astype(bool))


@dataclass(frozen=True)
class StreetPictures:
    """Draws a data set, then a picture of it: a small data set is seen as often as a large one."""

    data_sets: Sequence[Sequence[StreetScene]]

    def __call__(self, rng: np.random.Generator) -> Sample:
        """Return a random street picture, WORKING_WIDTH_PX wide."""
        scenes = self.data_sets[int(rng.integers(len(self.data_sets)))]
        return read_street(scenes[int(rng.integers(len(scenes)))])


def every_domain(unknown: Sequence[Cutout], known: Sequence[Cutout], *, held_out: bool = False) -> list[Domain]:
    """Return every domain with its default settings, and AnomalyMix the published way."""
    return [
        VoidClass(),
        AnomalyMix(unknown, known),
        AnomalyMix.reference(unknown),
        RoadDebris(unknown),
        SimulatedDrive(HELD_OUT_SEEDS if held_out else TRAINING_SEEDS),
    ]
