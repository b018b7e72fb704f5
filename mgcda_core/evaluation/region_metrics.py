"""COCO's average precision of anomaly regions: hazards are things, so they are counted as such too.

As OoDIS does it (Nekrasov et al., arXiv 2406.11835), with pycocotools for matching and averaging. OoDIS takes the
average over masks from Cityscapes' code, which treats void pixels alike and integrates precision a little differently.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED
from mgcda_core.evaluation.components import Components, find_components
from mgcda_core.evaluation.judged import check_labels
from mgcda_core.evaluation.scored_regions import MAXIMUM_REGIONS, ScoredRegion

MINIMUM_OBJECT_PX = 10
"""Smaller labelled components are ignored, as OoDIS does."""


class RegionMetrics(NamedTuple):
    """Average precision of masks and of boxes, each at overlaps of 0.50 to 0.95 and at 0.50 alone, in [0, 1].

    objects: how many counted; without any, the others are NaN.
    """

    mask_ap: float
    mask_ap50: float
    box_ap: float
    box_ap50: float
    objects: int


class StreamingRegionMetrics:
    """Matches the regions of frame after frame with its labelled objects, and keeps who matched, not the pixels.

    An object is a connected component (8-connectivity) of label 1. Ignored are label 255 and objects smaller than
    minimum_object_px. They are to COCO one crowd: a region that matches no object, but has at least the overlap asked
    for of its own pixels on ignored ones, is neither right nor wrong. So it is for boxes too: the box around ignored
    pixels would be the whole picture, so it is the mask's share that counts. Pixels on ignored ones are not cut off a
    region: they count in its area.

    What is kept are about 30 bytes a region and 10 an object.
    """

    def __init__(self, *, minimum_object_px: int = MINIMUM_OBJECT_PX) -> None:
        self._minimum_object_px = minimum_object_px
        self._masks: list[dict[str, np.ndarray]] = []
        self._boxes: list[dict[str, np.ndarray]] = []
        self._objects = 0

    def add(self, labels: np.ndarray, regions: Sequence[ScoredRegion]) -> None:
        """Add a frame: labels integer (H, W) of 0, 1 and 255, and the regions found in it, overlapping or not.

        Only the MAXIMUM_REGIONS surest count; equally sure ones, within a frame and between frames, count in the
        order given. Raises ValueError on other labels, a score that is NaN, or a mask that is empty or leaves the
        frame.
        """
        check_labels(labels)
        for number, region in enumerate(regions):
            _check(region, number, labels.shape)
        regions = sorted(regions, key=lambda region: -region.score)[:MAXIMUM_REGIONS]
        found = find_components(labels == ANOMALY)
        objects = np.flatnonzero(found.sizes[1:] >= self._minimum_object_px) + 1
        mask_overlaps, box_overlaps = _overlaps(regions, found, objects, labels == IGNORED)
        scores = [region.score for region in regions]
        self._masks.append(_Matching(scores, len(objects), mask_overlaps).kept())
        self._boxes.append(_Matching(scores, len(objects), box_overlaps).kept())
        self._objects += len(objects)

    def counts(self) -> dict[str, np.ndarray]:
        """Return all that is kept, by name."""
        masks, boxes = _joined(self._masks), _joined(self._boxes)
        return {
            "scores": masks["dtScores"],
            "mask_matches": masks["dtMatches"],
            "mask_ignored": masks["dtIgnore"],
            "box_matches": boxes["dtMatches"],
            "box_ignored": boxes["dtIgnore"],
            "objects": np.array(self._objects),
        }

    def add_counts(self, counts: Mapping[str, np.ndarray]) -> None:
        """Add the counts() of other frames, which come after those so far where regions are equally sure."""
        objects = int(counts["objects"])
        for frames, kind in ((self._masks, "mask"), (self._boxes, "box")):
            frames.append(
                {
                    "dtScores": counts["scores"],
                    "dtMatches": counts[f"{kind}_matches"],
                    "dtIgnore": counts[f"{kind}_ignored"],
                    "gtIgnore": np.zeros(objects, bool),
                }
            )
        self._objects += objects

    def metrics(self) -> RegionMetrics:
        """Return the metrics of all frames so far; more may be added afterwards."""
        return RegionMetrics(*_average(self._masks), *_average(self._boxes), self._objects)


def _check(region: ScoredRegion, number: int, shape: tuple[int, int]) -> None:
    if np.isnan(region.score):
        raise ValueError(f"region {number}: a score of NaN is not allowed")
    height, width = region.mask.shape
    inside = 0 <= region.x <= shape[1] - width and 0 <= region.y <= shape[0] - height
    if region.mask.dtype != bool or not inside or not region.mask.any():
        raise ValueError(
            f"region {number}: a mask of {region.mask.dtype} {region.mask.shape} with {region.mask.sum()} pixels at "
            f"({region.x}, {region.y}) is not allowed; it must be bool, not empty, and inside the frame {shape}"
        )


def _overlaps(
    regions: Sequence[ScoredRegion], found: Components, objects: np.ndarray, void: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the overlaps of masks and of boxes, float64 (regions, objects + 1).

    They are the IoU with each object, and last the share of the region's pixels that is ignored.
    """
    masks = np.zeros((len(regions), len(objects) + 1))
    boxes = np.zeros((len(regions), 4))
    for row, (mask, _, x, y) in enumerate(regions):
        area = np.s_[y : y + mask.shape[0], x : x + mask.shape[1]]
        size = np.count_nonzero(mask)
        hits = np.bincount(found.labels[area][mask], minlength=len(found.sizes))
        shared = hits[objects]
        masks[row, :-1] = shared / (size + found.sizes[objects] - shared)
        on_small = hits[1:].sum() - shared.sum()
        masks[row, -1] = (np.count_nonzero(void[area] & mask) + on_small) / size
        left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
        boxes[row] = x + left, y + top, width, height
    with_boxes = masks.copy()
    if len(regions) and len(objects):
        object_boxes = found.boxes[objects].astype(np.float64)
        with_boxes[:, :-1] = coco_mask.iou(boxes, object_boxes, np.zeros(len(objects), np.uint8))
    return masks, with_boxes


class _Matching(COCOeval):
    """COCO's evaluation of one frame, or none, by overlaps that are known already; so it never draws a mask.

    overlaps: float64 (regions, objects + 1), regions by falling score, the last column that of the crowd.
    """

    def __init__(self, scores: Sequence[float] = (), object_count: int = 0, overlaps: np.ndarray | None = None) -> None:
        truth = [_annotation(number, iscrowd=int(number > object_count)) for number in range(1, object_count + 2)]
        found = [_annotation(number, score=score) for number, score in enumerate(scores, start=1)]
        with contextlib.redirect_stdout(io.StringIO()):
            super().__init__(_indexed(truth), _indexed(found), "bbox")
        self.params.maxDets = [MAXIMUM_REGIONS]
        self.params.areaRng, self.params.areaRngLbl = [[0, 1e10]], ["all"]
        self._overlaps = overlaps

    def computeIoU(self, imgId: int, catId: int) -> np.ndarray | list:  # noqa: N802, N803 (COCOeval's names)
        """Return the known overlaps in place of computing them."""
        return [] if self._overlaps is None else self._overlaps

    def kept(self) -> dict[str, np.ndarray]:
        """Return what averaging needs of this frame."""
        with contextlib.redirect_stdout(io.StringIO()):
            self.evaluate()
        (frame,) = self.evalImgs
        return {
            "dtScores": np.array(frame["dtScores"], np.float64),
            "dtMatches": frame["dtMatches"] > 0,
            "dtIgnore": frame["dtIgnore"].astype(bool),
            "gtIgnore": frame["gtIgnore"].astype(bool),
        }


def _annotation(number: int, **more: float) -> dict[str, object]:
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0, **more}


def _indexed(annotations: list[dict[str, object]]) -> COCO:
    coco = COCO()
    coco.dataset = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": annotations}
    coco.createIndex()
    return coco


def _joined(frames: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the regions of all frames as if they were of one."""
    overlaps = len(COCOeval().params.iouThrs)
    none = {"dtScores": np.zeros(0), **dict.fromkeys(("dtMatches", "dtIgnore"), np.zeros((overlaps, 0), bool))}
    return {name: np.concatenate([each[name] for each in (none, *frames)], axis=-1) for name in none}


def _average(frames: list[dict[str, np.ndarray]]) -> tuple[float, float]:
    """Return average precision over all overlaps and at 0.50, NaN where no frame has an object."""
    average = _Matching()
    average.params.imgIds = list(range(len(frames)))
    # Each frame's are MAXIMUM_REGIONS at most already; those of many frames may come as one.
    average.params.maxDets = [max([MAXIMUM_REGIONS, *(len(frame["dtScores"]) for frame in frames)])]
    with contextlib.redirect_stdout(io.StringIO()):
        average.evaluate()
        average.evalImgs = frames
        average.accumulate()
    precision = average.eval["precision"]
    return tuple(float(values.mean()) if values.min() >= 0 else float("nan") for values in (precision, precision[0]))
