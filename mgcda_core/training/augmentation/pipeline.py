"""The whole augmentation: geometry, scene, light, camera, in the order in which light meets them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.domains.sample import Sample
from mgcda_core.training.augmentation.camera import random_camera
from mgcda_core.training.augmentation.geometry import random_view
from mgcda_core.training.augmentation.light import random_exposure
from mgcda_core.training.augmentation.scene import random_scene
from mgcda_core.training.augmentation.settings import AugmentationSettings


@dataclass(frozen=True)
class Augmentation:
    """crop: height and width of what it returns, pixels. base_width: the picture's width at a scale of 1, pixels."""

    settings: AugmentationSettings = AugmentationSettings()
    crop: tuple[int, int] = (352, 480)
    base_width: int = 480

    def __call__(self, rng: np.random.Generator, sample: Sample) -> Sample:
        """Return a changed sample; the input is left as it was, and all chance comes from rng."""
        height, width = self.crop
        result = random_view(rng, sample, self.settings, height=height, width=width, base_width=self.base_width)
        result.image = random_scene(rng, result, self.settings)
        result.image = random_exposure(rng, result.image, self.settings)
        result.image = random_camera(rng, result.image, self.settings)
        return result
