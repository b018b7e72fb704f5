"""Pictures to the network's size and maps back to the picture's, on the host, alike for every runtime."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.networks.scales import SMALLEST_SIDE_PX


def network_size(height: int, width: int, long_side_px: int) -> tuple[int, int]:
    """Return (height, width) of what the network sees of a picture: never enlarged, no side below 32 pixels."""
    scale = min(1.0, long_side_px / max(height, width))
    if scale == 1:
        return height, width
    return max(SMALLEST_SIDE_PX, round(height * scale)), max(SMALLEST_SIDE_PX, round(width * scale))


def shrink(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture at a smaller size (width, height), every pixel of it taken into account.

    By halves, which OpenCV averages in 0.3 ms for 1080p, and the rest, less than a half, bilinearly; averaging to an
    uneven size at once takes 6 to 10 ms.
    """
    while can_be_halved(image.shape[0], image.shape[1], size):
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    below_half = image.shape[1] > 2 * size[0] or image.shape[0] > 2 * size[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if below_half else cv2.INTER_LINEAR)


def can_be_halved(height: int, width: int, size: tuple[int, int]) -> bool:
    """Return whether a picture on its way to size (width, height) is to be halved once more."""
    return width >= 2 * size[0] and height >= 2 * size[1] and width % 2 == 0 and height % 2 == 0


def enlarge(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a map of the network, float32 (h, w), at the picture's size, bilinearly between pixel centres."""
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def enlarge_classes(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a map of class numbers, uint8 (h, w), at the picture's size: each pixel has its nearest one's."""
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST)
