"""One frame through the house: Frame -> ScoreMap -> Hazards. Node, benchmark and command line all go this way."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgcda_core.datasets.classes import DRIVABLE_CLASSES
from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import Frame, Hazard, ScoreMap
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards


@dataclass(frozen=True)
class Processor:
    """settings: of the regions; None: the defaults, with the weights' own threshold. regions: those in use."""

    detector: Detector
    settings: RegionSettings | None = None
    regions: RegionSettings = field(init=False)
    drivable: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        card = self.detector.card
        object.__setattr__(self, "regions", self.settings or RegionSettings(card.threshold))
        classes = card.architecture.classes
        object.__setattr__(self, "drivable", tuple(classes.index(c) for c in DRIVABLE_CLASSES if c in classes))

    @property
    def threshold(self) -> float:
        """Return the anomaly probability that the regions are cut at."""
        return self.regions.threshold

    def process(self, frame: Frame) -> tuple[ScoreMap, tuple[Hazard, ...]]:
        """Return the score map of a frame and the hazards in it; raises what Detector.detect raises."""
        score_map = self.detector.detect(frame)
        return score_map, self.hazards(score_map)

    def hazards(self, score_map: ScoreMap) -> tuple[Hazard, ...]:
        """Return the hazards in a score map of the detector."""
        return find_hazards(score_map, self.regions, self.drivable)
