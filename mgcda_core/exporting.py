"""The pictures that an export is checked on and calibrated with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mgcda_core.command_line import parsed_size
from mgcda_core.datasets.picture import read_picture
from mgcda_core.deploy.resizing import network_size
from mgcda_core.deploy.resolution_budget import SMALLEST_PX, checked_long_side
from mgcda_core.deploy.weights import load_card
from mgcda_core.prediction import picture_files
from mgcda_core.simulation.drive import Drive

CHECKED_SEEDS = (7, 8, 9)
CALIBRATION_PICTURES = 48


def seen_size(size: str, weights: Path, long_side_px: int | None = None) -> tuple[int, int]:
    """Return (height, width) of what the network is to see of a camera's pictures of size, "1920x1080", width first.

    Scaled down as weights' card asks for, or so that the longer side has long_side_px. Raises ValueError for a size or
    a side that is none or too small, and WeightsError for a card that cannot be used.
    """
    sides = parsed_size(size)
    if sides is None or min(sides) < SMALLEST_PX:
        raise ValueError(
            f"size: {size!r} is not allowed; it must be width x height, such as 1920x1080, {SMALLEST_PX} or more each"
        )
    long_side_px = load_card(weights).long_side_px if long_side_px is None else long_side_px
    return network_size(sides[1], sides[0], checked_long_side(long_side_px))


def rendered_pictures(size: tuple[int, int]) -> list[np.ndarray]:
    """Return pictures of rendered drives, uint8 (H, W, 3), of size (height, width)."""
    return [Drive(seed=seed, width=size[1], height=size[0]).render(seed / 2).image for seed in CHECKED_SEEDS]


def calibration_pictures(folder: Path, size: tuple[int, int]) -> list[np.ndarray]:
    """Return up to 48 pictures of a folder, evenly spread, cut and scaled to size (height, width)."""
    files = picture_files(folder)
    chosen = [
        files[index] for index in np.unique(np.linspace(0, len(files) - 1, CALIBRATION_PICTURES).round().astype(int))
    ]
    return [_fitted(read_picture(file), size) for file in chosen]


def _fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    scale = max(height / image.shape[0], width / image.shape[1])
    kept = (min(image.shape[0], round(height / scale)), min(image.shape[1], round(width / scale)))
    top, left = ((had - taken) // 2 for had, taken in zip(image.shape[:2], kept, strict=True))
    cut = image[top : top + kept[0], left : left + kept[1]]
    return cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
