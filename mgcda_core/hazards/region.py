"""A piece of the picture, on its way to a hazard."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np


class Region(NamedTuple):
    """A piece of the picture in one outline.

    x, y: where the mask's upper left corner lies, pixels. mask: uint8 (h, w), 255 on the region, 0 elsewhere, as small
    as can be. certain: uint8 (h, w), not 0 on its pixels above the threshold. area_px: pixels of it, without gaps
    between fragments. outline: int32 (N, 1, 2), the pixels around it, of the picture. component: number of the
    connected region that it is a part of.
    """

    x: int
    y: int
    mask: np.ndarray
    certain: np.ndarray
    area_px: int
    outline: np.ndarray
    component: int = 0

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return (x_min, y_min, x_max, y_max), pixels, the maxima exclusive."""
        height, width = self.mask.shape
        return self.x, self.y, self.x + width, self.y + height

    @property
    def window(self) -> tuple[slice, slice]:
        """Return the rows and columns of the picture that the mask covers."""
        left, top, right, bottom = self.box
        return np.s_[top:bottom, left:right]


def outline_of(mask: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return the outline, int32 (N, 1, 2), of the one connected region in a mask whose upper left corner is (x, y)."""
    (outline,), _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    return outline
