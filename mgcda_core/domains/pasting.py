"""Putting one cut-out object into a picture, and the labels with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.perspective import GROUND
from mgcda_core.domains.sample import NOT_SWAPPED, Sample
from mgcda_core.domains.sharpness import blurred_to, sharpness


@dataclass(frozen=True)
class Blending:
    """How a pasted object meets its surroundings; shares are probabilities per object, in [0, 1].

    mirror: of being mirrored. soft_edge: of a feathered edge; at 0 every edge is hard. shadow: of a shadow; with
    thrown_shadow it has the object's outline, laid on the ground, otherwise it is an ellipse under it.
    match_colour: of being drawn towards the surroundings' mean colour. match_exposure: of being as bright or dark as
    the picture is. match_sharpness: of being blurred until it is no sharper than its surroundings.
    largest_enlargement: factor; an enlarged object is told by its blur.
    """

    mirror: float = 0.5
    soft_edge: float = 0.7
    shadow: float = 0.6
    match_colour: float = 0.6
    match_exposure: float = 0.0
    match_sharpness: float = 0.0
    thrown_shadow: bool = False
    largest_enlargement: float = 1.33


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
    blending: Blending = Blending(),
    hidden: np.ndarray | None = None,
) -> None:
    """Paste cutout into sample, in place, its base centred on (column, row) and height_px tall.

    hidden: bool (H, W), where something nearer stands, which the object does not cover. label and allowed are written
    where the object covers at least half of a pixel.
    """
    scale = min(height_px / cutout.alpha.shape[0], blending.largest_enlargement)
    width, height = (max(3, round(side * scale)) for side in (cutout.alpha.shape[1], cutout.alpha.shape[0]))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(cutout.image, (width, height), interpolation=interpolation).astype(np.float32)
    alpha = cv2.resize(cutout.alpha, (width, height), interpolation=interpolation).astype(np.float32) / 255
    if rng.random() < blending.mirror:
        image, alpha = image[:, ::-1], alpha[:, ::-1]
    if rng.random() < blending.soft_edge:
        alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 1.0))
    elif blending.soft_edge == 0:
        alpha = (alpha >= 0.5).astype(np.float32)
    left, top = column - width // 2, row - height
    picture_height, picture_width = sample.anomaly.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, picture_width), min(row, picture_height)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    window = np.s_[y0:y1, x0:x1]
    wanted = _local_sharpness(sample.image, x0, y0, x1, y1) if _chance(rng, blending.match_sharpness) else None
    if rng.random() < blending.shadow:
        if blending.thrown_shadow:
            throw_shadow(rng, sample, alpha, left, row, hidden)
        else:
            _cast_shadow(rng, sample.image, column, row, width, height)
    if _chance(rng, blending.match_exposure):
        image = image * _exposure_gain(sample.image) ** rng.uniform(0.4, 1.0)
    if wanted is not None:
        image, alpha, _ = blurred_to(np.ascontiguousarray(image), np.ascontiguousarray(alpha), wanted)
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    image, alpha = image[inside], np.ascontiguousarray(alpha[inside])
    if hidden is not None:
        alpha[hidden[window]] = 0
    background = sample.image[window].astype(np.float32)
    if rng.random() < blending.match_colour:
        image = image + (background.mean(axis=(0, 1)) - image.mean(axis=(0, 1))) * rng.uniform(0, 0.6)
    mixed = background + (image - background) * alpha[..., None]
    sample.image[window] = np.clip(mixed, 0, 255).astype(np.uint8)
    write_labels(sample, window, alpha >= 0.5, label=label, allowed=allowed)


def write_labels(sample: Sample, window: tuple[slice, slice], covered: np.ndarray, *, label: int, allowed: int) -> None:
    """Write an object's labels into sample, in place, where covered, bool of the window's size, is true."""
    sample.anomaly[window][covered] = label
    sample.allowed[window][covered] = allowed
    if sample.swapped is not None:
        sample.swapped[window][covered] = NOT_SWAPPED
    if sample.void is not None:
        sample.void[window][covered] = False


def _chance(rng: np.random.Generator, share: float) -> bool:
    # A switch that is off takes no number from rng: recipes from before it existed give the pictures they gave.
    return share > 0 and rng.random() < share


def _local_sharpness(image: np.ndarray, x0: int, y0: int, x1: int, y1: int) -> float | None:
    reach = max(24, min(x1 - x0, y1 - y0))
    rows, columns = image.shape[:2]
    return sharpness(image[max(0, y0 - reach) : min(rows, y1 + reach), max(0, x0 - reach) : min(columns, x1 + reach)])


def _exposure_gain(picture: np.ndarray) -> float:
    # COCO's pictures have a mean of about 110; the sky, which is often white, is left out.
    lower = picture[picture.shape[0] // 3 :: 4, ::4]
    return float(np.clip(lower.mean() / 110, 0.2, 1.4))


def throw_shadow(
    rng: np.random.Generator, sample: Sample, alpha: np.ndarray, left: int, row: int, hidden: np.ndarray | None
) -> None:
    """Darken the ground of sample, in place, by the outline alpha, float32 (h, w), laid over and away from row.

    left: column of alpha's first column; its last row stands on row. A dark line runs along the foot. hidden as in
    paste(). Nothing is thrown where the foot is not on road or pavement.
    """
    height, width = alpha.shape
    length = rng.uniform(0.1, 0.45) * height * (1 if rng.random() < 0.6 else -1)
    lean, darkness = rng.uniform(-0.8, 0.8) * height, rng.uniform(0.2, 0.55)
    foot = (
        int(np.clip(row, 0, sample.allowed.shape[0] - 1)),
        int(np.clip(left + width // 2, 0, sample.allowed.shape[1] - 1)),
    )
    if not sample.allowed[foot] & GROUND:
        return  # hangs somewhere: what it would throw its shadow on is not known
    seam = max(1.2, 0.02 * height)
    reach_x, reach_up, reach_down = int(abs(lean)) + 4, int(max(length, 3 * seam)) + 4, int(max(-length, 3 * seam)) + 4
    x0, x1 = max(0, left - reach_x), min(sample.anomaly.shape[1], left + width + reach_x)
    y0, y1 = max(0, row - reach_up), min(sample.anomaly.shape[0], row + reach_down)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    # What is v pixels above the foot falls length / height * v above row.
    laid = np.array([[1, -lean / height, left - x0 + lean], [0, length / height, row - y0 - length]])
    thrown = cv2.warpAffine(np.ascontiguousarray(alpha), laid, (x1 - x0, y1 - y0)) * np.float32(darkness)
    profile = np.zeros((1, x1 - x0), np.float32)
    touching = alpha[-max(1, height // 12) :].max(axis=0)
    start, end = max(left, x0), min(left + width, x1)
    profile[0, start - x0 : end - x0] = touching[start - left : end - left]
    profile = cv2.GaussianBlur(profile, (0, 0), max(0.8, 0.01 * width)) * np.float32(0.65)
    dark_line = np.exp(-0.5 * ((np.arange(y0, y1) - row) / seam) ** 2)[:, None].astype(np.float32) * profile
    shade = np.maximum(cv2.GaussianBlur(thrown, (0, 0), max(0.6, 0.012 * height)), dark_line)
    window = np.s_[y0:y1, x0:x1]
    ground = (sample.allowed[window] & GROUND) != 0
    if hidden is not None:
        ground &= ~hidden[window]
    shade *= ground
    sample.image[window] = (sample.image[window] * (1 - shade[..., None])).astype(np.uint8)


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
