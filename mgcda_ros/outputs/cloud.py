"""~/cloud: the ground that hazards stand on as points, for costmaps such as nav2's obstacle layer."""

from __future__ import annotations

import array

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField

from mgcda_core.hazards.ground_points import footprint_points
from mgcda_ros.cloud_settings import CloudSettings
from mgcda_ros.outputs.base_frame import base_header
from mgcda_ros.result import Result, is_confirmed

POINT = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4"), ("id", "<u4")])
"""One point as the message's data has it."""
_DEFAULT = CloudSettings()
_TYPES = {"f": PointField.FLOAT32, "u": PointField.UINT32}
_FIELDS = [
    PointField(name=name, offset=offset, datatype=_TYPES[kind.kind], count=1)
    for name, (kind, offset) in POINT.fields.items()
]


def cloud_message(result: Result, settings: CloudSettings = _DEFAULT) -> PointCloud2 | None:
    """Return sensor_msgs/PointCloud2 in the base frame, of points on the ground in and around each footprint.

    Fields x, y, z: float32, metres. intensity: float32, the hazard's score. id: uint32, the hazard's.
    No points where no hazard has a position; that is "clear" only with ~/status. None without extrinsics.
    """
    header = base_header(result)
    if header is None:
        return None
    hazards = [hazard for hazard in result.located if settings.includes_tentative or is_confirmed(hazard)]
    points, owner = footprint_points([hazard.footprint_m for hazard in hazards], settings.spacing_m)
    packed = np.empty(len(points), POINT)
    packed["x"], packed["y"], packed["z"] = points.T
    packed["intensity"] = np.array([hazard.score for hazard in hazards])[owner]
    packed["id"] = np.array([hazard.id for hazard in hazards], np.uint32)[owner]

    message = PointCloud2(header=header, height=1, width=len(packed), fields=_FIELDS, is_dense=True)
    message.point_step = POINT.itemsize
    message.row_step = packed.nbytes
    # An array of the field's own type is taken as it is; anything else is copied element by element.
    message.data = array.array("B", packed.tobytes())
    return message
