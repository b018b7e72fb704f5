"""Where the camera sat when it took a picture: as parameters say, or as tf2 says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.spatial.transform import Rotation

from mgcda_core.frame import Extrinsics
from mgcda_ros.stamps import to_time

if TYPE_CHECKING:
    from geometry_msgs.msg import Transform
    from rclpy.node import Node

POLL_S = 0.01


class UnknownMountingError(Exception):
    """Where the camera sat is not known; the message says why, and what to do."""


class Mounting(Protocol):
    """at(stamp_ns, frame_id) returns where the camera frame_id sat at stamp_ns, nanoseconds, in the base frame.

    None where nobody said that it should be known. Raises UnknownMountingError where it should, and is not.
    close() ends it.
    """

    def at(self, stamp_ns: int, frame_id: str) -> Extrinsics | None: ...

    def close(self) -> None: ...


class FixedMounting:
    """A camera that does not move on its vehicle; extrinsics: None where they are not known."""

    def __init__(self, extrinsics: Extrinsics | None) -> None:
        self._extrinsics = extrinsics

    def at(self, stamp_ns: int, frame_id: str) -> Extrinsics | None:
        """Return the extrinsics, whatever the arguments."""
        return self._extrinsics

    def close(self) -> None:
        """Do nothing."""


class TransformMounting:
    """Asks tf2 at the picture's stamp, never for the latest: a moving mount, or suspension, would be believed too late.

    base_frame: of the result. ground_height_m: of the ground in it. timeout_s: how long at() waits for a transform.
    Raises ImportError where tf2_ros is not installed.
    """

    def __init__(self, node: Node, *, base_frame: str, ground_height_m: float, timeout_s: float) -> None:
        import tf2_ros

        self._base_frame, self._ground_height_m, self._timeout_s = base_frame, ground_height_m, timeout_s
        self._buffer = tf2_ros.Buffer()
        self._error = tf2_ros.TransformException
        self._listener = tf2_ros.TransformListener(self._buffer, node)
        self._last_ns: int | None = None

    def at(self, stamp_ns: int, frame_id: str) -> Extrinsics:
        """Return where the camera sat; the node's executor must be spinning in another thread meanwhile."""
        from rclpy.time import Time

        if self._last_ns is not None and stamp_ns < self._last_ns:
            # A bag that begins again: tf2 drops what is older than the newest it has, and that is the end of the bag.
            self._buffer.clear()
        self._last_ns = stamp_ns
        # Our own clock and not tf2's timeout, which would wait forever while simulated time stands still.
        give_up_s = time.monotonic() + self._timeout_s
        while True:
            try:
                found = self._buffer.lookup_transform(self._base_frame, frame_id, Time.from_msg(to_time(stamp_ns)))
            except self._error as error:
                if time.monotonic() < give_up_s:
                    time.sleep(POLL_S)
                    continue
                raise UnknownMountingError(
                    f"no transform from {frame_id!r} to {self._base_frame!r} at the picture's stamp within "
                    f"transform_timeout_s ({self._timeout_s:g} s): {error}; publish it, or set extrinsics: parameters"
                ) from error
            return extrinsics_from_transform(found.transform, self._base_frame, self._ground_height_m)

    def close(self) -> None:
        """Unsubscribe."""
        self._listener.unregister()


def extrinsics_from_transform(transform: Transform, base_frame: str, ground_height_m: float) -> Extrinsics:
    """Return geometry_msgs/Transform, which takes points of the camera to the base frame, as Extrinsics.

    Raises UnknownMountingError for a rotation that is none, or numbers that are not finite.
    """
    turn, shift = transform.rotation, transform.translation
    quaternion = np.array([turn.x, turn.y, turn.z, turn.w])
    position = np.array([shift.x, shift.y, shift.z])
    if not (np.isfinite(position).all() and abs(np.linalg.norm(quaternion) - 1) < 1e-2):
        raise UnknownMountingError(
            f"the transform to {base_frame!r} is no rotation and shift: quaternion {quaternion.tolist()}, "
            f"translation {position.tolist()}; correct what publishes it"
        )
    rotation = Rotation.from_quat(quaternion).as_matrix()
    return Extrinsics(base_frame, rotation, position, ground_height_m)
