"""Geometry: one warp for all; what marks a pixel in the picture marks it in the labels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mgcda_core.domains.sample import IGNORE, NOT_SWAPPED, Sample
from mgcda_core.training.augmentation.geometry import random_view
from mgcda_core.training.augmentation.settings import AugmentationSettings, Chance

NOTHING = AugmentationSettings.none()
ALWAYS = {
    "rotation": Chance(1, 2, 6),
    "tilt": Chance(1, 0.02, 0.08),
    "mirror": 1.0,
    "small": Chance(1, 0.4, 0.5),
    "large": Chance(1, 1.8, 2.1),
}


def coded(height: int, width: int, block: int = 24) -> Sample:
    """Return blocks whose brightness says their label: allowed, anomaly, swapped and void follow the same code."""
    codes = np.random.default_rng(0).integers(0, 4, (-(-height // block), -(-width // block)))
    codes = np.kron(codes, np.ones((block, block), int))[:height, :width]
    image = np.repeat((60 + 60 * codes).astype(np.uint8)[..., None], 3, axis=2)
    swapped = np.where(codes == 2, 4, NOT_SWAPPED).astype(np.uint8)
    return Sample(image, (1 << codes).astype(np.int32), (codes == 3).astype(np.uint8), swapped, codes == 1)


def view(sample: Sample, settings: AugmentationSettings, seed: int, size: tuple[int, int] = (80, 112)) -> Sample:
    rng = np.random.default_rng(seed)
    return random_view(rng, sample, settings, height=size[0], width=size[1], base_width=sample.image.shape[1])


def check_aligned(crop: Sample) -> None:
    inside = crop.allowed > 0
    expected = np.zeros(crop.allowed.shape, np.uint8)
    for code in range(4):
        expected[crop.allowed == 1 << code] = 60 + 60 * code
    away = cv2.morphologyEx(crop.allowed.astype(np.uint16), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) == 0
    # The picture's own border may run just outside of the crop, where no seam of labels tells of it.
    away[:2], away[-2:], away[:, :2], away[:, -2:] = False, False, False, False
    assert away.mean() > 0.2
    assert np.array_equal(crop.image[away], np.repeat(expected[away][:, None], 3, axis=1))
    assert np.array_equal(crop.anomaly[inside] == 1, crop.allowed[inside] == 8)
    assert np.array_equal(crop.swapped[inside] == 4, crop.allowed[inside] == 4)
    assert np.array_equal(crop.void[inside], crop.allowed[inside] == 2)
    assert (crop.anomaly[~inside] == IGNORE).all() and (crop.swapped[~inside] == NOT_SWAPPED).all()
    assert not crop.void[~inside].any() and (crop.image[~inside & away] == 0).all()
    types = (crop.image.dtype, crop.allowed.dtype, crop.anomaly.dtype, crop.swapped.dtype, crop.void.dtype)
    assert types == (np.uint8, np.int32, np.uint8, np.uint8, bool)


@pytest.mark.parametrize("name", [*ALWAYS, "all"])
@pytest.mark.parametrize("size", [(144, 192), (97, 131)], ids=str)
def test_labels_stay_with_their_pixels(name: str, size: tuple[int, int]) -> None:
    if name == "all":
        settings = AugmentationSettings(rotation=ALWAYS["rotation"], tilt=ALWAYS["tilt"])
    else:
        settings = replace(NOTHING, **{name if name in ("rotation", "tilt", "mirror") else "scale": ALWAYS[name]})
    for seed in range(8):
        crop = view(coded(*size, block=32), settings, seed)
        assert crop.image.shape == (80, 112, 3)
        check_aligned(crop)


def test_half_a_pixel_is_not_lost() -> None:
    """A single marked pixel, three times as large, is a square of three by three pixels around the same place."""
    sample = coded(40, 40)
    sample.image[:], sample.anomaly[:] = 0, 0
    sample.image[20, 10], sample.anomaly[20, 10] = 255, 1
    crop = view(sample, replace(NOTHING, scale=Chance(1, 3, 3)), 0, (120, 120))
    assert np.array_equal(np.argwhere(crop.anomaly == 1), [[r, c] for r in (60, 61, 62) for c in (30, 31, 32)])
    rows, columns = np.nonzero(crop.image[..., 0] > 128)
    assert (rows.mean(), columns.mean()) == pytest.approx((61, 31), abs=0.01)


def test_without_any_change_the_picture_is_the_picture() -> None:
    sample = coded(80, 112)
    crop = view(sample, NOTHING, 3)
    for name in ("image", "allowed", "anomaly", "swapped", "void"):
        assert np.array_equal(getattr(crop, name), getattr(sample, name))


def test_crops_reach_every_place_unblurred() -> None:
    sample = coded(96, 96)
    sample.image[:] = np.arange(96, dtype=np.uint8)[None, :, None]
    lefts = set()
    for seed in range(80):
        row = view(sample, NOTHING, seed, (64, 64)).image[0, :, 0].astype(int)
        assert set(np.diff(row)) == {1}
        lefts.add(int(row[0]))
    assert min(lefts) <= 2 and max(lefts) >= 30


def test_a_turn_is_as_large_as_its_range_says() -> None:
    sample = coded(200, 200)
    sample.image[:] = 0
    sample.image[98:102] = 255
    settings, angles = replace(NOTHING, rotation=Chance(1, 3, 5)), []
    for seed in range(30):
        rows, columns = np.nonzero(view(sample, settings, seed, (200, 200)).image[20:-20, 20:-20, 0] > 128)
        angles.append(float(np.degrees(np.arctan(np.polyfit(columns, rows, 1)[0]))))
    assert 2.8 <= np.abs(angles).min() and np.abs(angles).max() <= 5.2
    assert min(angles) < 0 < max(angles)


def test_a_picture_fills_its_share_of_the_crop() -> None:
    sample = coded(50, 200)
    settings = replace(NOTHING, fill=0.8)
    crop = view(sample, settings, 0, (100, 100))
    assert (crop.allowed > 0).any(axis=1).sum() == pytest.approx(80, abs=1)
