"""sensor_msgs/CameraInfo -> Camera, checked: a wrong calibration puts hazards where none are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mgcda_core.frame import Camera
from mgcda_ros.encodings import ImageError

if TYPE_CHECKING:
    from sensor_msgs.msg import CameraInfo

DISTORTION_LENGTHS = {"plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14), "equidistant": (4,)}
"""REP 104 fixes 5, 8 and 4; OpenCV's shorter plumb_bob and longer rational models are tolerated."""


def camera_from_info(message: CameraInfo) -> Camera:
    """Return the calibrated camera of the raw picture that this message belongs to.

    Region of interest and binning are applied to size, K (principal point minus offset, then focal
    lengths and principal point over binning, as image_geometry does; it takes no account of the
    half pixel by which a binned pixel's centre moves). R, P and roi.do_rectify describe rectified
    pictures and are not read. An empty D of plumb_bob, or an empty model with D empty or zero, is a
    camera without distortion.

    Raises ImageError: uncalibrated (K[0] is zero), values that are not finite, fx or fy below zero,
    K of another form, an unknown model, a D that does not fit it, an odd region or binning.
    Source: sensor_msgs/msg/CameraInfo, REP 104.
    """
    calibrate = "run camera_calibration and check the driver's camera_info_url"
    intrinsics = np.array(message.k, np.float64).reshape(3, 3)
    if intrinsics[0, 0] == 0:
        raise ImageError("the camera is not calibrated", "K[0] = 0", "K[0] = fx > 0", calibrate)
    if not (np.isfinite(intrinsics).all() and np.isfinite(message.d).all()):
        found = f"K = {intrinsics.ravel().tolist()}, D = {list(message.d)}"
        raise ImageError("K or D is not finite", found, "finite numbers", calibrate)
    if not (intrinsics[0, 0] > 0 and intrinsics[1, 1] > 0):
        found = f"fx = {intrinsics[0, 0]}, fy = {intrinsics[1, 1]}"
        raise ImageError("the focal length is wrong", found, "fx > 0 and fy > 0", calibrate)
    if intrinsics[0, 1] or intrinsics[1, 0] or intrinsics[2].tolist() != [0, 0, 1]:
        found = f"K = {intrinsics.ravel().tolist()}"
        allowed = "[fx, 0, cx, 0, fy, cy, 0, 0, 1]"
        raise ImageError("K is not of the form of CameraInfo", found, allowed, calibrate)
    model, distortion = _distortion(message, calibrate)

    x, y, width, height = _region(message)
    across, down = max(message.binning_x, 1), max(message.binning_y, 1)
    if across > width or down > height:
        found, allowed = f"{across} x {down}", f"up to {width} x {height}"
        raise ImageError("binning leaves no pixel", found, allowed, "check the driver's binning")
    intrinsics[:2, 2] -= x, y
    intrinsics[:2] /= np.array([[across], [down]])
    return Camera(width // across, height // down, intrinsics, model, distortion)


def _distortion(message: CameraInfo, remedy: str) -> tuple[str, np.ndarray]:
    """Return model and coefficients, float64 (N,), checked against each other."""
    model, coefficients = message.distortion_model, np.array(message.d, np.float64)
    without_distortion = {"plumb_bob": coefficients.size == 0, "": not coefficients.any()}
    if without_distortion.get(model, False):
        return "plumb_bob", np.zeros(5)
    if model not in DISTORTION_LENGTHS:
        allowed = ", ".join(DISTORTION_LENGTHS) + ", or empty without coefficients"
        found = f"'{model}', D = {coefficients.tolist()}"
        raise ImageError("the distortion model is not known", found, allowed, remedy)
    if coefficients.size not in DISTORTION_LENGTHS[model]:
        allowed = " or ".join(str(length) for length in DISTORTION_LENGTHS[model])
        found = f"{coefficients.size} coefficients"
        raise ImageError(f"D does not fit '{model}'", found, allowed, remedy)
    return model, coefficients


def _region(message: CameraInfo) -> tuple[int, int, int, int]:
    """Return (x, y, width, height) of the region of interest, in full-resolution pixels."""
    roi, remedy = message.roi, "check the driver's camera_info"
    if message.width == 0 or message.height == 0:
        found = f"{message.width} x {message.height}"
        raise ImageError("the calibrated size is empty", found, "1 x 1 or more", remedy)
    if roi.width == roi.height == roi.x_offset == roi.y_offset == 0:
        return 0, 0, message.width, message.height
    right, bottom = roi.x_offset + roi.width, roi.y_offset + roi.height
    inside = right <= message.width and bottom <= message.height
    if roi.width == 0 or roi.height == 0 or not inside:
        found = f"{roi.width} x {roi.height} at ({roi.x_offset}, {roi.y_offset})"
        allowed = f"all zero, or a window inside {message.width} x {message.height}"
        raise ImageError("the region of interest is wrong", found, allowed, remedy)
    return roi.x_offset, roi.y_offset, roi.width, roi.height
