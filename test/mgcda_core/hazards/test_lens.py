"""Rays through lenses, against OpenCV's projections, which are the definition of the models."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgcda_core.frame import Camera
from mgcda_core.hazards.lens import pixel_rays

INTRINSICS = np.array([[700.0, 0.0, 639.5], [0.0, 710.0, 359.5], [0.0, 0.0, 1.0]])


def camera(model: str, distortion: list[float]) -> Camera:
    return Camera(1280, 720, INTRINSICS, model, np.array(distortion))


def project(rays: np.ndarray, lens: Camera) -> np.ndarray:
    """Return OpenCV's pixels (N, 2) of rays (N, 3) that point ahead."""
    opencv = cv2.fisheye.projectPoints if lens.distortion_model == "equidistant" else cv2.projectPoints
    return opencv(rays[:, None], np.zeros(3), np.zeros(3), lens.intrinsics, lens.distortion)[0].reshape(-1, 2)


@pytest.mark.parametrize(
    ("model", "distortion"),
    [
        ("plumb_bob", [0.0] * 5),
        ("plumb_bob", [-0.2, 0.05, 0.001, -0.002]),
        ("plumb_bob", [-0.35, 0.15, 0.003, -0.002, -0.02]),
        ("rational_polynomial", [0.4, 0.08, 0.001, -0.0005, 0.002, 0.75, 0.15, 0.01]),
        ("rational_polynomial", [-0.2, 0.05, 0.001, -0.002, 0.0, 0.1, 0.0, 0.0, 0.002, 0.001, -0.002, 0.001]),
        ("rational_polynomial", [-0.1, 0.02, 0.001, -0.002, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03, -0.02]),
        ("equidistant", [0.0] * 4),
        ("equidistant", [0.05, -0.02, 0.004, -0.001]),
        ("equidistant", [-0.02, 0.006, -0.002, 0.0]),
    ],
)
def test_rays_invert_opencvs_projection_over_the_whole_picture(model: str, distortion: list[float]) -> None:
    lens = camera(model, distortion)
    across, down = np.meshgrid(np.linspace(-0.9, 0.9, 25), np.linspace(-0.5, 0.5, 15))
    expected = np.column_stack([across.ravel(), down.ravel(), np.ones(across.size)])
    found = pixel_rays(project(expected, lens), lens)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0)
    np.testing.assert_allclose(found[:, :2] / found[:, 2:], expected[:, :2], atol=3e-5)


def test_the_principal_point_looks_straight_ahead_and_pixels_to_the_right_and_down_are_positive() -> None:
    for model, zeros in (("plumb_bob", 5), ("rational_polynomial", 8), ("equidistant", 4)):
        rays = pixel_rays(np.array([[639.5, 359.5], [739.5, 359.5], [639.5, 459.5]]), camera(model, [0.0] * zeros))
        np.testing.assert_allclose(rays[0], [0.0, 0.0, 1.0], atol=1e-12)
        assert rays[1, 0] > 0.1 and rays[2, 1] > 0.1


@pytest.mark.parametrize("angle_deg", [60.0, 89.0, 91.0, 120.0])
def test_a_fisheye_sees_beyond_90_degrees(angle_deg: float) -> None:
    angle = np.deg2rad(angle_deg)
    k1 = -0.01
    radius = angle * (1 + k1 * angle**2)
    lens = camera("equidistant", [k1, 0.0, 0.0, 0.0])
    pixel = INTRINSICS[:2, 2] + radius * np.array([0.6 * 700.0, 0.8 * 710.0])
    np.testing.assert_allclose(
        pixel_rays(pixel, lens)[0], [0.6 * np.sin(angle), 0.8 * np.sin(angle), np.cos(angle)], atol=1e-6
    )


@pytest.mark.parametrize("model", ["plumb_bob", "rational_polynomial", "equidistant"])
def test_pixels_beyond_the_turning_point_have_no_ray(model: str) -> None:
    # r (1 - 0.3 r^2) rises up to r = 1 / sqrt(0.9), where it is 2/3 of that.
    turning = 1 / np.sqrt(0.9)
    lens = camera(model, [-0.3, 0.0, 0.0, 0.0] + [0.0] * {"plumb_bob": 1, "rational_polynomial": 4}.get(model, 0))
    reach = turning * 2 / 3
    pixels = INTRINSICS[:2, 2] + np.array([[0.99 * reach * 700, 0.0], [1.01 * reach * 700, 0.0], [0.0, 3 * 710.0]])
    rays = pixel_rays(pixels, lens)
    assert np.isfinite(rays[0]).all() and np.isnan(rays[1:]).all()
    reached = np.arctan2(rays[0, 0], rays[0, 2])
    assert (reached if model == "equidistant" else np.tan(reached)) < turning


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["plumb_bob", "rational_polynomial", "equidistant"]),
    st.lists(st.floats(-0.5, 0.5), min_size=6, max_size=6),
    st.lists(st.floats(-0.004, 0.004), min_size=2, max_size=2),
    st.integers(0, 10**6),
)
def test_any_lens_gives_the_innermost_ray_or_none(
    model: str, radial: list[float], tangential: list[float], seed: int
) -> None:
    k1, k2, k3, k4, k5, k6 = radial
    coefficients = {
        "plumb_bob": [k1, k2, *tangential, k3],
        "rational_polynomial": [k1, k2, *tangential, k3, k4, k5, k6],
        "equidistant": [k1, k2, k3, k4],
    }[model]
    lens = camera(model, coefficients)
    pixels = np.random.default_rng(seed).uniform([-300, -300], [1580, 1020], (60, 2))
    rays = pixel_rays(pixels, lens)
    known = np.isfinite(rays).all(axis=1)
    assert np.array_equal(known, ~np.isnan(rays).any(axis=1))
    rays, pixels = rays[known & (rays[:, 2] > 0.02)], pixels[known & (rays[:, 2] > 0.02)]
    if len(rays):
        np.testing.assert_allclose(project(rays, lens), pixels, atol=0.02)
        # The innermost: along the radius the picture has not turned back before. Checked without tangential terms.
        angles = np.arctan2(np.hypot(*rays[:, :2].T), rays[:, 2])
        radial_only = camera(model, [c if i not in (2, 3) or model == "equidistant" else 0.0
                                     for i, c in enumerate(coefficients)])  # fmt: skip
        for angle in angles:
            steps = np.linspace(0.0, 0.995 * angle, 300)
            path = project(np.column_stack([np.sin(steps), np.zeros(300), np.cos(steps)]), radial_only)[:, 0]
            assert (np.diff(path) > -1e-6).all()


def test_without_pixels_there_are_no_rays() -> None:
    assert pixel_rays(np.zeros((0, 2)), camera("plumb_bob", [-0.2, 0.05, 0.0, 0.0, 0.0])).shape == (0, 3)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match="distortion_model: 'omni' is not allowed; it must be one of"):
        pixel_rays(np.zeros((1, 2)), camera("omni", [0.0]))
