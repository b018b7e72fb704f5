"""Random shapes: objects with an outline, of many kinds, that stand where they should."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mgcda_core.domains.varied_shapes import standing_shape, varied_shape


def test_every_shape_is_an_object_with_an_outline(make_picture: Callable) -> None:
    source = make_picture(50, 70)
    for seed in range(150):
        shape, again = (varied_shape(np.random.default_rng(seed), source) for _ in range(2))
        assert shape.image.shape == (*shape.alpha.shape, 3) and max(shape.alpha.shape) <= 96
        assert shape.image.dtype == shape.alpha.dtype == np.uint8
        assert set(np.unique(shape.alpha)) <= {0, 255} and (shape.alpha == 255).mean() > 0.02
        assert np.array_equal(again.image, shape.image) and np.array_equal(again.alpha, shape.alpha)


def test_outlines_are_concave_and_have_holes_and_parts(make_picture: Callable) -> None:
    solidities, holes, parts = [], 0, 0
    for seed in range(150):
        alpha = varied_shape(np.random.default_rng(seed), make_picture(50, 70)).alpha
        contours, tree = cv2.findContours(alpha, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        hull = cv2.convexHull(np.concatenate(contours))
        solidities.append((alpha > 0).sum() / max(cv2.contourArea(hull), 1.0))
        holes += bool((tree[0][:, 3] >= 0).any())
        parts += int((tree[0][:, 3] < 0).sum()) > 1
    assert np.mean(np.array(solidities) < 0.75) > 0.2
    assert holes > 8 and parts > 4


def test_a_standing_shape_touches_the_ground_and_fills_its_box(make_picture: Callable) -> None:
    for seed in range(60):
        shape = standing_shape(np.random.default_rng(seed), make_picture(50, 70), side_px=200)
        inside = shape.alpha > 0
        assert inside[-1].any() and inside[0].any() and inside[:, 0].any() and inside[:, -1].any()
        assert inside.mean() > 0.3 and max(shape.alpha.shape) <= 200
        assert shape.image.shape == (*shape.alpha.shape, 3)


def test_surfaces_differ_in_how_much_detail_they_have(make_picture: Callable) -> None:
    """Flat panels to noise at every scale: the Laplacian's energy spans more than two orders of magnitude."""
    energies = []
    for seed in range(80):
        shape = varied_shape(np.random.default_rng(seed), make_picture(50, 70))
        grey = shape.image.mean(axis=2)
        energies.append(float((cv2.Laplacian(grey, cv2.CV_64F)[shape.alpha > 0] ** 2).mean()))
    low, high = np.percentile(energies, (10, 90))
    assert high > 100 * max(low, 1e-3)
