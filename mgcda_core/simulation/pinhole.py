"""The pinhole camera over a flat road: base-frame points to pixels and back to the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.frame import Camera

NEAR_M = 0.4


@dataclass(frozen=True)
class View:
    """A camera without roll or yaw above the origin of the base frame (x forward, y left, z up).

    height_m: metres above the ground z = 0. pitch_rad: radians, positive looks down.
    """

    camera: Camera
    height_m: float
    pitch_rad: float

    @property
    def focal_px(self) -> float:
        """Return the focal length in pixels."""
        return float(self.camera.intrinsics[0, 0])

    @property
    def position(self) -> np.ndarray:
        """Return the optical centre in the base frame, float64 (3,), metres."""
        return np.array([0.0, 0.0, self.height_m])

    @property
    def rotation(self) -> np.ndarray:
        """Return the rotation from base axes to optical axes (x right, y down, z forward), (3, 3)."""
        sine, cosine = np.sin(self.pitch_rad), np.cos(self.pitch_rad)
        return np.array([[0.0, -1.0, 0.0], [-sine, 0.0, -cosine], [cosine, 0.0, -sine]])

    @property
    def horizon_row(self) -> float:
        """Return the row, in pixels, where the flat ground ends; it may lie outside the image."""
        return float(self.camera.intrinsics[1, 2] - self.focal_px * np.tan(self.pitch_rad))


def make_view(width: int, height: int, horizontal_field_of_view_deg: float, height_m: float, pitch_deg: float) -> View:
    """Return a View with square pixels, the principal point at the image centre, no distortion.

    width, height: pixels. Angles in degrees, height_m in metres.
    """
    focal = 0.5 * width / np.tan(np.deg2rad(horizontal_field_of_view_deg) / 2)
    intrinsics = np.array([[focal, 0.0, (width - 1) / 2], [0.0, focal, (height - 1) / 2], [0.0, 0.0, 1.0]])
    return View(Camera(width, height, intrinsics), float(height_m), float(np.deg2rad(pitch_deg)))


def to_optical(view: View, points: np.ndarray) -> np.ndarray:
    """Return base-frame points (N, 3), metres, in the optical frame (N, 3)."""
    return (points - view.position) @ view.rotation.T


def project(view: View, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (N, 2) and depths (N,), metres, of base-frame points (N, 3).

    Pixels of points at a depth of NEAR_M or less are meaningless: clip first.
    """
    return optical_to_pixels(view, optical := to_optical(view, points)), optical[:, 2]


def optical_to_pixels(view: View, optical: np.ndarray) -> np.ndarray:
    """Return pixels (N, 2) of optical-frame points (N, 3); depths are held at NEAR_M or more."""
    depth = np.maximum(optical[:, 2:3], NEAR_M * 0.5)
    return optical[:, :2] / depth * view.focal_px + view.camera.intrinsics[:2, 2]


def clip_near(optical: np.ndarray) -> np.ndarray:
    """Return the part (M, 3) of an optical-frame polygon (N, 3) farther than NEAR_M; M may be 0."""
    inside = optical[:, 2] > NEAR_M
    if inside.all():
        return optical
    kept: list[np.ndarray] = []
    for index in range(len(optical)):
        here, there = optical[index], optical[(index + 1) % len(optical)]
        if inside[index]:
            kept.append(here)
        if inside[index] != inside[(index + 1) % len(optical)]:
            share = (NEAR_M - here[2]) / (there[2] - here[2])
            kept.append(here + share * (there - here))
    return np.array(kept).reshape(-1, 3)


def ground_rows(view: View, farthest_m: float = 500.0) -> tuple[int, np.ndarray, np.ndarray]:
    """Return (first row, x (R,), metres of y per pixel to the left (R,)) for the rows that see ground.

    Without roll a row sees one x only; rows that would see beyond farthest_m see farthest_m.
    """
    first = int(np.clip(np.floor(view.horizon_row) + 1, 0, view.camera.height))
    rows = np.arange(first, view.camera.height)
    down = (rows - view.camera.intrinsics[1, 2]) / view.focal_px
    sine, cosine = np.sin(view.pitch_rad), np.cos(view.pitch_rad)
    scale = view.height_m / np.maximum(sine + down * cosine, 1e-6)
    forward = scale * (cosine - down * sine)
    return first, np.minimum(forward, farthest_m), scale / view.focal_px
