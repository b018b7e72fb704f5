"""One frame through the house: Frame -> ScoreMap -> Hazards. Node, benchmark and command line all go this way."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgcda_core.datasets.classes import DRIVABLE_CLASSES
from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import Frame, Hazard, ScoreMap
from mgcda_core.hazards.regions import MINIMUM_AREA_SHARE, find_hazards


@dataclass(frozen=True)
class Processor:
    """threshold: probability, 0 for the weights' own. minimum_area_share: as in hazards/regions.py."""

    detector: Detector
    threshold: float = 0.0
    minimum_area_share: float = MINIMUM_AREA_SHARE
    drivable: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        card = self.detector.card
        object.__setattr__(self, "threshold", self.threshold or card.threshold)
        classes = card.architecture.classes
        object.__setattr__(self, "drivable", tuple(classes.index(c) for c in DRIVABLE_CLASSES if c in classes))

    def process(self, frame: Frame) -> tuple[ScoreMap, tuple[Hazard, ...]]:
        """Return the score map of a frame and the hazards in it; raises what Detector.detect raises."""
        score_map = self.detector.detect(frame)
        hazards = find_hazards(
            score_map,
            threshold=self.threshold,
            minimum_area_share=self.minimum_area_share,
            drivable=self.drivable,
        )
        return score_map, hazards
