"""All that can be wrong with the pictures of one camera."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.monitoring.covered_lens import CoveredLensSettings, covered_lens_problem
from mgcda_core.monitoring.covered_part import CoveredPart, CoveredPartSettings
from mgcda_core.monitoring.exposure import ExposureSettings, exposure_problem
from mgcda_core.monitoring.frozen import Frozen, FrozenSettings
from mgcda_core.monitoring.road import Road, RoadSettings
from mgcda_core.monitoring.sharpness import SharpnessSettings, sharpness_problem
from mgcda_core.monitoring.working_picture import working_picture


@dataclass(frozen=True)
class MonitorSettings:
    """The limits of every check. They were chosen on CamVid, IDD Lite and rendered drives, never on a benchmark."""

    exposure: ExposureSettings = field(default_factory=ExposureSettings)
    sharpness: SharpnessSettings = field(default_factory=SharpnessSettings)
    covered_lens: CoveredLensSettings = field(default_factory=CoveredLensSettings)
    covered_part: CoveredPartSettings = field(default_factory=CoveredPartSettings)
    frozen: FrozenSettings = field(default_factory=FrozenSettings)
    road: RoadSettings = field(default_factory=RoadSettings)


class PictureMonitor:
    """Watches one camera, frame by frame; one that has seen a single frame judges what a single frame can tell."""

    def __init__(self, settings: MonitorSettings | None = None) -> None:
        self._settings = settings or MonitorSettings()
        self._shape: tuple[int, ...] = ()
        self._last_stamp = 0
        self._start_again()

    def problems(self, frame: Frame, score_map: ScoreMap, drivable: Collection[int]) -> tuple[str, ...]:
        """Return a sentence for each fault, with the measured value and the limit; none where all is well.

        drivable: the class indices of score_map.semantics that a vehicle drives on; with none, or without semantics,
        nothing is said of the road. A stamp that goes back, or another picture size, begins a new history; a stamp that
        stands still adds nothing to it. Never raises for what is in the frame.
        """
        image, stamp = frame.image, frame.stamp
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            return (f"the picture is {image.dtype} {image.shape}; uint8 (H, W, 3) is needed",)
        picture = working_picture(image)
        nothing_to_see = exposure_problem(picture.grey, self._settings.exposure) or covered_lens_problem(
            picture, self._settings.covered_lens
        )
        if nothing_to_see:
            # Black pictures equal each other and show no road: one fault, one reason.
            return (nothing_to_see,)
        if image.shape != self._shape or stamp < self._last_stamp:
            self._start_again()
        if stamp != self._last_stamp or not self._shape:
            self._lasting = (
                self._covered_part.problem(picture, stamp),
                self._frozen.problem(image, stamp),
                None
                if score_map.semantics is None or not drivable
                else self._road.problem(score_map.semantics, drivable, stamp),
            )
        self._shape, self._last_stamp = image.shape, stamp
        found = (sharpness_problem(picture, self._settings.sharpness), *self._lasting)
        return tuple(problem for problem in found if problem)

    def _start_again(self) -> None:
        self._shape = ()
        self._covered_part = CoveredPart(self._settings.covered_part)
        self._frozen = Frozen(self._settings.frozen)
        self._road = Road(self._settings.road)
        self._lasting: tuple[str | None, ...] = ()
