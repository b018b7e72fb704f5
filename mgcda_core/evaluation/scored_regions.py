"""Regions as a detector reports them: a mask and how sure it is of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mgcda_core.evaluation.components import find_components, window_of

MAXIMUM_REGIONS = 100
"""COCO counts no more of them in a picture: the surest."""


class ScoredRegion(NamedTuple):
    """mask: bool (h, w), its pixels. score: higher is surer. x, y: where the mask's upper left corner lies, in pixels.

    A mask of the whole frame lies at (0, 0).
    """

    mask: np.ndarray
    score: float
    x: int = 0
    y: int = 0


def regions_of(scores: np.ndarray, above: np.ndarray, *, minimum_px: int = 1) -> list[ScoredRegion]:
    """Return the connected regions of a mask, the surest first, MAXIMUM_REGIONS at most.

    scores: float32 (H, W) without NaN. above: bool (H, W). minimum_px: smaller regions are left out. A region's score
    is its mean, as the hazards of hazards/regions.py have it before they are weighted.
    """
    rows, columns = window_of(above)
    if rows.start == rows.stop:
        return []
    above, scores = above[rows, columns], scores[rows, columns]
    found = find_components(above)
    inside = np.bincount(found.labels[above], weights=scores[above], minlength=len(found.sizes))
    means = inside / np.maximum(found.sizes, 1)
    large = np.flatnonzero(found.sizes[1:] >= minimum_px) + 1
    regions = []
    for label in large[np.argsort(-means[large], kind="stable")][:MAXIMUM_REGIONS]:
        x, y, width, height = (int(value) for value in found.boxes[label])
        mask = found.labels[y : y + height, x : x + width] == label
        regions.append(ScoredRegion(mask, float(means[label]), columns.start + x, rows.start + y))
    return regions
