"""A small grey copy of a picture, and what the checks read off it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH_PX = 320
"""So that a limit means the same to every camera."""
BLOCK_PX = 10
"""Side of a block, pixels of the small copy: 3 % of the picture's width."""


@dataclass(frozen=True)
class WorkingPicture:
    """The copy, how steep it is everywhere, and both again by blocks.

    grey: uint8 (h, w), at most WIDTH_PX wide. slope_x, slope_y: float32 (h, w), grey levels per pixel, 0 or more.
    block_grey, block_slope: float32 (rows, columns), the mean level and the root mean square slope of each block.
    """

    grey: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray
    block_grey: np.ndarray
    block_slope: np.ndarray


def working_picture(image: np.ndarray) -> WorkingPicture:
    """Return the small copy of uint8 (H, W, 3) RGB; a picture that is not wider than WIDTH_PX keeps its size."""
    height, width = image.shape[:2]
    size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
    # Fine texture that is smeared must be averaged away, or it leaves edges that look sharp. Of four pixels spread over
    # each one of the copy: of all of them OpenCV takes six times as long.
    grey = cv2.cvtColor(image[:: max(1, width // WIDTH_PX // 2)], cv2.COLOR_RGB2GRAY)
    if width >= 2 * WIDTH_PX:
        grey = cv2.resize(grey, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_NEAREST)
    if width > WIDTH_PX:
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    slope_x, slope_y = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    blocks = (max(1, round(grey.shape[1] / BLOCK_PX)), max(1, round(grey.shape[0] / BLOCK_PX)))
    power = cv2.resize(slope_x * slope_x + slope_y * slope_y, blocks, interpolation=cv2.INTER_AREA)
    block_grey = cv2.resize(grey, blocks, interpolation=cv2.INTER_AREA).astype(np.float32)
    return WorkingPicture(grey, np.abs(slope_x), np.abs(slope_y), block_grey, np.sqrt(power))
