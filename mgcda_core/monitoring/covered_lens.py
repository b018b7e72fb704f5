"""A lens that is covered as a whole: a cap, a hand, ice; the picture has neither contrast nor edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.monitoring.ranges import require
from mgcda_core.monitoring.working_picture import WorkingPicture


@dataclass(frozen=True)
class CoveredLensSettings:
    """How little a picture may show.

    minimum_contrast: standard deviation, grey levels; street pictures have 20 and more. maximum_plain_share: of the
    picture's blocks, in [0, 1]; fog with 50 m of sight leaves 0.74 plain. plainest: root mean square slope below which
    a block is plain, grey levels per pixel.
    """

    minimum_contrast: float = 5.0
    maximum_plain_share: float = 0.95
    plainest: float = 1.0

    def __post_init__(self) -> None:
        require("minimum_contrast", self.minimum_contrast, 0, 128, "grey levels")
        require("maximum_plain_share", self.maximum_plain_share, 0, 1)
        require("plainest", self.plainest, 0, 255, "grey levels per pixel")


def covered_lens_problem(picture: WorkingPicture, settings: CoveredLensSettings) -> str | None:
    """Return in a sentence that the picture shows nothing, or None."""
    contrast = float(cv2.meanStdDev(picture.grey)[1].item())
    if contrast < settings.minimum_contrast:
        return (
            f"the lens seems covered: the picture's contrast is {contrast:.1f} grey levels, "
            f"{settings.minimum_contrast:g} or more is needed"
        )
    plain = float(np.mean(picture.block_slope < settings.plainest))
    if plain > settings.maximum_plain_share:
        return (
            f"the lens seems covered: {plain:.0%} of the picture is without any edge, "
            f"{settings.maximum_plain_share:.0%} is the limit"
        )
    return None
