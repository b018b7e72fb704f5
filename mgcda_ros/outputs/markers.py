"""~/markers: the hazards' outlines for RViz, in the camera's optical frame.

A region in a picture has a direction and no distance, so its outline is drawn on a plane DEPTH_M in front of the
camera: seen from the camera it lies on the object, and nobody takes it for a position.
"""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from mgcda_core.frame import Camera, Hazard, Status
from mgcda_core.hazards.lens import pixel_rays
from mgcda_core.overlay import HAZARD_COLOUR, STATUS_COLOURS
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of

DEPTH_M = 1.0
LINE_WIDTH_M = 0.006
LEAST_AHEAD = 0.1
"""Cosine of 84 degrees, the farthest from the optical axis that an outline is drawn."""
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
        outlines = (_outline(hazard, camera, header) for hazard in report.hazards)
        markers += [outline for outline in outlines if outline is not None]
    return MarkerArray(markers=markers)


def _outline(hazard: Hazard, camera: Camera, header: object) -> Marker | None:
    """Return the outline, or None where the lens model has no ray ahead for any of its points."""
    rays = pixel_rays(hazard.polygon_px, camera)
    # NaN is not ahead either; a ray almost aside would meet the plane very far out.
    rays = rays[rays[:, 2] > LEAST_AHEAD]
    if not len(rays):
        return None
    marker = Marker(header=header, ns="hazards", id=hazard.id, type=Marker.LINE_STRIP, lifetime=LIFETIME)
    marker.scale.x = LINE_WIDTH_M
    marker.pose.orientation.w = 1.0
    marker.color = _colour(HAZARD_COLOUR)
    points = rays[:, :2] / rays[:, 2:] * DEPTH_M
    closed = np.concatenate([points, points[:1]])
    marker.points = [Point(x=float(x), y=float(y), z=DEPTH_M) for x, y in closed]
    return marker


def _colour(rgb: tuple[int, int, int]) -> ColorRGBA:
    red, green, blue = (channel / 255 for channel in rgb)
    return ColorRGBA(r=red, g=green, b=blue, a=1.0)
