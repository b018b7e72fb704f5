"""From a region's lower edge to a place on the ground, and how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mgcda_core.frame import Camera, Extrinsics, Hazard
from mgcda_core.hazards.foot import lower_edges
from mgcda_core.hazards.lens import pixel_rays

_HORIZON_SIGMAS = 2.0
"""A foot nearer to the horizon than this many standard deviations has no position."""
_UPRIGHT = 0.5
"""Cosine of 60 degrees: how far the picture's "down" may turn from the direction in which the ground comes nearer."""
_NOWHERE = (None,) * 5
"""Footprint, distance, width and their standard deviations of a hazard without a position."""


@dataclass(frozen=True)
class GroundSettings:
    """How far positions reach and how well the camera is known; sigmas are standard deviations, 0 where exact.

    pixel_sigma: of a region's border, pixels of the picture. pitch_sigma_deg and roll_sigma_deg: of the camera against
    the road, degrees; a vehicle that brakes or a road that bends upwards counts. height_sigma_m: of the camera above
    the road, metres. maximum_distance_m: nothing farther has a position. minimum_depth_m, maximum_depth_m: bounds of
    the assumed depth of an object.

    Raises ValueError for a negative or infinite number, and for depths in the wrong order.
    """

    pixel_sigma: float = 2.0
    pitch_sigma_deg: float = 0.5
    roll_sigma_deg: float = 0.5
    height_sigma_m: float = 0.03
    maximum_distance_m: float = 80.0
    minimum_depth_m: float = 0.3
    maximum_depth_m: float = 3.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            may_be_zero = "sigma" in field.name
            if not (np.isfinite(value) and (value >= 0 if may_be_zero else value > 0)):
                allowed = "finite and 0 or more" if may_be_zero else "finite and above 0"
                raise ValueError(f"{field.name}: {value} is not allowed; it must be {allowed}")
        if self.minimum_depth_m > self.maximum_depth_m:
            allowed = f"at most maximum_depth_m, {self.maximum_depth_m}"
            raise ValueError(f"minimum_depth_m: {self.minimum_depth_m} is not allowed; it must be {allowed}")


def locate(hazards: Sequence[Hazard], camera: Camera | None, settings: GroundSettings) -> tuple[Hazard, ...]:
    """Return the hazards, in the same order, with footprint, distance, width and their standard deviations in metres.

    A region's lower edge is where the object meets the flat ground. The near side of the footprint follows that edge.
    Its depth is not to be seen: it is assumed to be the width, within settings' bounds, measured away from the camera,
    and the footprint's sides run along the lines of sight. Parts of the edge whose ground would lie deeper than that
    hang over it (a belly, a load): they are put as far away as the nearest part of the edge that stands.

    A footprint, float64 (16, 3), runs along the near side from left to right and back along the far side; it lies on
    the ground plane of the base frame.

    The sigma of the distance follows the curve "height / tan(angle below the horizon)" one sigma of the angle each
    way, not its slope at one point: it is half of the interval that holds 68 %, and far away the distance errs by more
    upwards than downwards. An error of the road's shape is no part of it beyond what pitch_sigma_deg stands for.

    A region that the picture's lower border cuts off is nearer than what is seen of it: its distance is that of the
    border's ground, an upper bound, and the sigma then also holds that the object may stand anywhere before it
    (distance / sqrt(3), as of a uniform distribution). One that a side border cuts off has at least the width that is
    seen, and a sigma of no less than that.

    All metres are None, "no position", never "far away": without a camera or extrinsics; where the foot lies above
    the horizon or within two standard deviations of it, because no bound can then be put on the distance; beyond
    maximum_distance_m; where any pixel of the foot is outside the lens model; where down in the picture is not down
    to the ground within 60 degrees (a camera on its side, or past its own foot point); and where extrinsics are not
    finite or put the camera below the ground. Such a hazard is as real as any other.

    Raises ValueError for a distortion model that pixel_rays does not know.
    """
    if camera is None or camera.extrinsics is None or not hazards:
        return tuple(_placed(hazard, *_NOWHERE) for hazard in hazards)
    with np.errstate(invalid="ignore", divide="ignore"):
        known, *measured = _measure(hazards, camera, camera.extrinsics, settings)
    places = zip(*measured, strict=True)
    return tuple(
        _placed(hazard, *(place if is_known else _NOWHERE))
        for hazard, is_known, place in zip(hazards, known, places, strict=True)
    )


def nearest_visible_ground(camera: Camera) -> float:
    """Return how far from the base frame's origin the ground begins in the middle of the picture's lowest row, metres.

    0 where that is not known, or where the lowest row shows no ground.
    """
    if camera.extrinsics is None:
        return 0.0
    extrinsics = camera.extrinsics
    ray = extrinsics.rotation @ pixel_rays(np.array([[(camera.width - 1) / 2, camera.height - 0.5]]), camera)[0]
    height = extrinsics.position[2] - extrinsics.ground_z_m
    if not (ray[2] < 0 < height):
        return 0.0
    return float(np.hypot(*(extrinsics.position[:2] + ray[:2] * height / -ray[2])))


def _placed(
    hazard: Hazard,
    footprint: np.ndarray | None,
    distance: float | None,
    distance_sigma: float | None,
    width: float | None,
    width_sigma: float | None,
) -> Hazard:
    # Not dataclasses.replace, which takes twice as long.
    return Hazard(
        hazard.id, hazard.box_px, hazard.polygon_px, hazard.score, hazard.area_px, hazard.on_road,
        footprint, distance, distance_sigma, width, width_sigma,
        hazard.state, hazard.age_s, hazard.hits,
    )  # fmt: skip


def _measure(
    hazards: Sequence[Hazard], camera: Camera, extrinsics: Extrinsics, settings: GroundSettings
) -> tuple[list[bool], np.ndarray, list[float], list[float], list[float], list[float]]:
    """Return per hazard whether it has a position, footprint (16, 3), distance, its sigma, width, its sigma."""
    edge = lower_edges(hazards)
    row = np.arange(len(hazards))
    lowest = np.argmax(edge[..., 1], axis=1)
    # One more ray per region, a pixel higher: how large an angle a pixel is there.
    looks = np.concatenate([edge, edge[row, lowest][:, None] - (0.0, 1.0)], axis=1)
    rays = (pixel_rays(looks, camera) @ extrinsics.rotation.T).reshape(*looks.shape[:2], 3)
    all_below = np.arctan2(-rays[..., 2], np.hypot(rays[..., 0], rays[..., 1]))
    below, azimuth = all_below[:, :-1], np.arctan2(rays[:, :-1, 1], rays[:, :-1, 0])
    height = extrinsics.position[2] - extrinsics.ground_z_m

    nearest = np.argmax(below, axis=1)
    steepest, towards = below[row, nearest], azimuth[row, nearest]
    higher = rays[row, lowest] - rays[:, -1]
    pixel_angle = np.sqrt(np.einsum("hi,hi->h", higher, higher))
    upright = below[row, lowest] - all_below[:, -1] >= _UPRIGHT * pixel_angle
    angle_sigma = _angle_sigma(towards, pixel_angle, extrinsics.rotation, settings)

    # From here on angles to the left of the nearest point, and ranges on the ground from below the camera.
    to_left = np.remainder(azimuth - towards[:, None] + np.pi, 2 * np.pi) - np.pi
    leftmost, rightmost = to_left.max(axis=1), to_left.min(axis=1)
    span = np.minimum(leftmost - rightmost, np.pi)
    near = height / np.tan(steepest)
    depth = np.maximum(settings.minimum_depth_m, np.minimum(settings.maximum_depth_m, 2 * near * np.sin(span / 2)))
    far = near + depth
    ranges = _standing(np.where(below > 0, height / np.tan(below), np.inf), far)
    bearing = np.concatenate([azimuth, azimuth[:, ::-1]], axis=1)
    reach = np.concatenate([ranges, np.broadcast_to(far[:, None], ranges.shape)], axis=1)
    footprint = np.empty((*bearing.shape, 3))
    footprint[..., 0] = reach * np.cos(bearing) + extrinsics.position[0]
    footprint[..., 1] = reach * np.sin(bearing) + extrinsics.position[1]
    footprint[..., 2] = extrinsics.ground_z_m
    distance = _distance_to(footprint[..., :2])

    middle = (leftmost + rightmost) / 2
    across = ranges * np.sin(to_left - middle[:, None])
    width = across.max(axis=1) - across.min(axis=1)

    boxes = np.array([hazard.box_px for hazard in hazards])
    cut_below = boxes[:, 3] >= camera.height
    cut_beside = (boxes[:, 0] <= 0) | (boxes[:, 2] >= camera.width)
    variance = _range_sigma(steepest, angle_sigma, height) ** 2 + (near * settings.height_sigma_m / height) ** 2
    variance += np.where(cut_below, distance**2 / 3, 0.0)
    border_variance = 2 * (near * pixel_angle * settings.pixel_sigma) ** 2 + np.where(cut_beside, width**2, 0.0)
    width_sigma = np.sqrt((width / near) ** 2 * variance + border_variance)

    known = np.isfinite(rays).all(axis=(1, 2)) & (height > 0) & (steepest > _HORIZON_SIGMAS * angle_sigma) & upright
    known &= distance <= settings.maximum_distance_m
    return (
        known.tolist(), footprint, distance.tolist(), np.sqrt(variance).tolist(), width.tolist(), width_sigma.tolist(),
    )  # fmt: skip


def _angle_sigma(
    azimuth: np.ndarray, pixel_angle: np.ndarray, rotation: np.ndarray, settings: GroundSettings
) -> np.ndarray:
    """Return the standard deviation (H,), radians, of the angles below the horizon at these azimuths (H,).

    Pitch tips the ground ahead of the camera, roll that beside it.
    """
    forward = rotation[:, 2] if np.hypot(*rotation[:2, 2]) > 1e-6 else -rotation[:, 1]
    aside = azimuth - np.arctan2(forward[1], forward[0])
    pitch = np.deg2rad(settings.pitch_sigma_deg) * np.cos(aside)
    roll = np.deg2rad(settings.roll_sigma_deg) * np.sin(aside)
    return np.sqrt(pitch**2 + roll**2 + (pixel_angle * settings.pixel_sigma) ** 2)


def _range_sigma(below: np.ndarray, angle_sigma: np.ndarray, height: float) -> np.ndarray:
    """Return the standard deviation (H,), metres, of height / tan(below): half of what one sigma each way spans.

    At 40 m from a height of 1.5 m with 0.5 degrees that is 9.9 m, where the slope of the curve alone says 9.3 m.
    """
    return (height / np.tan(below - angle_sigma) - height / np.tan(below + angle_sigma)) / 2


def _standing(ranges: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return ranges (H, K) with those beyond far (H,) replaced by the lesser of the nearest ones within it, each side.

    Every row of ranges holds one within far.
    """
    stands = ranges <= far[:, None]
    row, number = np.arange(len(ranges))[:, None], np.arange(ranges.shape[1])
    before = np.maximum.accumulate(np.where(stands, number, -1), axis=1)
    after = np.minimum.accumulate(np.where(stands, number, len(number))[:, ::-1], axis=1)[:, ::-1]
    padded = np.concatenate([ranges, np.full((len(ranges), 1), np.inf)], axis=1)
    return np.minimum(padded[row, before], padded[row, after])


def _distance_to(outlines: np.ndarray) -> np.ndarray:
    """Return the distance (H,) from the origin to the nearest point of closed outlines (H, N, 2)."""
    side = np.concatenate([outlines[:, 1:], outlines[:, :1]], axis=1) - outlines
    length = np.einsum("hni,hni->hn", side, side)
    share = -np.einsum("hni,hni->hn", outlines, side) / np.maximum(length, 1e-12)
    share = np.maximum(0.0, np.minimum(1.0, share))
    nearest = outlines + share[..., None] * side
    return np.sqrt(np.einsum("hni,hni->hn", nearest, nearest).min(axis=1))
