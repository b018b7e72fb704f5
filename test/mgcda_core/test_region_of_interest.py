"""The part of the picture that is looked at is a picture of a camera that sees no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgcda_core.frame import Camera, Frame, Hazard
from mgcda_core.hazards.ground import GroundSettings, locate
from mgcda_core.hazards.lens import pixel_rays
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.region_of_interest import RegionOfInterest

CAMERA = Camera(
    320, 180, np.array([[280.0, 0, 160], [0, 280, 90], [0, 0, 1]]), "plumb_bob", np.array([-0.2, 0.05, 0.001, 0.0, 0.0])
)


def a_frame() -> Frame:
    image = np.random.default_rng(0).integers(0, 255, (CAMERA.height, CAMERA.width, 3), np.uint8)
    extrinsics = extrinsics_of("base_link", height_m=1.5, pitch_deg=3.0, roll_deg=0.0, yaw_deg=0.0, x_m=1.0, y_m=0.0)
    return Frame(image, 5, "camera", replace(CAMERA, extrinsics=extrinsics))


def box(left: int, top: int, right: int, bottom: int) -> Hazard:
    corners = [[left, top], [left, bottom - 1], [right - 1, bottom - 1], [right - 1, top]]
    return Hazard(1, (left, top, right, bottom), np.array(corners, np.float32), 0.9, 100, None)


@given(st.floats(0, 0.4), st.floats(0, 0.4), st.floats(0.6, 1), st.floats(0.6, 1))
def test_every_pixel_keeps_its_value_and_its_ray(left: float, top: float, right: float, bottom: float) -> None:
    region, frame = RegionOfInterest(left, top, right, bottom), a_frame()
    cropped = region.cropped(frame)
    height, width = cropped.image.shape[:2]
    assert (cropped.camera.width, cropped.camera.height) == (width, height)
    x, y, stop_x, stop_y = region.box_px(CAMERA.width, CAMERA.height)
    assert (stop_x - x, stop_y - y) == (width, height)
    pixels = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width // 2, height // 3]])
    for column, row in pixels:
        assert np.array_equal(cropped.image[row, column], frame.image[y + row, x + column])
    assert pixel_rays(pixels, cropped.camera) == pytest.approx(pixel_rays(pixels + [x, y], frame.camera), abs=1e-9)


def test_a_hazard_stands_where_it_stands_in_the_whole_picture() -> None:
    frame = a_frame()
    cropped = RegionOfInterest(left=0.25, top=0.4).cropped(frame)
    (whole,) = locate([box(150, 100, 170, 125)], frame.camera, GroundSettings())
    (part,) = locate([box(150 - 80, 100 - 72, 170 - 80, 125 - 72)], cropped.camera, GroundSettings())
    assert part.footprint_m == pytest.approx(whole.footprint_m, abs=1e-6)
    assert part.distance_sigma_m == pytest.approx(whole.distance_sigma_m)


def test_what_the_regions_border_cuts_off_may_stand_anywhere_before_it() -> None:
    """Below the region it goes on, unseen: its distance is an upper bound, as at the picture's own border."""
    frame = a_frame()
    cropped = RegionOfInterest(bottom=125 / 180).cropped(frame)
    (whole,) = locate([box(150, 100, 170, 125)], frame.camera, GroundSettings())
    (part,) = locate([box(150, 100, 170, 125)], cropped.camera, GroundSettings())
    assert part.distance_m == pytest.approx(whole.distance_m)
    assert part.distance_sigma_m == pytest.approx(np.hypot(whole.distance_sigma_m, whole.distance_m / 3**0.5), rel=0.05)


def test_the_whole_picture_is_the_frame_itself() -> None:
    frame = a_frame()
    assert RegionOfInterest().is_whole and RegionOfInterest().cropped(frame) is frame


@pytest.mark.parametrize(
    ("borders", "message"),
    [
        ({"left": -0.1}, "left: -0.1 is not allowed"),
        ({"bottom": float("nan")}, "bottom: nan is not allowed"),
        ({"left": 0.6, "right": 0.5}, "right: 0.5 is not allowed; it must be above left, 0.6"),
        ({"top": 0.5, "bottom": 0.5}, "bottom: 0.5 is not allowed"),
    ],
)
def test_a_region_without_an_inside_is_refused(borders: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RegionOfInterest(**borders)


def test_a_region_too_small_to_look_at_is_refused() -> None:
    with pytest.raises(ValueError, match="region of interest: 320 x 18 pixels of 320 x 180 are not allowed"):
        RegionOfInterest(bottom=0.1).cropped(a_frame())
