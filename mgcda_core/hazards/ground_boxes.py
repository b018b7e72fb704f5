"""Upright boxes around hazards on the ground, for whoever wants no outline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mgcda_core.frame import Camera, Hazard
from mgcda_core.hazards.lens import pixel_rays
from mgcda_core.hazards.outlines import joined


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
    footprints = joined([hazard.footprint_m for hazard in hazards])
    below_camera = camera.extrinsics.position[:2]
    middle = np.add.reduceat(footprints.corners, footprints.first_of) / footprints.lengths[:, None]
    towards_x, towards_y = (middle[:, :2] - below_camera).T
    yaw = np.arctan2(towards_y, towards_x)
    cosine, sine = np.cos(yaw), np.sin(yaw)

    x, y = (footprints.corners[:, :2] - below_camera).T
    owner = footprints.owner
    turned = np.array([cosine[owner] * x + sine[owner] * y, cosine[owner] * y - sine[owner] * x])
    least = np.minimum.reduceat(turned, footprints.first_of, axis=1)
    most = np.maximum.reduceat(turned, footprints.first_of, axis=1)
    depth, width = most - least
    height = _heights(hazards, camera, unknown=width)
    along, across = (least + most) / 2
    centre = np.empty((len(hazards), 3))
    centre[:, 0] = below_camera[0] + cosine * along - sine * across
    centre[:, 1] = below_camera[1] + sine * along + cosine * across
    centre[:, 2] = middle[:, 2] + height / 2
    return GroundBoxes(centre, np.array([depth, width, height]).T, yaw)


def _heights(hazards: Sequence[Hazard], camera: Camera, unknown: np.ndarray) -> np.ndarray:
    """Return the heights (H,), metres, and those of unknown (H,) where the picture does not tell."""
    boxes = np.array([hazard.box_px for hazard in hazards], np.float64)
    column = (boxes[:, 0] + boxes[:, 2] - 1) / 2
    # Borders of pixels lie half a pixel beside their centres; the maxima are exclusive.
    borders = np.array([[column, column], [boxes[:, 1] - 0.5, boxes[:, 3] - 0.5]]).reshape(2, -1).T
    rays = pixel_rays(borders, camera) @ camera.extrinsics.rotation.T
    with np.errstate(invalid="ignore", divide="ignore"):
        top, foot = (rays[:, 2] / np.hypot(rays[:, 0], rays[:, 1])).reshape(2, -1)
        heights = (camera.extrinsics.position[2] - camera.extrinsics.ground_z_m) * (1 - top / foot)
    return np.where((foot < 0) & (heights > 0) & np.isfinite(heights), heights, unknown)
