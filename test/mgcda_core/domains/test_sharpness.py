"""Sharpness: a known blur is measured back, whatever the contrast, and objects are brought down to it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mgcda_core.domains.sharpness import BLURS_PX, blur_of, blurred_to, sharpness


def scene(sigma: float, contrast: float = 1.0) -> np.ndarray:
    """Return overlapping rectangles, blurred by sigma pixels, uint8 (120, 160, 3)."""
    rng = np.random.default_rng(5)
    picture = np.full((480, 640), 120, np.float32)
    for _ in range(25):
        x, y, width, height = rng.integers((0, 0, 60, 60), (560, 400, 240, 240))
        turned = cv2.boxPoints(((float(x), float(y)), (float(width), float(height)), float(rng.uniform(0, 90))))
        cv2.fillPoly(picture, [turned.astype(np.int32)], float(128 + contrast * rng.uniform(-110, 110)))
    picture = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    if sigma:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("sigma", [0.8, 1.1, 1.5])
def test_the_blur_of_a_picture_is_measured_back(sigma: float) -> None:
    assert blur_of(sharpness(scene(sigma))) == pytest.approx(sigma, abs=0.3)


def test_a_sharp_picture_asks_for_no_blur() -> None:
    assert blur_of(sharpness(scene(0))) < 0.35


def test_contrast_is_not_sharpness() -> None:
    assert sharpness(scene(1.0, 0.4)) == pytest.approx(sharpness(scene(1.0)), rel=0.15)


def test_a_plain_surface_has_no_sharpness() -> None:
    assert sharpness(np.full((40, 40, 3), 90, np.uint8)) is None
    assert sharpness(np.zeros((3, 3, 3), np.uint8)) is None
    assert 0 < blur_of(None) <= BLURS_PX[0]


def test_an_object_is_blurred_down_and_never_sharpened() -> None:
    sharp, alpha = scene(0).astype(np.float32), np.ones((120, 160), np.float32)
    wanted = sharpness(scene(1.1))
    image, _, sigma = blurred_to(sharp, alpha, wanted)
    assert sharpness(image) <= wanted and sigma > 0.7
    soft = scene(1.5).astype(np.float32)
    image, same, sigma = blurred_to(soft, alpha, wanted)
    assert sigma == 0 and image is soft and same is alpha
