"""AnomalyMix: objects that the street data does not know, pasted into street pictures so that they could be there.

The reference pastes unscaled, anywhere and with a hard edge. Here the size follows perspective, most objects stand
on the road, edges are feathered, brightness is drawn towards the surroundings and a contact shadow is cast. Known
objects are pasted the same way and labelled normal, so that "pasted" is not what the network learns to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.coco_objects import STREET_CATEGORIES, Cutout
from mgcda_core.domains.sample import ANOMALY, NORMAL, Sample
from mgcda_core.domains.shapes import random_shape

ROAD = class_mask(["road"])


@dataclass(frozen=True)
class AnomalyMix:
    """Pastes objects into street pictures.

    unknown: objects that are anomalies. known: objects of street categories. The shares are probabilities in
    [0, 1]: of a paste being a known object, a random shape, and standing on the road; of a picture left clean.
    """

    unknown: Sequence[Cutout]
    known: Sequence[Cutout]
    known_share: float = 0.2
    shape_share: float = 0.25
    on_road_share: float = 0.8
    clean_share: float = 0.1
    maximum_pastes: int = 5

    def __call__(self, rng: np.random.Generator, sample: Sample) -> Sample:
        """Return a new sample with zero to maximum_pastes objects in it; the input is left as it was."""
        result = Sample(sample.image.copy(), sample.allowed.copy(), sample.anomaly.copy())
        if rng.random() < self.clean_share:
            return result
        for _ in range(int(rng.integers(1, self.maximum_pastes + 1))):
            draw = rng.random()
            if draw < self.known_share and self.known:
                cutout = self.known[int(rng.integers(len(self.known)))]
                label, allowed = NORMAL, class_mask([STREET_CATEGORIES[cutout.category]])
            else:
                label, allowed = ANOMALY, 0
                if draw < self.known_share + self.shape_share or not self.unknown:
                    donor = self.unknown[int(rng.integers(len(self.unknown)))].image if self.unknown else sample.image
                    cutout = random_shape(rng, donor if rng.random() < 0.5 else sample.image)
                else:
                    cutout = self.unknown[int(rng.integers(len(self.unknown)))]
            place = self._place(rng, sample.allowed, known=label == NORMAL)
            paste(rng, result, cutout, *place, label=label, allowed=allowed)
        return result

    def _place(self, rng: np.random.Generator, allowed: np.ndarray, *, known: bool) -> tuple[int, int, float]:
        """Return the column and row of the object's base and its height, pixels."""
        height, width = allowed.shape
        road = allowed == ROAD
        if rng.random() < self.on_road_share and road.any():
            # Rows first, then a pixel of that row: drawing pixels alone would put everything close to the bumper.
            rows = np.flatnonzero(road.any(axis=1))
            horizon = rows[0] - 0.02 * height
            row = int(rows[0] + (rows[-1] - rows[0]) * rng.random() ** 1.3)
            row = int(rows[np.abs(rows - row).argmin()])
            column = int(rng.choice(np.flatnonzero(road[row])))
            # An object as tall as the camera stands reaches the horizon: height = (row - horizon) * metres / camera.
            in_camera_heights = rng.uniform(0.8, 1.4) if known else np.exp(rng.uniform(np.log(0.12), np.log(1.2)))
            return column, row, (row - horizon) * in_camera_heights + 3
        size = height * np.exp(rng.uniform(np.log(0.04), np.log(0.45)))
        return int(rng.integers(width)), int(rng.integers(int(size), height + 1)), size


def paste(
    rng: np.random.Generator,
    sample: Sample,
    cutout: Cutout,
    column: int,
    row: int,
    height_px: float,
    *,
    label: int,
    allowed: int,
) -> None:
    """Paste cutout into sample, in place, its base centred on (column, row) and height_px tall.

    Objects are made smaller than they are, never more than a third larger: an enlarged object is told by its blur.
    label and allowed are written where the object covers at least half of a pixel.
    """
    scale = min(height_px / cutout.alpha.shape[0], 1.33)
    width, height = (max(3, round(side * scale)) for side in (cutout.alpha.shape[1], cutout.alpha.shape[0]))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(cutout.image, (width, height), interpolation=interpolation).astype(np.float32)
    alpha = cv2.resize(cutout.alpha, (width, height), interpolation=interpolation).astype(np.float32) / 255
    if rng.random() < 0.5:
        image, alpha = image[:, ::-1], alpha[:, ::-1]
    if rng.random() < 0.7:
        alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 1.0))
    left, top = column - width // 2, row - height
    picture_height, picture_width = sample.anomaly.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, picture_width), min(row, picture_height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    if rng.random() < 0.6:
        _cast_shadow(rng, sample.image, column, row, width, height)
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    image, alpha = image[inside], np.ascontiguousarray(alpha[inside])
    window = np.s_[y0:y1, x0:x1]
    background = sample.image[window].astype(np.float32)
    if rng.random() < 0.6:
        image = image + (background.mean(axis=(0, 1)) - image.mean(axis=(0, 1))) * rng.uniform(0, 0.6)
    mixed = background + (image - background) * alpha[..., None]
    sample.image[window] = np.clip(mixed, 0, 255).astype(np.uint8)
    covered = alpha >= 0.5
    sample.anomaly[window][covered] = label
    sample.allowed[window][covered] = allowed


def _cast_shadow(rng: np.random.Generator, image: np.ndarray, column: int, row: int, width: int, height: int) -> None:
    shade = np.zeros(image.shape[:2], np.float32)
    reach = (max(1, int(width * rng.uniform(0.45, 0.7))), max(1, int(height * rng.uniform(0.04, 0.15))))
    cv2.ellipse(shade, (column + int(rng.uniform(-0.2, 0.2) * width), row - 1), reach, 0, 0, 360, 1.0, -1)
    x0, x1 = max(0, column - 2 * width), min(image.shape[1], column + 2 * width)
    y0, y1 = max(0, row - height), min(image.shape[0], row + height)
    if x1 <= x0 or y1 <= y0:
        return
    window = np.s_[y0:y1, x0:x1]
    soft = cv2.GaussianBlur(shade[window], (0, 0), max(0.5, 0.05 * width)) * rng.uniform(0.2, 0.6)
    image[window] = (image[window] * (1 - soft[..., None])).astype(np.uint8)
