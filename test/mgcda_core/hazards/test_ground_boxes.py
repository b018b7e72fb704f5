"""Boxes around footprints: tight along the lines of sight, and as high as pictures of real boxes say."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgcda_core.frame import Camera, Hazard
from mgcda_core.hazards.ground_boxes import ground_boxes
from mgcda_core.hazards.mounting import extrinsics_of

INTRINSICS = np.array([[1100.0, 0.0, 639.5], [0.0, 1100.0, 359.5], [0.0, 0.0, 1.0]])
CAMERA = Camera(1280, 720, INTRINSICS, extrinsics=extrinsics_of("base", 1.5, 3.0, 0.0, 0.0, 0.7, 0.2))


def hazard_of(footprint: np.ndarray, box_px: tuple[int, int, int, int] = (600, 300, 700, 500)) -> Hazard:
    distance = float(np.hypot(*footprint[:, :2].T).min())
    return Hazard(1, box_px, np.zeros((4, 2), np.float32), 0.9, 100, None, footprint, distance, 0.2, 1.0, 0.1)


def pictured(corners: np.ndarray, height: float, camera: Camera) -> Hazard:
    """Return a hazard whose box_px holds the picture of an upright body over corners (N, 2), to the pixel."""
    extrinsics = camera.extrinsics
    low, high = (np.column_stack([corners, np.full(len(corners), extrinsics.ground_z_m + h)]) for h in (0.0, height))
    optical = (np.concatenate([low, high]) - extrinsics.position) @ extrinsics.rotation
    pixels, _ = cv2.projectPoints(optical, np.zeros(3), np.zeros(3), camera.intrinsics, camera.distortion)
    x_min, y_min = np.floor(pixels[:, 0].min(axis=0) + 0.5).astype(int)
    x_max, y_max = np.floor(pixels[:, 0].max(axis=0) + 0.5).astype(int) + 1
    return hazard_of(low, (int(x_min), int(y_min), int(x_max), int(y_max)))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(3, 60), st.floats(-20, 20)), min_size=1, max_size=20),
    st.floats(-1.0, 1.0),
)
def test_box_holds_the_footprint_and_each_side_touches_it(corners: list[tuple[float, float]], ground_z: float) -> None:
    camera = replace(CAMERA, extrinsics=replace(CAMERA.extrinsics, ground_z_m=ground_z))
    footprint = np.array([(x, y, ground_z) for x, y in corners])
    boxes = ground_boxes([hazard_of(footprint), hazard_of(footprint[:1])], camera)
    (centre, other), (size, point) = boxes.centre_m, boxes.size_m
    yaw = boxes.yaw_rad[0]
    mean_x, mean_y = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    assert yaw == pytest.approx(math.atan2(mean_y - 0.2, mean_x - 0.7))
    inward = [
        ((x - centre[0]) * math.cos(yaw) + (y - centre[1]) * math.sin(yaw),
         (y - centre[1]) * math.cos(yaw) - (x - centre[0]) * math.sin(yaw))
        for x, y in corners
    ]  # fmt: skip
    for axis in (0, 1):
        assert max(along[axis] for along in inward) == pytest.approx(size[axis] / 2, abs=1e-9)
        assert min(along[axis] for along in inward) == pytest.approx(-size[axis] / 2, abs=1e-9)
    assert centre[2] == pytest.approx(ground_z + size[2] / 2)
    np.testing.assert_allclose([*other[:2], *point[:2]], [*footprint[0, :2], 0, 0], atol=1e-9)


@pytest.mark.parametrize("height", [0.15, 0.6, 1.4, 2.5])
@pytest.mark.parametrize("distance", [6.0, 12.0, 25.0])
@pytest.mark.parametrize("distortion", [np.zeros(5), np.array([-0.2, 0.05, 0.001, 0.001, 0.0])], ids=["plain", "lens"])
def test_height_of_a_thin_body_is_that_of_the_body(height: float, distance: float, distortion: np.ndarray) -> None:
    camera = replace(CAMERA, distortion=distortion)
    across = np.array([[distance, 0.4], [distance, -0.1]])
    box = ground_boxes([pictured(across, height, camera)], camera)
    pixel_m = distance / 1100
    assert box.size_m[0, 2] == pytest.approx(height, abs=2.5 * pixel_m + height * distance / 1000)


@pytest.mark.parametrize("height", [0.1, 0.5, 1.2, 3.0])
@pytest.mark.parametrize("depth", [0.5, 2.0])
def test_height_of_a_deep_body_is_never_too_small(height: float, depth: float) -> None:
    base = np.array([[8.0, 0.5], [8.0, -0.5], [8.0 + depth, -0.5], [8.0 + depth, 0.5]])
    found = ground_boxes([pictured(base, height, CAMERA)], CAMERA).size_m[0, 2]
    # What is seen from above: the far upper edge, taken to be above the near lower one.
    range_m = 8.0 - 0.7
    expected = max(height, 1.5 - (1.5 - height) * range_m / (range_m + depth))
    assert found == pytest.approx(expected, rel=0.03, abs=0.02)
    assert found > height - 0.02


def test_height_does_not_change_where_only_the_position_moved() -> None:
    seen = pictured(np.array([[12.0, 0.5], [12.0, -0.5]]), 0.6, CAMERA)
    coasting = replace(seen, footprint_m=seen.footprint_m - (5.0, 0.0, 0.0))
    heights = ground_boxes([seen, coasting], CAMERA).size_m[:, 2]
    assert heights[0] == heights[1]


@pytest.mark.parametrize(
    "camera",
    [
        replace(CAMERA, distortion=np.array([-15.0, 0.0, 0.0, 0.0, 0.0])),
        replace(CAMERA, extrinsics=extrinsics_of("base", 1.5, -20.0, 0.0, 0.0, 0.7, 0.2)),
    ],
    ids=["outside of the lens model", "foot above the horizon"],
)
def test_unknown_height_is_the_width(camera: Camera) -> None:
    footprint = np.array([[10.0, 1.0, 0.0], [10.0, -1.0, 0.0], [11.0, 0.0, 0.0]])
    size = ground_boxes([hazard_of(footprint, (100, 100, 200, 200))], camera).size_m[0]
    assert size[2] == size[1] > 1.9


def test_no_hazards_no_boxes() -> None:
    boxes = ground_boxes([], CAMERA)
    assert [part.shape for part in boxes] == [(0, 3), (0, 3), (0,)]
