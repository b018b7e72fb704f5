"""One mesh as the camera of a given picture would see it: colours, coverage and shadows, without that camera's data.

Without calibration the horizon's row is what is known. It gives sizes exactly (perspective.py); how much of an object's
top shows also depends on the camera's height, and how much its depth is foreshortened on the focal length: both are
drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mgcda_core.frame import Camera
from mgcda_core.simulation.canvas import Canvas, Placed
from mgcda_core.simulation.light import Light
from mgcda_core.simulation.mesh import Mesh
from mgcda_core.simulation.pinhole import View, optical_to_pixels, to_optical

FINER = 4
"""Small objects are drawn this many times larger and then averaged: their edges mix like a lens mixes them."""
MARGIN_PX = 3
_CODE = 7


@dataclass(frozen=True)
class DebrisCamera:
    """focal_px: pixels. height_m: above the road. horizon: row. centre: column straight ahead."""

    focal_px: float
    height_m: float
    horizon: float
    centre: float

    def ground(self, column: float, row: float) -> tuple[float, float]:
        """Return x (forward) and y (left), metres, of the road at a pixel below the horizon."""
        forward = self.focal_px * self.height_m / (row - self.horizon)
        return forward, (self.centre - column) * forward / self.focal_px

    def view(self, left: int, top: int, finer: int = 1) -> View:
        """Return the view of the window that starts at (left, top), finer times as large."""
        # Pixel centres: the finer picture's pixels lie half a coarse pixel to the left and above.
        shift = (finer - 1) / 2
        intrinsics = np.array(
            [
                [self.focal_px * finer, 0, (self.centre - left) * finer + shift],
                [0, self.focal_px * finer, (self.horizon - top) * finer + shift],
                [0, 0, 1.0],
            ]
        )
        # So wide that nothing is dropped for lying beside the picture: the window is not around its centre.
        return View(Camera(1 << 20, 1 << 20, intrinsics), self.height_m, 0.0)


@dataclass(frozen=True)
class Rendering:
    """A window of the picture, its corner at (left, top), which may lie outside of the picture.

    image: float32 (h, w, 3), the object's colour, meaningful where alpha > 0. alpha, shade: float32 (h, w) in [0, 1],
    coverage and darkening of the ground.
    """

    left: int
    top: int
    image: np.ndarray
    alpha: np.ndarray
    shade: np.ndarray


def render_debris(
    camera: DebrisCamera,
    mesh: Mesh,
    column: float,
    row: float,
    yaw_rad: float,
    light: Light,
    *,
    finer: int = FINER,
) -> Rendering:
    """Return a mesh standing on the road at a pixel below the horizon, turned by yaw_rad, with its shadows."""
    x, y = camera.ground(column, row)
    item = Placed(mesh, x, y, yaw_rad, label=_CODE)
    pixels = _pixels(camera, item.points)
    thrown = _pixels(camera, _on_ground(item.points, light))
    left, top, right, bottom = _box(pixels)
    fine = np.empty(((bottom - top) * finer, (right - left) * finer, 3), np.uint8)
    # The ground of the canvas mixes into the outermost pixels: let it have the object's own colour.
    fine[:] = np.clip(mesh.colors.mean(axis=0) * float(light.ambient.mean()), 0, 255).astype(np.uint8)
    codes = np.zeros((*fine.shape[:2], 2), np.uint8)
    Canvas(camera.view(left, top, finer), light, fine, codes).draw(item)
    covered = (codes[..., 0] == _CODE).astype(np.uint8)
    size = (right - left, bottom - top)
    alpha = cv2.resize(covered * np.float32(1), size, interpolation=cv2.INTER_AREA)
    image = cv2.resize(cv2.copyTo(fine, covered).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mean = image.sum(axis=(0, 1)) / max(float(alpha.sum()), 1e-3)
    # Outside of the object its mean colour, so that a later blur does not mix in black.
    image = np.where(alpha[..., None] > 0.02, image / np.maximum(alpha, 0.02)[..., None], mean).astype(np.float32)
    # Long shadows are cut at twice the object's size: what is farther off is faint.
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    reach = 2 * (high - low).max()
    whole = _box(np.concatenate([pixels, np.clip(thrown, low - reach, high + reach)]))
    border = (top - whole[1], whole[3] - bottom, left - whole[0], whole[2] - right)
    image = cv2.copyMakeBorder(image, *border, cv2.BORDER_REPLICATE)
    alpha = cv2.copyMakeBorder(alpha, *border, cv2.BORDER_CONSTANT)
    shade = _shade(camera, item, thrown, light, (whole[0], whole[1]), (alpha.shape[1], alpha.shape[0]))
    return Rendering(whole[0], whole[1], image, alpha, shade)


def _box(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a window around pixels (N, 2) with a margin."""
    left, top = np.floor(pixels.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(pixels.max(axis=0)).astype(int).tolist()
    return left - MARGIN_PX, top - MARGIN_PX, right + MARGIN_PX, bottom + MARGIN_PX


def _pixels(camera: DebrisCamera, points: np.ndarray) -> np.ndarray:
    view = camera.view(0, 0)
    return optical_to_pixels(view, to_optical(view, points))


def _on_ground(points: np.ndarray, light: Light) -> np.ndarray:
    per_metre = -light.toward_sun[:2] / max(float(light.toward_sun[2]), 0.2)
    return np.column_stack([points[:, :2] + points[:, 2:3] * per_metre, np.zeros(len(points))])


def _shade(
    camera: DebrisCamera, item: Placed, thrown: np.ndarray, light: Light, corner: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """Return how much darker the ground is: the sun's shadow, and the dark seam where the object touches it."""
    shade = np.zeros((size[1], size[0]), np.float32)
    direct, ambient = float(light.sun.mean() * light.toward_sun[2]), float(light.ambient.mean())
    darkness = direct / (direct + ambient)
    if darkness > 0.03:
        _fill(shade, thrown - corner, darkness)
        shade = cv2.GaussianBlur(shade, (0, 0), 0.7)
    seam = np.zeros_like(shade)
    points = item.points
    low = points[points[:, 2] <= max(0.05, 0.25 * float(points[:, 2].max()))]
    middle = low.mean(axis=0)
    footprint = middle + (low - middle) * 1.12
    footprint[:, 2] = 0
    _fill(seam, _pixels(camera, footprint) - corner, 0.6)
    return cv2.max(shade, cv2.GaussianBlur(seam, (0, 0), max(0.6, 0.03 * size[0])))


def _fill(target: np.ndarray, pixels: np.ndarray, value: float) -> None:
    hull = cv2.convexHull(pixels.astype(np.float32))
    cv2.fillConvexPoly(target, np.round(hull * 16).astype(np.int32), value, cv2.LINE_AA, 4)
