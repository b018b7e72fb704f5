"""The metrics of the evaluation suite over a bag's labelled frames, in one pass and bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from mgcda_core.datasets.minimum_sizes import OBSTACLE_TRACK
from mgcda_core.evaluation.component_metrics import StreamingComponentMetrics
from mgcda_core.evaluation.curve import Curve
from mgcda_core.evaluation.false_regions import FalseRegions
from mgcda_core.evaluation.pixel_metrics import metrics_of
from mgcda_core.evaluation.scored_regions import regions_of
from mgcda_core.evaluation.slices import SlicedRecall
from mgcda_core.evaluation.streaming import StreamingPixelMetrics
from mgcda_ros.replay.alarms import hazard_mask
from mgcda_ros.result import Result

MINIMUM_SIZES = OBSTACLE_TRACK
"""Of components: obstacles on a road, small ones too."""


class TruthMetrics:
    """threshold: that regions are cut at, on this vehicle.

    Pixels are judged at every threshold, components and regions at this one (`mgcda evaluate` takes the set's best, so
    that methods can be compared), and what is found and what is false by the hazards that were reported.
    """

    def __init__(self, threshold: float) -> None:
        self.frames = self.blind_frames = 0
        self._threshold = threshold
        self._pixels = StreamingPixelMetrics()
        self._components = StreamingComponentMetrics(threshold=threshold, minimum_sizes=MINIMUM_SIZES)
        self._recall, self._false = SlicedRecall(), FalseRegions()
        self._regions: Any = None
        if find_spec("pycocotools") is not None:
            from mgcda_core.evaluation.region_metrics import StreamingRegionMetrics

            self._regions = StreamingRegionMetrics()

    def add(self, result: Result, labels: np.ndarray) -> None:
        """Take in a frame with its labels, uint8 (H, W) of 0 normal, 1 anomaly, 255 ignored."""
        scores = result.score_map.probability
        above = scores > self._threshold
        self.frames += 1
        self._pixels.add(scores, labels)
        self._components.add(scores, labels)
        shown = hazard_mask(result.report.hazards, (labels.shape[0], labels.shape[1]))
        self._recall.add(shown, labels)
        self._false.add(shown, labels)
        if self._regions is not None:
            self._regions.add(labels, regions_of(scores, above))

    def add_blind(self) -> None:
        """Take in a labelled frame that nobody could look at: it is neither found nor missed, and counted apart."""
        self.blind_frames += 1

    def curve(self) -> Curve:
        """Return the curve of all pixels."""
        return self._pixels.curve()

    def counts(self) -> dict[str, np.ndarray]:
        """Return all that is kept of everything but pixels, by name."""
        counts = {
            f"{part} {name}": values for part, each in self._parts().items() for name, values in each.counts().items()
        }
        return counts | {"frames": np.array([self.frames, self.blind_frames]), "threshold": np.array(self._threshold)}

    def add_counts(self, counts: Mapping[str, np.ndarray]) -> None:
        """Add the counts() of another bag's frames; those of one without regions leave none for all.

        Raises ValueError where they were taken at another threshold, KeyError where some are missing.
        """
        if float(counts["threshold"]) != self._threshold:
            raise ValueError(f"taken at the threshold {float(counts['threshold']):g} instead of {self._threshold:g}")
        if "regions scores" not in counts:
            self._regions = None
        for part, each in self._parts().items():
            prefix = f"{part} "
            each.add_counts({name.removeprefix(prefix): counts[name] for name in counts if name.startswith(prefix)})
        frames, blind_frames = counts["frames"].tolist()
        self.frames, self.blind_frames = self.frames + frames, self.blind_frames + blind_frames

    def _parts(self) -> dict[str, Any]:
        parts = {"components": self._components, "recall": self._recall, "false": self._false}
        return parts if self._regions is None else parts | {"regions": self._regions}

    def values(self, curve: Curve | None = None) -> dict[str, Any]:
        """Return every metric by name, None where it is not defined: shares in [0, 1], counts as whole numbers.

        curve: of the pixels of all frames, those of other bags too; by default of the frames that were looked at here.
        """
        pixels = metrics_of(self.curve() if curve is None else curve)
        components, found = self._components.metrics(), self._recall.total()
        values: dict[str, Any] = {
            "labelled frames": self.frames,
            "labelled frames that nobody could look at": self.blind_frames,
            "ap": pixels.ap,
            "fpr95": pixels.fpr95,
            "auroc": pixels.auroc,
            "best_f1": pixels.best_f1,
            "threshold": self._threshold,
            "siou": components.mean_siou,
            "ppv": components.mean_ppv,
            "f1_star": components.f1_star,
            "obstacles": found.obstacles,
            "found_share": found.found_share,
            "false_regions_per_frame": self._false.per_frame,
            "false_regions_per_clean_frame": self._false.per_clean_frame,
            "found_by_size": {name: each._asdict() for name, each in self._recall.by_size().items()},
            "found_by_region": {name: each._asdict() for name, each in self._recall.by_region().items()},
        }
        if self._regions is not None:
            regions = self._regions.metrics()
            values |= {"mask_ap": regions.mask_ap, "box_ap": regions.box_ap}
        return {name: None if isinstance(each, float) and math.isnan(each) else each for name, each in values.items()}
