"""From pixels to the rays that they see along, through the lens."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from mgcda_core.frame import Camera

_WIDEST_DEG = {"plumb_bob": 88.0, "rational_polynomial": 88.0, "equidistant": 180.0}
"""How far from the optical axis a model is followed: tan(angle) of the first two grows without bounds at 90 degrees."""
_TOLERANCE_PX = 0.01
_MOST_STEPS = 5


def pixel_rays(pixels: np.ndarray, camera: Camera) -> np.ndarray:
    """Return the unit vectors, float64 (N, 3), in the optical frame (REP 103), that pixels (N, 2) see along.

    Whole numbers are the centres of pixels. A row is NaN where the lens model has no single answer: beyond the radius
    at which the image of rays farther out turns back. Rays of an equidistant camera may point backwards (z < 0).

    Raises ValueError for a distortion model other than REP 104's plumb_bob, rational_polynomial and equidistant.
    Source: CameraInfo's models as cv2.projectPoints and cv2.fisheye.projectPoints have them. OpenCV's own inverses
    are not enough: undistortPoints stops some pixels short with a strong lens and never says that it failed, and
    fisheye.undistortPoints ends at 90 degrees.
    """
    model = camera.distortion_model
    if model not in _WIDEST_DEG:
        raise ValueError(f"distortion_model: {model!r} is not allowed; it must be one of {sorted(_WIDEST_DEG)}")
    focal = camera.intrinsics.diagonal()[:2]
    distorted = (np.asarray(pixels, np.float64).reshape(-1, 2) - camera.intrinsics[:2, 2]) / focal
    coefficients = tuple(np.asarray(camera.distortion, np.float64).tolist())
    if not len(distorted):
        return np.empty((0, 3))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if model == "equidistant":
            return _fisheye_rays(distorted, coefficients)
        plane = _undistorted(distorted, model, coefficients, float(focal.max())) if any(coefficients) else distorted
        rays = np.ones((len(plane), 3))
        rays[:, :2] = plane
        return rays / np.sqrt(np.einsum("ni,ni->n", rays, rays))[:, None]


def _radius(angle: np.ndarray, model: str, coefficients: tuple[float, ...]) -> np.ndarray:
    """Return the radius in the picture, in focal lengths, of rays at an angle from the axis (the radial part only)."""
    if model == "equidistant":
        return angle * np.polynomial.polynomial.polyval(angle**2, (1.0, *coefficients))
    k1, k2, _, _, k3, k4, k5, k6 = (*coefficients, 0.0, 0.0, 0.0, 0.0)[:8]
    radius = np.tan(angle)
    above, below = (np.polynomial.polynomial.polyval(radius**2, c) for c in ((1, k1, k2, k3), (1, k4, k5, k6)))
    return radius * above / below


@lru_cache(maxsize=16)
def _single_valued(model: str, coefficients: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return (angles, radii), both rising, up to where the radius stops rising: the range in which a pixel has one ray.

    Steps of 0.02 to 0.04 degrees.
    """
    angles = np.deg2rad(np.linspace(0.0, _WIDEST_DEG[model], 4096))
    radii = _radius(angles, model, coefficients)
    falls = np.flatnonzero(~(np.diff(radii) > 0))
    end = falls[0] + 1 if len(falls) else len(angles)
    return angles[:end], radii[:end]


def _fisheye_rays(distorted: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    angles, radii = _single_valued("equidistant", coefficients)
    radius = np.hypot(*distorted.T)
    angle = np.interp(radius, radii, angles, right=np.nan)
    slope = np.polynomial.polynomial.polyval(angle**2, [(2 * n + 1) * k for n, k in enumerate((1.0, *coefficients))])
    # One step of Newton's method from a table this dense leaves less than a thousandth of a pixel.
    angle = angle + np.where(slope > 0, (radius - _radius(angle, "equidistant", coefficients)) / slope, np.nan)
    outward = distorted / np.maximum(radius, 1e-12)[:, None]
    return np.column_stack([outward * np.sin(angle)[:, None], np.cos(angle)])


def _undistorted(distorted: np.ndarray, model: str, coefficients: tuple[float, ...], focal_px: float) -> np.ndarray:
    """Return where rays cross z = 1, (N, 2), by Newton's method on OpenCV's projection and its derivatives."""
    angles, radii = _single_valued(model, coefficients)
    radius = np.hypot(*distorted.T)
    # The radial part first, from the table; what tangential terms and the rest add is small.
    start = np.tan(np.interp(radius, radii, angles, right=np.nan))
    plane = distorted * (start / np.maximum(radius, 1e-12))[:, None]
    points, origin, plain = np.ones((len(plane), 3)), np.zeros(3), np.eye(3)
    for _ in range(_MOST_STEPS):
        points[:, :2] = plane
        image, slopes = cv2.projectPoints(points, origin, origin, plain, np.array(coefficients))
        # Columns 3 and 4 of the derivatives are by a shift of the point along x and y.
        a, b, c, d = slopes[0::2, 3], slopes[0::2, 4], slopes[1::2, 3], slopes[1::2, 4]
        x, y = (distorted - image[:, 0]).T
        far, turn = np.hypot(x, y) * focal_px, a * d - b * c
        if not (far > _TOLERANCE_PX).any():
            break
        plane = plane + np.stack([(d * x - b * y) / turn, (a * y - c * x) / turn], axis=1)
    good = (far <= _TOLERANCE_PX) & (turn > 0) & (np.hypot(*plane.T) <= np.tan(angles[-1]))
    return np.where(good[:, None], plane, np.nan)
