"""Component metrics of SegmentMeIfYouCan: how well whole objects are found, large and small alike.

Source: Chan et al., SegmentMeIfYouCan, arXiv 2104.14812, section 3.2, and the code beside it (metric SegEval).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED
from mgcda_core.datasets.minimum_sizes import MinimumSizes
from mgcda_core.evaluation.components import find_components, window_of
from mgcda_core.evaluation.judged import checked

OVERLAPS = np.arange(5, 16) / 20
"""0.25, 0.30, ..., 0.75: the overlaps that F1 is taken at."""


class ComponentMetrics(NamedTuple):
    """mean_siou: adjusted overlap, mean of the objects. mean_ppv: share on objects, mean of the predicted components.

    f1_star: mean of the F1 at the 11 OVERLAPS. All in [0, 1]. Means of nothing are NaN: mean_siou without objects,
    mean_ppv without predicted components, f1_star without either; where only one of them is missing, f1_star is 0.
    objects, predicted: how many counted.
    """

    mean_siou: float
    mean_ppv: float
    f1_star: float
    objects: int
    predicted: int


class FrameComponents(NamedTuple):
    """siou: float64, one for each object of a frame. ppv: float64, one for each predicted component."""

    siou: np.ndarray
    ppv: np.ndarray


class StreamingComponentMetrics:
    """Adds up the components of frame after frame; what it keeps does not grow.

    threshold: scores strictly above it are predicted anomalous; by the definition, that of the best pixel F1 of the
    whole set, which is known only after a first pass (best_f1_threshold of any PixelMetrics). Raises ValueError where
    it is NaN, as it is for a set without anomalies: there is no such threshold.
    """

    def __init__(self, *, threshold: float, minimum_sizes: MinimumSizes) -> None:
        if np.isnan(threshold):
            raise ValueError("threshold: NaN is not allowed; a set without anomaly pixels has no best threshold")
        self.threshold = _float32_at_or_below(threshold)
        self._minimum_sizes = minimum_sizes
        self._siou_sum = self._ppv_sum = 0.0
        self._objects = self._predicted = 0
        self._found, self._false = (np.zeros(len(OVERLAPS), np.int64) for _ in range(2))

    def add(self, scores: np.ndarray, labels: np.ndarray) -> None:
        """Add a whole frame, scores float (H, W) and labels uint8 (H, W) of 0, 1 and 255; ValueError on others."""
        self.add_predicted(checked(scores, labels) > self.threshold, labels)

    def add_predicted(self, predicted: np.ndarray, labels: np.ndarray) -> None:
        """Add a whole frame of which is known, bool (H, W), what exceeds the threshold; labels as in add()."""
        siou, ppv = frame_components(predicted, labels, self._minimum_sizes)
        self._siou_sum += float(siou.sum())
        self._ppv_sum += float(ppv.sum())
        self._objects += len(siou)
        self._predicted += len(ppv)
        self._found += (siou >= OVERLAPS[:, None]).sum(axis=1)
        self._false += (ppv < OVERLAPS[:, None]).sum(axis=1)

    def counts(self) -> dict[str, np.ndarray]:
        """Return all that is kept, by name."""
        return {
            "overlaps": np.array([self._siou_sum, self._ppv_sum]),
            "components": np.array([self._objects, self._predicted]),
            "found": self._found,
            "false": self._false,
        }

    def add_counts(self, counts: Mapping[str, np.ndarray]) -> None:
        """Add the counts() of other frames, taken at the same threshold."""
        (siou_sum, ppv_sum), (objects, predicted) = counts["overlaps"].tolist(), counts["components"].tolist()
        self._siou_sum, self._ppv_sum = self._siou_sum + siou_sum, self._ppv_sum + ppv_sum
        self._objects, self._predicted = self._objects + objects, self._predicted + predicted
        self._found, self._false = self._found + counts["found"], self._false + counts["false"]

    def metrics(self) -> ComponentMetrics:
        """Return the metrics of all frames so far; more may be added afterwards."""
        nan = float("nan")
        # Found, missed and false: 2 TP + FN + FP is TP + objects + FP.
        f1 = 2 * self._found / np.maximum(self._found + self._objects + self._false, 1)
        return ComponentMetrics(
            mean_siou=self._siou_sum / self._objects if self._objects else nan,
            mean_ppv=self._ppv_sum / self._predicted if self._predicted else nan,
            f1_star=float(f1.mean()) if self._objects or self._predicted else nan,
            objects=self._objects,
            predicted=self._predicted,
        )


def frame_components(predicted: np.ndarray, labels: np.ndarray, minimum_sizes: MinimumSizes) -> FrameComponents:
    """Return the overlaps of one frame.

    predicted: bool (H, W). labels: uint8 (H, W), 0 normal, 1 anomaly, 255 ignored.
    A predicted component is measured before the pixels on objects that are too small are taken from it, and counts
    as long as anything is left.
    """
    truth = labels == ANOMALY
    predicted = predicted & (labels != IGNORED)
    window = window_of(truth | predicted)
    truth, predicted = truth[window], predicted[window]
    if not truth.size:
        return FrameComponents(np.zeros(0), np.zeros(0))
    objects, regions = find_components(truth), find_components(predicted)
    too_small = objects.sizes < minimum_sizes.object_px
    too_small[0] = False
    # From here on only predicted pixels, by the object (0 is none) and the region that they lie in.
    on_object, in_region = objects.labels[predicted], regions.labels[predicted]
    counting = (regions.sizes >= minimum_sizes.predicted_px)[in_region] & ~too_small[on_object]
    on_object, in_region = on_object[counting], in_region[counting]
    region_sizes = np.bincount(in_region, minlength=len(regions.sizes))
    hits = on_object > 0
    on_object, in_region = on_object[hits], in_region[hits]
    region_hits = np.bincount(in_region, minlength=len(regions.sizes))
    siou = _adjusted_overlap(on_object, in_region, objects.sizes, region_sizes, region_hits)
    left = region_sizes > 0
    return FrameComponents(siou[1:][~too_small[1:]], region_hits[left] / region_sizes[left])


def _adjusted_overlap(
    on_object: np.ndarray, in_region: np.ndarray, sizes: np.ndarray, region_sizes: np.ndarray, region_hits: np.ndarray
) -> np.ndarray:
    """Return sIoU by object, from the object and the region of each pixel that lies in both."""
    pairs = on_object.astype(np.int64) * len(region_sizes) + in_region
    # Neighbours mostly lie in the same pair: what is left to sort is a hundredth.
    pairs = np.unique(pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]])
    touched, touching = pairs // len(region_sizes), pairs % len(region_sizes)
    covered = np.bincount(on_object, minlength=len(sizes))
    union = sizes + np.bincount(touched, weights=region_sizes[touching], minlength=len(sizes)) - covered
    elsewhere = np.bincount(touched, weights=region_hits[touching], minlength=len(sizes)) - covered
    # Entry 0 is no object, and may be empty.
    return covered / np.maximum(union - elsewhere, 1)


def _float32_at_or_below(threshold: float) -> np.float32:
    """Return the float32 that the same float32 scores exceed: rounded up, it would leave out a score between."""
    rounded = np.float32(threshold)
    return np.nextafter(rounded, np.float32(-np.inf)) if float(rounded) > threshold else rounded
