"""Sharpness: what the measure says of known edges, and that plain and dim scenes are not called blurred."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mgcda_core.monitoring.sharpness import edge_sharpness
from mgcda_core.monitoring.working_picture import working_picture


def edges(sigma: float, contrast: float = 120.0, width: int = 320) -> np.ndarray:
    """Return stripes both ways with this blur, in pixels of a picture 320 wide, uint8 (H, W, 3)."""
    height, scale = width * 9 // 16, width / 320
    rows, columns = np.mgrid[:height, :width] / scale
    levels = 60 + contrast * ((columns // 40 % 2 + rows // 30 % 2) / 2)
    blurred = cv2.GaussianBlur(levels, (0, 0), sigma * scale) if sigma else levels
    return np.repeat(blurred.round().astype(np.uint8)[..., None], 3, axis=2)


def test_step_has_the_sharpness_that_follows_from_the_differences() -> None:
    # A step of c: central differences see c / 2 on either side of it, second differences c.
    assert edge_sharpness(working_picture(edges(0)), 1.0) == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0, 4.0])
def test_blurred_edge_is_less_sharp_than_all_of_a_gaussian_edge(sigma: float) -> None:
    # Curvature over slope is |x| / sigma^2 at x, its mean weighted by the slope sqrt(2 / pi) / sigma; only the steepest
    # part is looked at, where it is less.
    assert edge_sharpness(working_picture(edges(sigma)), 1.0) < np.sqrt(2 / np.pi) / sigma


def test_more_blur_is_less_sharp_whatever_the_resolution() -> None:
    for width in (320, 640, 1280):
        measured = [edge_sharpness(working_picture(edges(sigma, width=width)), 1.0) for sigma in (1.0, 1.5, 2.5, 4.0)]
        assert measured == sorted(measured, reverse=True)
    for sigma in (1.5, 2.5):
        small, large = (edge_sharpness(working_picture(edges(sigma, width=width)), 1.0) for width in (320, 1280))
        assert large == pytest.approx(small, rel=0.15)


def test_contrast_is_not_sharpness() -> None:
    strong, weak = (edge_sharpness(working_picture(edges(1.5, contrast)), 1.0) for contrast in (160.0, 60.0))
    assert weak == pytest.approx(strong, rel=0.2)


def test_edges_that_are_sharp_along_the_motion_do_not_hide_it(drive_pictures: Callable) -> None:
    picture = drive_pictures(11, 1)[0]
    sharp, smeared = (edge_sharpness(working_picture(image), 2.0) for image in (picture, cv2.blur(picture, (11, 1))))
    assert smeared < 0.5 * sharp


def test_where_there_is_no_edge_nothing_is_said() -> None:
    ramp = np.repeat(np.linspace(60, 180, 320)[None, :, None], 180, axis=0).repeat(3, axis=2).astype(np.uint8)
    assert edge_sharpness(working_picture(ramp), 2.0) is None
    assert edge_sharpness(working_picture(np.zeros((1, 1, 3), np.uint8)), 2.0) is None


@pytest.mark.parametrize("seed", [3, 11, 29, 41])
def test_fog_and_night_are_not_blur(drive_pictures: Callable, watch_pictures: Callable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = drive_pictures(seed, 1)[0].astype(np.float32)
    fog, night = 0.2 * picture + 150, 0.25 * picture
    for dim in (fog, night):
        noisy = np.clip(dim + rng.normal(0, 1.5, dim.shape), 0, 255).astype(np.uint8)
        assert watch_pictures([noisy]) == [()]
