"""Where the camera sat by /tf and /tf_static of the bag, at each picture's stamp, as tf2 would have said.

Interpolated between two transforms, never beyond the last one; what was recorded up to transform_timeout_s after the
picture counts, for so long the node would have waited for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from mgcda_core.frame import Extrinsics
from mgcda_ros.bags.recording import Recording
from mgcda_ros.bags.stored import StoredMessage, deserialize
from mgcda_ros.mounting import UnknownMountingError
from mgcda_ros.stamps import SECOND, to_nanoseconds

MOVING, FIXED = "/tf", "/tf_static"
KEPT_NS = 10 * SECOND
"""How far back moving transforms are kept: as long as tf2's buffer."""


class _Pose(NamedTuple):
    """Of a frame in its parent: quaternion (x, y, z, w), and position in metres."""

    quaternion: np.ndarray
    position: np.ndarray


class _History:
    """The poses of one frame in its parent by their stamps."""

    def __init__(self, parent: str) -> None:
        self.parent = parent
        self._stamps: list[int] = []
        self._poses: list[_Pose] = []

    def add(self, stamp_ns: int, pose: _Pose) -> None:
        if self._stamps and stamp_ns < self._stamps[-1] - KEPT_NS:
            self._stamps, self._poses = [], []  # the stamps begin again
        place = bisect_left(self._stamps, stamp_ns)
        self._stamps.insert(place, stamp_ns)
        self._poses.insert(place, pose)
        old = bisect_left(self._stamps, self._stamps[-1] - KEPT_NS)
        del self._stamps[:old], self._poses[:old]

    def at(self, stamp_ns: int, frame: str) -> _Pose:
        place = bisect_left(self._stamps, stamp_ns)
        if place < len(self._stamps) and self._stamps[place] == stamp_ns:
            return self._poses[place]
        if place in (0, len(self._stamps)):
            nearest = self._stamps[0] if place == 0 else self._stamps[-1]
            raise LookupError(
                f"{frame!r} in {self.parent!r} is known {abs(stamp_ns - nearest) / SECOND:.3f} s "
                f"{'later' if place == 0 else 'earlier'} only"
            )
        before, after = self._poses[place - 1 : place + 1]
        start, stop = self._stamps[place - 1 : place + 1]
        share = (stamp_ns - start) / (stop - start)
        turn = Slerp([0, 1], Rotation.from_quat([before.quaternion, after.quaternion]))(share)
        return _Pose(turn.as_quat(), before.position + share * (after.position - before.position))


class BagTransforms:
    """A Mounting of the bag's transforms. values: every parameter, by name.

    problems: what was wrong with transforms. advance() must be called before each at().
    """

    def __init__(self, recording: Recording, values: Mapping[str, Any]) -> None:
        self.problems: list[str] = []
        self._base_frame: str = values["base_frame"]
        self._ground_z_m: float = values["ground_height_m"]
        self._timeout_s: float = values["transform_timeout_s"]
        self._fixed: dict[str, tuple[str, _Pose]] = {}
        self._moving: dict[str, _History] = {}
        for message in recording.messages({FIXED}, is_main=False):
            for _, parent, child, pose in self._poses(message):
                self._fixed[child] = (parent, pose)
        self._stream: Iterator[StoredMessage] = recording.messages({MOVING}, is_main=False)
        self._ahead: StoredMessage | None = None

    def advance(self, time_ns: int) -> None:
        """Take in what the node would know of a picture recorded at time_ns, nanoseconds."""
        until_ns = time_ns + round(self._timeout_s * SECOND)
        while (message := self._ahead or next(self._stream, None)) is not None:
            self._ahead = message
            if message.time_ns > until_ns:
                return
            self._ahead = None
            for stamp_ns, parent, child, pose in self._poses(message):
                history = self._moving.get(child)
                if history is None or history.parent != parent:
                    history = self._moving[child] = _History(parent)
                history.add(stamp_ns, pose)

    def at(self, stamp_ns: int, frame_id: str) -> Extrinsics:
        """Return where the camera sat; raises UnknownMountingError where that is not known."""
        try:
            camera, base = (self._to_root(frame, stamp_ns) for frame in (frame_id.lstrip("/"), self._base_frame))
            common = next((frame for frame in camera if frame in base), None)
            if common is None:
                raise LookupError("the two are not connected")
        except LookupError as error:
            raise UnknownMountingError(
                f"no transform from {frame_id!r} to {self._base_frame!r} at the picture's stamp within "
                f"transform_timeout_s ({self._timeout_s:g} s): {error}; publish it, or set extrinsics: parameters"
            ) from error
        (turn, position), (base_turn, base_position) = camera[common], base[common]
        return Extrinsics(
            self._base_frame,
            (base_turn.inv() * turn).as_matrix(),
            base_turn.inv().apply(position - base_position),
            self._ground_z_m,
        )

    def close(self) -> None:
        """Do nothing: the recording is the caller's."""

    def _to_root(self, frame: str, stamp_ns: int) -> dict[str, tuple[Rotation, np.ndarray]]:
        """Return rotation and position of a frame in itself, its parent, and so on to the root; raises LookupError."""
        turn, position = Rotation.identity(), np.zeros(3)
        found = {frame: (turn, position)}
        while True:
            if frame in self._fixed:
                frame, pose = self._fixed[frame]
            elif frame in self._moving:
                history = self._moving[frame]
                pose, frame = history.at(stamp_ns, frame), history.parent
            else:
                return found
            if frame in found:
                raise LookupError(f"the transforms go round in a circle at {frame!r}")
            own = Rotation.from_quat(pose.quaternion)
            turn, position = own * turn, own.apply(position) + pose.position
            found[frame] = (turn, position)

    def _poses(self, message: StoredMessage) -> Iterator[tuple[int, str, str, _Pose]]:
        """Yield stamp, parent, frame and pose of each transform of a message."""
        try:
            transforms = deserialize(message).transforms
        except Exception as error:  # of rosbags, for bytes that are no message
            self.problems.append(f"{message.topic}: a message at {message.time_ns} ns cannot be read: {error}")
            return
        for each in transforms:
            turn, shift = each.transform.rotation, each.transform.translation
            quaternion, position = np.array([turn.x, turn.y, turn.z, turn.w]), np.array([shift.x, shift.y, shift.z])
            child = each.child_frame_id.lstrip("/")
            if not (np.isfinite(position).all() and abs(np.linalg.norm(quaternion) - 1) < 1e-2):
                self.problems.append(f"{message.topic}: the transform of {child!r} is no rotation and shift")
                continue
            yield (
                to_nanoseconds(each.header.stamp),
                each.header.frame_id.lstrip("/"),
                child,
                _Pose(quaternion, position),
            )
