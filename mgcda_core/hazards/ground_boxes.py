"""Upright boxes around hazards on the ground, for whoever wants no outline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mgcda_core.frame import Camera, Hazard
from mgcda_core.hazards.lens import pixel_rays


class GroundBoxes(NamedTuple):
    """One box per hazard, in the base frame, metres and radians; each stands on the ground.

    centre_m: float64 (H, 3). size_m: float64 (H, 3): depth along the line of sight, width across it, height.
    yaw_rad: float64 (H,), the line of sight's direction, counter-clockwise from x (REP 103).
    """

    centre_m: np.ndarray
    size_m: np.ndarray
    yaw_rad: np.ndarray


def ground_boxes(hazards: Sequence[Hazard], camera: Camera) -> GroundBoxes:
    """Return the least boxes along the lines of sight that hold the footprints, in the order of the hazards.

    The line of sight runs from below the camera to the mean of the footprint's points. The height is what the region's
    box shows if all of the object stands where its lowest row does: camera height * (1 - tan(elevation of the upper
    border) / tan(elevation of the lower border)), both below the horizon negative. So it is too large by the part of an
    object that is seen from above, and never too small. It depends on the box alone: that of a hazard that is not seen
    any more is as old as its position was then. Where either border lies outside of the lens model, or the lower one
    not below the horizon, the height is unknown and taken to be the width.

    hazards: with positions (position.py). camera: with extrinsics.
    Raises ValueError for a distortion model that pixel_rays does not know.
    """
    if not hazards:
        return GroundBoxes(np.empty((0, 3)), np.empty((0, 3)), np.empty(0))
    lengths = np.array([len(hazard.footprint_m) for hazard in hazards])
    first_of = np.cumsum(lengths) - lengths
    points = np.concatenate([hazard.footprint_m for hazard in hazards])
    below_camera = camera.extrinsics.position[:2]
    middle = np.add.reduceat(points, first_of) / lengths[:, None]
    towards_x, towards_y = (middle[:, :2] - below_camera).T
    yaw = np.arctan2(towards_y, towards_x)
    along = np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)

    from_camera = points[:, :2] - below_camera
    turned = np.stack([np.einsum("pi,pi->p", from_camera, np.repeat(a, lengths, axis=0)) for a in (along, across)], 1)
    least, most = np.minimum.reduceat(turned, first_of), np.maximum.reduceat(turned, first_of)
    depth, width = (most - least).T
    height = _heights(hazards, camera, unknown=width)
    middle_along, middle_across = ((least + most) / 2).T
    centre = np.empty((len(hazards), 3))
    centre[:, :2] = below_camera + middle_along[:, None] * along + middle_across[:, None] * across
    centre[:, 2] = middle[:, 2] + height / 2
    return GroundBoxes(centre, np.stack([depth, width, height], axis=1), yaw)


def _heights(hazards: Sequence[Hazard], camera: Camera, unknown: np.ndarray) -> np.ndarray:
    """Return the heights (H,), metres, and those of unknown (H,) where the picture does not tell."""
    boxes = np.array([hazard.box_px for hazard in hazards], np.float64)
    column = (boxes[:, 0] + boxes[:, 2] - 1) / 2
    # Borders of pixels lie half a pixel beside their centres; the maxima are exclusive.
    borders = np.concatenate([np.stack([column, boxes[:, row] - 0.5], axis=1) for row in (1, 3)])
    rays = pixel_rays(borders, camera) @ camera.extrinsics.rotation.T
    with np.errstate(invalid="ignore", divide="ignore"):
        top, foot = (rays[:, 2] / np.hypot(rays[:, 0], rays[:, 1])).reshape(2, -1)
        heights = (camera.extrinsics.position[2] - camera.extrinsics.ground_z_m) * (1 - top / foot)
    return np.where((foot < 0) & (heights > 0) & np.isfinite(heights), heights, unknown)
