"""What outputs are made of."""

from __future__ import annotations

from dataclasses import dataclass

from mgcda_core.frame import Frame, HazardReport, ScoreMap


@dataclass(frozen=True)
class Result:
    """One frame and all that was made of it. threshold: the probability that the regions were cut at."""

    frame: Frame
    score_map: ScoreMap
    report: HazardReport
    threshold: float
