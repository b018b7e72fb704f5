"""~/markers: the hazards' outlines for RViz, in the camera's optical frame.

A region in a picture has a direction and no distance, so its outline is drawn on a plane DEPTH_M in front of the
camera: seen from the camera it lies on the object, and nobody takes it for a position.
"""

from __future__ import annotations

import cv2
import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from mgcda_core.frame import Camera, Hazard, Status
from mgcda_core.overlay import HAZARD_COLOUR, STATUS_COLOURS
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of

DEPTH_M = 1.0
LINE_WIDTH_M = 0.006
LIFETIME = Duration(sec=2)
"""Should the node die, its last hazards must not stay in the picture."""


def markers_message(result: Result) -> MarkerArray:
    """Return DELETEALL, one LINE_STRIP per hazard (only with a camera) and one TEXT_VIEW_FACING with the status."""
    header = header_of(result.frame.stamp, result.frame.frame_id)
    report, camera = result.report, result.frame.camera
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    text = f"{report.status.name}: {len(report.hazards)} hazard(s)"
    if camera is None and report.hazards:
        text += ", no position: no camera calibration"
    status = Marker(header=header, ns="status", type=Marker.TEXT_VIEW_FACING, text=text, lifetime=LIFETIME)
    status.scale.z = 0.05
    status.pose.orientation.w = 1.0
    status.pose.position.y, status.pose.position.z = -0.5 * DEPTH_M, DEPTH_M
    status.color = _colour(STATUS_COLOURS[Status(report.status)])
    markers.append(status)
    if camera is not None:
        markers += [_outline(hazard, camera, header) for hazard in report.hazards]
    return MarkerArray(markers=markers)


def _outline(hazard: Hazard, camera: Camera, header: object) -> Marker:
    marker = Marker(header=header, ns="hazards", id=hazard.id, type=Marker.LINE_STRIP, lifetime=LIFETIME)
    marker.scale.x = LINE_WIDTH_M
    marker.pose.orientation.w = 1.0
    marker.color = _colour(HAZARD_COLOUR)
    rays = pixel_rays(hazard.polygon_px, camera) * DEPTH_M
    closed = np.concatenate([rays, rays[:1]])
    marker.points = [Point(x=float(x), y=float(y), z=DEPTH_M) for x, y in closed]
    return marker


def pixel_rays(pixels: np.ndarray, camera: Camera) -> np.ndarray:
    """Return float64 (N, 2): where the rays through pixels (N, 2) cross the plane z = 1 of the optical frame (REP 103).

    Undistorts with the camera's model: OpenCV's own for plumb_bob and rational_polynomial, fisheye for equidistant.
    """
    points = np.asarray(pixels, np.float64).reshape(-1, 1, 2)
    undistort = cv2.fisheye.undistortPoints if camera.distortion_model == "equidistant" else cv2.undistortPoints
    return undistort(points, camera.intrinsics, camera.distortion).reshape(-1, 2)


def _colour(rgb: tuple[int, int, int]) -> ColorRGBA:
    red, green, blue = (channel / 255 for channel in rgb)
    return ColorRGBA(r=red, g=green, b=blue, a=1.0)
