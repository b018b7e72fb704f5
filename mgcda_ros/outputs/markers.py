"""~/markers: the hazards for RViz.

A hazard with a position is drawn where it stands, in the base frame: its footprint, its box, and a label. One without
has a direction and no distance: its outline is drawn on a plane DEPTH_M in front of the camera, in the camera's
optical frame. Seen from the camera it lies on the object, and nobody takes it for a position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from operator import itemgetter

import cv2
import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from mgcda_core.frame import Camera, Hazard, HazardState, Status
from mgcda_core.hazards.ground_boxes import GroundBoxes
from mgcda_core.hazards.lens import pixel_rays
from mgcda_core.overlay import HAZARD_COLOUR, STATE_COLOURS, STATUS_COLOURS
from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.result import Result
from mgcda_ros.stamps import header_of

DEPTH_M = 1.0
LINE_WIDTH_M = 0.006
GROUND_LINE_WIDTH_M = 0.05
LINE_TOLERANCE_M = 0.1
"""How far a drawn footprint may lie off; no position is more certain than that, and each corner costs time."""
LABEL_HEIGHT_M = 0.4
LEAST_AHEAD = 0.1
"""Cosine of 84 degrees, the farthest from the optical axis that an outline is drawn."""
LIFETIME = Duration(sec=2)
"""Should the node die, its last hazards must not stay in the picture."""
_CORNERS = np.array([[x, y, z] for z in (-0.5, 0.5) for x, y in ((0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5))])
"""Of a box of size 1: around the bottom, then around the top."""
_EDGES = itemgetter(4, 5, 5, 6, 6, 7, 7, 4, 0, 4, 1, 5, 2, 6, 3, 7)
"""Returns the ends of its posts and of its top, of its eight corners: what it stands on is drawn as the footprint."""


def markers_message(result: Result) -> MarkerArray:
    """Return visualization_msgs/MarkerArray: DELETEALL, the status as text, then the hazards.

    In the base frame, metres: namespaces footprints and boxes (posts and top), one LINE_LIST each for all hazards of a
    state, and labels, a TEXT_VIEW_FACING with the hazard's id above each. In the camera's frame: namespace hazards, a
    LINE_STRIP with the hazard's id for every other, where there is a camera. Colours are those of the hazards' states.
    """
    header = header_of(result.frame.stamp, result.frame.frame_id)
    report, camera = result.report, result.frame.camera
    markers = [Marker(header=header, action=Marker.DELETEALL), _status(result, header)]
    located = result.located
    if located:
        markers += _on_ground(located, result.boxes, base_header(result))
    with_position = {hazard.id for hazard in located}
    others = [hazard for hazard in report.hazards if hazard.id not in with_position]
    if camera is not None and others:
        markers += _before_camera(others, camera, header)
    return MarkerArray(markers=markers)


def _status(result: Result, header: Header) -> Marker:
    report = result.report
    text = f"{report.status.name}: {len(report.hazards)} hazard(s)"
    if without := len(report.hazards) - len(result.located):
        text += f", {without} without position"
        text += ": no camera calibration" if result.frame.camera is None else ""
    status = _marker(header, "status", Marker.TEXT_VIEW_FACING, STATUS_COLOURS[Status(report.status)])
    status.text = text
    status.scale.z = 0.05
    status.pose.position.y, status.pose.position.z = -0.5 * DEPTH_M, DEPTH_M
    return status


def _on_ground(located: Sequence[Hazard], boxes: GroundBoxes, header: Header) -> list[Marker]:
    # A marker per state and not per hazard, with one colour and not one per point: every Marker takes as long to make
    # as twenty points, and a colour as long as a point. Copies of one take a quarter of that.
    blank = _marker(header, "labels", Marker.TEXT_VIEW_FACING, HAZARD_COLOUR)
    blank.scale.z = LABEL_HEIGHT_M
    colours = _state_colours()
    lines: dict[tuple[str, HazardState], list[Point]] = defaultdict(list)
    labels = []
    for hazard, corners, (x, y, _) in zip(located, _corners(boxes).tolist(), boxes.centre_m.tolist(), strict=True):
        lines["footprints", hazard.state] += _ring(hazard.footprint_m)
        lines["boxes", hazard.state] += _EDGES([Point(x=x, y=y, z=z) for x, y, z in corners])
        label = copy(blank)
        label.id, label.color = hazard.id, colours[hazard.state]
        label.text = f"{hazard.id}: {hazard.distance_m:.1f} m +- {hazard.distance_sigma_m:.1f} m"
        # Pose() would make an orientation of its own, which takes longer than the rest of the label.
        label.pose = copy(blank.pose)
        label.pose.position = Point(x=x, y=y, z=corners[-1][2] + LABEL_HEIGHT_M)
        labels.append(label)
    markers = []
    width = Vector3(x=GROUND_LINE_WIDTH_M)
    for (namespace, state), ends in lines.items():
        marker = copy(blank)
        marker.ns, marker.id, marker.type, marker.color = namespace, int(state), Marker.LINE_LIST, colours[state]
        marker.scale, marker.points = width, ends
        markers.append(marker)
    return [*markers, *labels]


def _ring(footprint_m: np.ndarray) -> list[Point]:
    """Return the ends of the lines around a footprint (N, 3), with as few corners as draw it to LINE_TOLERANCE_M."""
    needed = cv2.approxPolyDP(footprint_m[:, :2].astype(np.float32), LINE_TOLERANCE_M, closed=True)[:, 0]
    ground = needed if len(needed) >= 3 else footprint_m[:, :2]
    height = float(footprint_m[0, 2])
    corners = [Point(x=x, y=y, z=height) for x, y in ground.tolist()]
    return [end for side in zip(corners, corners[1:] + corners[:1], strict=True) for end in side]


def _corners(boxes: GroundBoxes) -> np.ndarray:
    """Return the corners of boxes, float64 (H, 8, 3), metres."""
    along, across, up = (_CORNERS * boxes.size_m[:, None]).transpose(2, 0, 1)
    cosine, sine = np.cos(boxes.yaw_rad)[:, None], np.sin(boxes.yaw_rad)[:, None]
    turned = np.array([cosine * along - sine * across, sine * along + cosine * across, up])
    return boxes.centre_m[:, None] + turned.transpose(1, 2, 0)


def _before_camera(hazards: Sequence[Hazard], camera: Camera, header: Header) -> list[Marker]:
    """Return the outlines, without those for which the lens model has no ray ahead through any point."""
    blank = _marker(header, "hazards", Marker.LINE_STRIP, HAZARD_COLOUR)
    blank.scale.x = LINE_WIDTH_M
    colours = _state_colours()
    rays = pixel_rays(np.concatenate([hazard.polygon_px for hazard in hazards]), camera)
    # NaN is not ahead either; a ray almost aside would meet the plane very far out.
    ahead = rays[:, 2] > LEAST_AHEAD
    with np.errstate(divide="ignore", invalid="ignore"):  # of the others
        plane = rays[:, :2] / rays[:, 2:] * DEPTH_M
    markers, start = [], 0
    for hazard in hazards:
        own = slice(start, start + len(hazard.polygon_px))
        start = own.stop
        points = [Point(x=x, y=y, z=DEPTH_M) for x, y in plane[own][ahead[own]].tolist()]
        if points:
            marker = copy(blank)
            marker.id, marker.color, marker.points = hazard.id, colours[hazard.state], [*points, points[0]]
            markers.append(marker)
    return markers


def _state_colours() -> dict[HazardState, ColorRGBA]:
    return {state: _colour(rgb) for state, rgb in STATE_COLOURS.items()}


def _marker(header: Header, namespace: str, kind: int, rgb: tuple[int, int, int]) -> Marker:
    return Marker(header=header, ns=namespace, type=kind, color=_colour(rgb), lifetime=LIFETIME)


def _colour(rgb: tuple[int, int, int]) -> ColorRGBA:
    red, green, blue = (channel / 255 for channel in rgb)
    return ColorRGBA(r=red, g=green, b=blue, a=1.0)
