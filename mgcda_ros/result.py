"""What outputs are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from mgcda_core.frame import Extrinsics, Frame, Hazard, HazardReport, HazardState, ScoreMap
from mgcda_core.hazards.ground_boxes import GroundBoxes, ground_boxes
from mgcda_core.hazards.position import has_position


@dataclass(frozen=True)
class Result:
    """One frame and all that was made of it.

    threshold: the probability that the regions were cut at. stop_distance_m: as hazards/corridor.py returns it, metres;
    NaN where it was not computed.
    """

    frame: Frame
    score_map: ScoreMap
    report: HazardReport
    threshold: float
    stop_distance_m: float = math.nan

    @property
    def extrinsics(self) -> Extrinsics | None:
        """Return where the camera sat at the frame's stamp, or None where that is not known."""
        return None if self.frame.camera is None else self.frame.camera.extrinsics

    @cached_property
    def located(self) -> tuple[Hazard, ...]:
        """Return the hazards with a position; none without extrinsics, because no frame is then known for it."""
        return () if self.extrinsics is None else tuple(filter(has_position, self.report.hazards))

    @cached_property
    def boxes(self) -> GroundBoxes:
        """Return the boxes of the located hazards, in their order; needs extrinsics."""
        return ground_boxes(self.located, self.frame.camera)


def is_confirmed(hazard: Hazard) -> bool:
    """Return whether a hazard was seen often enough to act on, in this frame or before it."""
    return hazard.state != HazardState.TENTATIVE
