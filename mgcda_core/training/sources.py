"""Where the domains get their street pictures from in training, all of one working size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.domains.sample import Sample, street_sample

WORKING_WIDTH_PX = 480
"""Near CamVid's own: pasted objects then have the same sharpness everywhere."""


def read_street(scene: StreetScene, width_px: int = WORKING_WIDTH_PX) -> Sample:
    """Return a scene as a sample width_px wide; raises ValueError where it cannot be read."""
    image, allowed, artefact = scene.read_with_artefacts()
    size = (width_px, round(width_px * image.shape[0] / image.shape[1]))
    smaller = width_px < image.shape[1] / 2
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    void = ((allowed == 0) & ~artefact).view(np.uint8)
    allowed, void = (cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST) for labels in (allowed, void))
    return street_sample(image, allowed, void.astype(bool))


@dataclass(frozen=True)
class StreetPictures:
    """Draws a data set, then a picture of it: a small data set is seen as often as a large one.

    width_px: of the pictures.
    """

    data_sets: Sequence[Sequence[StreetScene]]
    width_px: int = WORKING_WIDTH_PX

    def __call__(self, rng: np.random.Generator) -> Sample:
        """Return a random street picture."""
        scenes = self.data_sets[int(rng.integers(len(self.data_sets)))]
        return read_street(scenes[int(rng.integers(len(scenes)))], self.width_px)
