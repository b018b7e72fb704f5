"""sensor_msgs/CameraInfo to Camera: windows, binning, distortion, and every way to be refused."""

from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from mgcda_ros.images import (
    ImageError,
    camera_from_info,
)

FX, FY, CX, CY = 1000.0, 1100.0, 960.5, 540.25


def info_with(**fields: object) -> CameraInfo:
    """A calibrated 1920 x 1080 camera with some fields changed."""
    message = CameraInfo(width=1920, height=1080, distortion_model="plumb_bob")
    message.k = [FX, 0.0, CX, 0.0, FY, CY, 0.0, 0.0, 1.0]
    message.d = [0.1, -0.2, 0.01, 0.02, 0.3]
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def region(x: int, y: int, width: int, height: int, *, do_rectify: bool = False) -> RegionOfInterest:
    return RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height, do_rectify=do_rectify)


def test_camera_is_taken_over() -> None:
    camera = camera_from_info(info_with())
    assert (camera.width, camera.height) == (1920, 1080)
    np.testing.assert_array_equal(camera.intrinsics, [[FX, 0, CX], [0, FY, CY], [0, 0, 1]])
    assert camera.distortion_model == "plumb_bob"
    np.testing.assert_array_equal(camera.distortion, [0.1, -0.2, 0.01, 0.02, 0.3])


def test_message_is_left_as_it_was() -> None:
    message = info_with(binning_x=2, binning_y=2, roi=region(100, 50, 800, 600))
    camera_from_info(message)
    np.testing.assert_array_equal(message.k, [FX, 0, CX, 0, FY, CY, 0, 0, 1])


DISTORTIONS = {
    "plumb_bob of four": ("plumb_bob", [0.1] * 4, "plumb_bob", [0.1] * 4),
    "plumb_bob of none": ("plumb_bob", [], "plumb_bob", [0.0] * 5),
    "no model": ("", [], "plumb_bob", [0.0] * 5),
    "no model, zeros": ("", [0.0] * 8, "plumb_bob", [0.0] * 5),
    "rational": ("rational_polynomial", [0.1] * 8, "rational_polynomial", [0.1] * 8),
    "rational, thin prism": ("rational_polynomial", [0.1] * 12, "rational_polynomial", [0.1] * 12),
    "rational, tilted": ("rational_polynomial", [0.1] * 14, "rational_polynomial", [0.1] * 14),
    "equidistant": ("equidistant", [0.1] * 4, "equidistant", [0.1] * 4),
}


@pytest.mark.parametrize(("model", "given_d", "expected_model", "expected"), DISTORTIONS.values(), ids=DISTORTIONS)
def test_distortion_is_taken_over(model: str, given_d: list[float], expected_model: str, expected: list[float]) -> None:
    camera = camera_from_info(info_with(distortion_model=model, d=given_d))
    assert camera.distortion_model == expected_model
    np.testing.assert_array_equal(camera.distortion, expected)


REGIONS = {
    "all": ((0, 0, 0, 0), (0, 0)),
    "whole, spelt out": ((0, 0, 1920, 1080), (1, 1)),
    "window": ((100, 50, 800, 600), (0, 0)),
    "binned": ((0, 0, 0, 0), (2, 4)),
    "window, binned": ((100, 50, 800, 600), (2, 3)),
    "window, binned, with rest": ((1, 1, 801, 601), (2, 3)),
    "at the edge": ((1120, 480, 800, 600), (1, 2)),
}


@pytest.mark.parametrize(("window", "binning"), REGIONS.values(), ids=REGIONS)
def test_point_lands_where_window_and_binning_put_it(
    window: tuple[int, int, int, int], binning: tuple[int, int]
) -> None:
    message = info_with(roi=region(*window), binning_x=binning[0], binning_y=binning[1])
    camera = camera_from_info(message)

    x, y, width, height = window if any(window) else (0, 0, 1920, 1080)
    across, down = max(binning[0], 1), max(binning[1], 1)
    assert (camera.width, camera.height) == (width // across, height // down)
    point = np.array([0.7, -0.4, 5.0])
    full = message.k.reshape(3, 3) @ point / point[2]
    seen = camera.intrinsics @ point / point[2]
    np.testing.assert_allclose(seen, [(full[0] - x) / across, (full[1] - y) / down, 1.0])


def test_do_rectify_does_not_change_the_raw_camera() -> None:
    plain = camera_from_info(info_with(roi=region(8, 8, 64, 64)))
    flagged = camera_from_info(info_with(roi=region(8, 8, 64, 64, do_rectify=True)))
    np.testing.assert_array_equal(plain.intrinsics, flagged.intrinsics)


NAN, INFINITY = float("nan"), float("inf")
REFUSED_CAMERAS = {
    "uncalibrated": (
        CameraInfo(width=4, height=4),
        ["not calibrated", "K[0] = 0", "camera_info_url"],
    ),
    "no fx": (info_with(k=[0.0, 0, CX, 0, FY, CY, 0, 0, 1]), ["not calibrated"]),
    "nan fx": (info_with(k=[NAN, 0, CX, 0, FY, CY, 0, 0, 1]), ["not finite", "nan"]),
    "infinite cy": (info_with(k=[FX, 0, CX, 0, FY, INFINITY, 0, 0, 1]), ["not finite", "inf"]),
    "nan in D": (info_with(d=[0.0, NAN, 0.0, 0.0, 0.0]), ["not finite", "nan"]),
    "negative fx": (info_with(k=[-FX, 0, CX, 0, FY, CY, 0, 0, 1]), ["focal", "fx = -1000.0"]),
    "no fy": (info_with(k=[FX, 0, CX, 0, 0.0, CY, 0, 0, 1]), ["focal length", "fy = 0.0"]),
    "transposed": (info_with(k=[FX, 0, 0, 0, FY, 0, CX, CY, 1]), ["form", "960.5", "fx, 0, cx"]),
    "skewed": (info_with(k=[FX, 3.0, CX, 0, FY, CY, 0, 0, 1]), ["form", "3.0"]),
    "no width": (info_with(width=0), ["size is empty", "0 x 1080"]),
    "no height": (info_with(height=0), ["size is empty", "1920 x 0"]),
    "unknown model": (
        info_with(distortion_model="fisheye"),
        ["model is not known", "'fisheye'", "equidistant"],
    ),
    "no model": (info_with(distortion_model=""), ["model is not known", "''", "0.3"]),
    "plumb_bob of eight": (info_with(d=[0.1] * 8), ["'plumb_bob'", "8 coefficients", "4 or 5"]),
    "rational of five": (
        info_with(distortion_model="rational_polynomial"),
        ["'rational_polynomial'", "5 coefficients", "8 or 12 or 14"],
    ),
    "equidistant of none": (
        info_with(distortion_model="equidistant", d=[]),
        ["'equidistant'", "0 coefficients"],
    ),
    "window outside": (
        info_with(roi=region(1900, 0, 100, 100)),
        ["region", "100 x 100 at (1900, 0)", "1920 x 1080"],
    ),
    "window without width": (info_with(roi=region(0, 0, 0, 100)), ["region", "0 x 100"]),
    "window without size": (info_with(roi=region(5, 5, 0, 0)), ["region", "(5, 5)"]),
    "binning": (info_with(binning_x=2000), ["binning", "2000 x 1", "1920 x 1080"]),
}


@pytest.mark.parametrize(("message", "parts"), REFUSED_CAMERAS.values(), ids=REFUSED_CAMERAS)
def test_wrong_camera_is_refused(message: CameraInfo, parts: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        camera_from_info(message)
    for part in parts:
        assert part in str(caught.value)
