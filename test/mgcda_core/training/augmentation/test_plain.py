"""The shipped weights' augmentation: labels go where their pixels go, and the picture stays a picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mgcda_core.domains.sample import IGNORE, Sample
from mgcda_core.training.augmentation.plain import random_crop, random_light

VALUES = np.array([60, 120, 180, 240], np.uint8)


def coded(height: int, width: int, block: int = 24) -> Sample:
    """Return a picture of large blocks whose brightness says their label: allowed 1, 2, 4 or 8, anomaly 0 or 1."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (-(-height // block), -(-width // block)))
    codes = np.kron(codes, np.ones((block, block), int))[:height, :width]
    image = np.repeat(VALUES[codes][..., None], 3, axis=2)
    return Sample(image, (1 << codes).astype(np.int32), (codes == 3).astype(np.uint8))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("size", [(144, 192), (96, 97)], ids=str)
def test_labels_stay_with_their_pixels(size: tuple[int, int], seed: int) -> None:
    sample = coded(*size)
    rng = np.random.default_rng(seed)
    crop = random_crop(rng, sample, height=80, width=112, base_width=size[1], scales=(0.7, 2.0))
    assert crop.image.shape == (80, 112, 3) and crop.allowed.shape == crop.anomaly.shape == (80, 112)
    assert (crop.image.dtype, crop.allowed.dtype, crop.anomaly.dtype) == (np.uint8, np.int32, np.uint8)
    expected = np.zeros((80, 112), np.uint8)
    for code, value in enumerate(VALUES):
        expected[crop.allowed == 1 << code] = value
    # Away from the seams between blocks, where the picture is blended and the labels are not.
    seam = cv2.morphologyEx(crop.allowed.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)) > 0
    assert (~seam).mean() > 0.4
    assert np.array_equal(crop.image[~seam], np.repeat(expected[~seam][:, None], 3, axis=1))
    inside = crop.allowed > 0
    assert np.array_equal(crop.anomaly[inside], (crop.allowed[inside] == 8).astype(np.uint8))


def test_what_lies_beyond_the_picture_is_black_void_and_not_judged() -> None:
    sample = coded(48, 48)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        crop = random_crop(rng, sample, height=80, width=100, base_width=48, scales=(1.0, 1.001))
        beyond = crop.allowed == 0
        assert 80 * 100 - beyond.sum() == 48 * 48
        assert (crop.image[beyond] == 0).all() and (crop.anomaly[beyond] == IGNORE).all()
        assert not (crop.anomaly[~beyond] == IGNORE).any()


def test_half_of_the_crops_are_mirrored_and_every_place_is_reached() -> None:
    sample = coded(96, 96)
    sample.image[:] = np.arange(96, dtype=np.uint8)[None, :, None]
    mirrored, lefts = 0, set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        crop = random_crop(rng, sample, height=64, width=64, base_width=96, scales=(1.0, 1.0))
        row = crop.image[0, :, 0].astype(int)
        assert set(np.diff(row)) in ({1}, {-1})
        mirrored += row[0] > row[-1]
        lefts.add(int(row.min()))
    assert 18 <= mirrored <= 42
    assert min(lefts) <= 3 and max(lefts) >= 29


def test_the_scale_stays_within_its_limits() -> None:
    sample = Sample(np.zeros((200, 400, 3), np.uint8), np.ones((200, 400), np.int32), np.zeros((200, 400), np.uint8))
    sample.image[:, ::40] = 255
    gaps = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        crop = random_crop(rng, sample, height=100, width=200, base_width=400, scales=(0.5, 2.0))
        bright = np.flatnonzero(crop.image[50, :, 0].astype(int) > 60)
        runs = bright[np.insert(np.diff(bright) > 1, 0, True)]
        gaps.extend(np.diff(runs).tolist())
    assert 18 <= min(gaps) < 30 and 50 < max(gaps) <= 82


@pytest.mark.parametrize("size", [(64, 96), (65, 97), (130, 50)], ids=str)
def test_light_keeps_size_and_type_and_follows_the_seed(make_picture: Callable, size: tuple[int, int]) -> None:
    image = make_picture(*size)
    before = image.copy()
    results = []
    for seed in [*range(30), 0]:
        changed = random_light(np.random.default_rng(seed), image)
        assert changed.shape == image.shape and changed.dtype == np.uint8
        results.append(changed)
    assert np.array_equal(image, before)
    assert np.array_equal(results[0], results[-1])
    assert len({result.tobytes() for result in results}) == 30


def test_light_leaves_the_picture_to_be_recognised(make_picture: Callable) -> None:
    """Brightness may change, what is where may not: picture and result stay correlated, colours in their order."""
    image = make_picture(65, 97)
    image[:, :48, 0] //= 4
    for seed in range(40):
        changed = random_light(np.random.default_rng(seed), image)
        grey, changed_grey = (cv2.GaussianBlur(p.mean(axis=2).astype(np.float32), (0, 0), 3) for p in (image, changed))
        assert np.corrcoef(grey.ravel(), changed_grey.ravel())[0, 1] > 0.8, seed
        red, blue = (changed[:, :48, channel].mean() for channel in (0, 2))
        assert red < blue, f"seed {seed}: the colours are swapped"


def test_swapped_and_void_go_with_their_pixels_and_cost_no_chance() -> None:
    bare, full = coded(96, 97), coded(96, 97)
    full.swapped, full.void = full.anomaly + np.uint8(7), full.anomaly == 1
    for seed in range(6):
        crops = [
            random_crop(np.random.default_rng(seed), sample, height=80, width=112, base_width=97, scales=(0.7, 2.0))
            for sample in (bare, full)
        ]
        assert np.array_equal(crops[0].image, crops[1].image) and np.array_equal(crops[0].anomaly, crops[1].anomaly)
        beyond = crops[1].allowed == 0
        assert (crops[1].swapped[beyond] == 255).all() and not crops[1].void[beyond].any()
        assert np.array_equal(crops[1].swapped[~beyond], crops[1].anomaly[~beyond] + 7)
        assert np.array_equal(crops[1].void[~beyond], crops[1].anomaly[~beyond] == 1)
