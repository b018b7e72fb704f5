"""Too little light, or too much of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.monitoring.ranges import require

WHITE = 250
"""The lowest grey level that counts as white."""


@dataclass(frozen=True)
class ExposureSettings:
    """What is too dark, and what is too bright. Of 2,308 street pictures of CamVid and IDD Lite none comes near either.

    darkest_mean: grey levels of 255; the darkest of those pictures has 30. white_share: of the picture's lower half, in
    [0, 1], for the sky may be white; the whitest of them has 0.31.
    """

    darkest_mean: float = 20.0
    white_share: float = 0.4

    def __post_init__(self) -> None:
        require("darkest_mean", self.darkest_mean, 0, 255, "grey levels")
        require("white_share", self.white_share, 0, 1)


def exposure_problem(grey: np.ndarray, settings: ExposureSettings) -> str | None:
    """Return in a sentence what is wrong with the light of a picture, uint8 (h, w), or None."""
    mean = cv2.mean(grey)[0]
    if mean < settings.darkest_mean:
        return f"the picture is dark: its mean is {mean:.1f} of 255, {settings.darkest_mean:g} or more is needed"
    lower = grey[len(grey) // 2 :]
    white = np.count_nonzero(lower >= WHITE) / lower.size
    if white > settings.white_share:
        return (
            f"the picture is over-exposed: {white:.0%} of its lower half is white, "
            f"{settings.white_share:.0%} is the limit"
        )
    return None
