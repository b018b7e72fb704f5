"""How often something is reported where nothing is: false regions per frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED
from mgcda_core.evaluation.components import find_components, window_of
from mgcda_core.evaluation.slices import require_mask

LEAST_PX = 50
"""Smallest false region that counts: ObstacleTrack's smallest predicted component."""


def count_false_regions(predicted: np.ndarray, labels: np.ndarray, least_px: int) -> int:
    """Return how many 8-connected regions of bool predicted (H, W) touch no anomaly pixel of uint8 labels (H, W).

    Pixels that are ignored in the labels (255) are cleared first; regions below least_px pixels do not count.
    """
    require_mask(predicted, labels)
    window = window_of(predicted)
    predicted, labels = predicted[window], labels[window]
    if not labels.size:
        return 0
    found = find_components(predicted & (labels != IGNORED))
    false = found.sizes >= least_px
    false[0] = False
    false[found.labels[labels == ANOMALY]] = False
    return int(np.count_nonzero(false))


class FalseRegions:
    """Adds up false regions over frames; a clean frame is one without any anomaly pixel.

    least_px: smallest region that counts, 1 or more. A frame without a judged pixel says nothing and is left out.
    """

    def __init__(self, *, least_px: int = LEAST_PX) -> None:
        if least_px < 1:
            raise ValueError(f"least_px is {least_px}; allowed: 1 pixel or more")
        self._least_px = least_px
        self.frames = self.clean_frames = self.regions = self.clean_regions = 0

    def add(self, predicted: np.ndarray, labels: np.ndarray) -> None:
        """Add a frame: bool predicted (H, W), and uint8 labels (H, W) of 0 normal, 1 anomaly and 255 ignored."""
        regions = count_false_regions(predicted, labels, self._least_px)
        if (labels == IGNORED).all():
            return
        clean = not (labels == ANOMALY).any()
        self.frames += 1
        self.regions += regions
        self.clean_frames += clean
        self.clean_regions += regions * clean

    def counts(self) -> dict[str, np.ndarray]:
        """Return all that is kept, by name."""
        return {
            "frames": np.array([self.frames, self.clean_frames]),
            "regions": np.array([self.regions, self.clean_regions]),
        }

    def add_counts(self, counts: Mapping[str, np.ndarray]) -> None:
        """Add the counts() of other frames."""
        (frames, clean_frames), (regions, clean_regions) = counts["frames"].tolist(), counts["regions"].tolist()
        self.frames, self.clean_frames = self.frames + frames, self.clean_frames + clean_frames
        self.regions, self.clean_regions = self.regions + regions, self.clean_regions + clean_regions

    @property
    def per_frame(self) -> float:
        """False regions per frame; NaN before the first."""
        return self.regions / self.frames if self.frames else float("nan")

    @property
    def per_clean_frame(self) -> float:
        """False regions per clean frame; NaN where there are none."""
        return self.clean_regions / self.clean_frames if self.clean_frames else float("nan")
