"""Shadows on the flat ground: thrown by the sun, and the dark line where something touches it."""

from __future__ import annotations

import cv2
import numpy as np

from mgcda_core.simulation.canvas import Placed
from mgcda_core.simulation.light import Light
from mgcda_core.simulation.pinhole import NEAR_M, View, clip_near, optical_to_pixels, to_optical
from mgcda_core.simulation.style import POLE, TREE

_SHIFT = 4
_ANGLES = np.arange(36) * np.pi / 18
# A crown's shadow is ragged; one outline for all, turned by where the tree stands.
_RAGGED = 0.86 + 0.1 * np.sin(5 * _ANGLES) + 0.09 * np.sin(8 * _ANGLES + 1) + 0.06 * np.sin(13 * _ANGLES + 2)
_CIRCLE = np.column_stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)])


def sun_shadow(mask: np.ndarray, view: View, item: Placed, light: Light, first_row: int, darkness: int) -> None:
    """Darken mask, uint8 of the rows from first_row down, where the item keeps the sun from the ground."""
    _, width, height = item.mesh.size_m
    per_metre = -light.toward_sun[:2] / max(float(light.toward_sun[2]), 0.15)
    if abs(item.y) > 4 and item.y * per_metre[1] > 0.4 * abs(item.y):
        return  # falls away from the road
    if item.label == POLE:
        strip = np.array([[item.x, item.y - 0.06], [item.x, item.y + 0.06]])
        _fill_hull(mask, view, np.concatenate([strip, strip + height * per_metre]), first_row, darkness)
        return
    if item.label == TREE and not item.bend:
        ring = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)]) * np.roll(_RAGGED, int(width * 40))[:, None]
        crown = np.array([item.x, item.y]) + 0.6 * height * per_metre + ring * width * 0.45
        optical = clip_near(to_optical(view, np.column_stack([crown, np.zeros(len(crown))])))
        if len(optical) >= 3:
            pixels = optical_to_pixels(view, optical) - (0, first_row)
            cv2.fillPoly(mask, [np.round(pixels * (1 << _SHIFT)).astype(np.int32)], darkness, cv2.LINE_AA, _SHIFT)
        foot = np.array([[item.x, item.y - 0.15], [item.x, item.y + 0.15]])
        _fill_hull(mask, view, np.concatenate([foot, foot + 0.6 * height * per_metre]), first_row, darkness)
        return
    points = item.points
    _fill_hull(mask, view, points[:, :2] + points[:, 2:3] * per_metre, first_row, darkness)


def contact_shadow(mask: np.ndarray, view: View, item: Placed, first_row: int, darkness: int) -> None:
    """Darken mask, uint8 of the rows from first_row down, on and closely around the item's footprint."""
    if item.label == TREE:
        _fill_hull(mask, view, np.array([item.x, item.y]) + 0.35 * _CIRCLE, first_row, darkness)
        return
    points = item.points
    footprint = points[points[:, 2] < max(0.25, 0.3 * float(points[:, 2].max())), :2]
    middle = footprint.mean(axis=0)
    # A flat picture has no depth of its own: give it some ground to stand on.
    if len(item.mesh.corners) == 1:
        footprint = middle + _CIRCLE * np.array([0.16, 0.4 * item.mesh.size_m[1]])
    _fill_hull(mask, view, middle + 1.1 * (footprint - middle), first_row, darkness)


def _fill_hull(mask: np.ndarray, view: View, ground: np.ndarray, first_row: int, value: int) -> None:
    optical = to_optical(view, np.column_stack([ground, np.zeros(len(ground))]))
    if optical[:, 2].min() <= NEAR_M:
        # Cutting the hull at the camera needs the hull first; on the ground it is two-dimensional.
        hull = cv2.convexHull(ground.astype(np.float32))[:, 0]
        optical = clip_near(to_optical(view, np.column_stack([hull, np.zeros(len(hull))])))
        if len(optical) < 3:
            return
    pixels = optical_to_pixels(view, optical)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    if high[0] < 0 or low[0] > mask.shape[1] or high[1] < first_row or low[1] > first_row + mask.shape[0]:
        return
    hull = cv2.convexHull((pixels - (0, first_row)).astype(np.float32))
    cv2.fillConvexPoly(mask, np.round(hull * (1 << _SHIFT)).astype(np.int32), value, cv2.LINE_AA, _SHIFT)
