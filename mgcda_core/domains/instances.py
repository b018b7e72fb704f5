"""Single things in a label map that knows only classes: connected pixels of one countable class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.classes import class_mask


@dataclass(frozen=True)
class Instance:
    """window: (rows, columns) of its box. mask: bool, of the box's size. classes: mask of what it may truly be."""

    window: tuple[slice, slice]
    mask: np.ndarray
    classes: int


def instances(allowed: np.ndarray, countable: Sequence[str], *, minimum_area_px: int) -> Iterator[Instance]:
    """Yield the connected regions of equal allowed classes, int32 (H, W), that are all countable.

    Things that touch in the picture count as one, as in every data set without instance labels.
    """
    countables = class_mask(countable)
    for classes in np.unique(allowed).tolist():
        if classes == 0 or classes & ~countables:
            continue
        same = (allowed == classes).astype(np.uint8)
        count, regions, stats, _ = cv2.connectedComponentsWithStats(same, connectivity=8)
        for index in range(1, count):
            x, y, width, height, area = stats[index].tolist()
            if area >= minimum_area_px:
                window = np.s_[y : y + height, x : x + width]
                yield Instance(window, regions[window] == index, classes)
