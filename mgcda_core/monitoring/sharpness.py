"""Blur that costs detection: a shaking or moving camera, a lens out of focus, a film of water or dirt on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.monitoring.ranges import require
from mgcda_core.monitoring.working_picture import WorkingPicture

STRONGEST_SHARE = 0.01
"""The edges that are looked at, as a share of the pixels."""


@dataclass(frozen=True)
class SharpnessSettings:
    """What counts as an edge, and how sharp it must be, at the resolution of working_picture.py.

    minimum: 1/pixel. The least sharp of CamVid, IDD Lite and rendered drives has 0.57; motion blur over 1.4 % of the
    picture's width, or defocus of 0.4 % (standard deviation), leaves 0.11 to 0.43. weakest_edge: grey levels per pixel;
    where the strongest edges are weaker, as in thick fog, nothing is said of blur.
    """

    minimum: float = 0.4
    weakest_edge: float = 2.0

    def __post_init__(self) -> None:
        require("minimum", self.minimum, 0, 2)
        require("weakest_edge", self.weakest_edge, 0.1, 255, "grey levels per pixel")


def edge_sharpness(picture: WorkingPicture, weakest_edge: float) -> float | None:
    """Return curvature over slope at the strongest edges, 1/pixel, across or along, whichever is less.

    The ratio does not depend on contrast, and plain surfaces, fog and night have no part in it. In both directions
    apart, for motion leaves the edges along it as sharp as they were. None where no edge is steep enough.
    """
    found = []
    for slope, other, order in (
        (picture.slope_x, picture.slope_y, (2, 0)),
        (picture.slope_y, picture.slope_x, (0, 2)),
    ):
        # An edge that runs aslant, along the motion, is sharp and steep both ways: it must not stand for either.
        directed = slope - other
        # A ninth of the pixels tells as well where the strongest begin.
        some = directed[::3, ::3].ravel()
        rank = len(some) - max(1, round(len(some) * STRONGEST_SHARE))
        level = float(np.partition(some, rank)[rank])
        if level >= weakest_edge:
            # As numbers, whose dot products take a tenth of the time of means under a mask; slopes come in eighths.
            edges = cv2.threshold(directed, level - 1 / 16, 1, cv2.THRESH_BINARY)[1]
            curvature = np.abs(cv2.Sobel(picture.grey, cv2.CV_32F, *order, scale=1 / 4))
            found.append(float(np.vdot(edges, curvature) / np.vdot(edges, slope)))
    return min(found, default=None)


def sharpness_problem(picture: WorkingPicture, settings: SharpnessSettings) -> str | None:
    """Return in a sentence that the picture is blurred, or None."""
    sharpness = edge_sharpness(picture, settings.weakest_edge)
    if sharpness is None or sharpness >= settings.minimum:
        return None
    return (
        f"the picture is blurred: the sharpness of its strongest edges is {sharpness:.2f} per pixel, "
        f"{settings.minimum:.2f} or more is needed"
    )
