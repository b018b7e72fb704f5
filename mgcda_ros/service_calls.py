"""What the node does when its services are called."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import torch
from rclpy.lifecycle import LifecycleNode

from mgcda_core.frame import Status
from mgcda_ros.bags.bug_report import Kept, save_bug_report
from mgcda_ros.camera_channel import CameraChannel
from mgcda_ros.health import Health
from mgcda_ros.odometry_input import OdometryInput
from mgcda_ros.services import Answer
from mgcda_ros.stamps import to_nanoseconds
from mgcda_ros.worker import Worker

NOT_ACTIVE = False, "the node is not active"


class ServiceCalls:
    """Answers them for a node with these channels.

    worker: returns what looks, None while the node is not active. odometry: returns it, None where there is none.
    """

    def __init__(
        self,
        node: LifecycleNode,
        channels: Sequence[CameraChannel],
        health: Health,
        *,
        worker: Callable[[], Worker | None],
        odometry: Callable[[], OdometryInput | None],
    ) -> None:
        self._node, self._channels, self._health = node, channels, health
        self._worker, self._odometry = worker, odometry

    def enable(self, on: bool) -> Answer:
        """Look, or look at nothing until told otherwise; the model stays loaded and the cameras subscribed."""
        worker = self._worker()
        if worker is None:
            return NOT_ACTIVE
        if not on:
            # Before it stops to look: nothing that is still published may read as OK.
            self._health.report("enable", Status.BLIND, "switched off by ~/enable")
        worker.pause(not on)
        if on:
            self._health.clear("enable")
        return True, "looking" if on else "switched off; the status is BLIND until it is switched on again"

    def reset_tracks(self) -> Answer:
        """Forget all hazards of every camera; those in sight are confirmed anew, with new ids."""
        worker = self._worker()
        if worker is None:
            return NOT_ACTIVE
        for watch in worker.watches:
            watch.reset_tracks()
        return True, f"the hazards of {len(worker.watches)} camera(s) are forgotten with the next frame"

    def save_frames(self) -> Answer:
        """Write the last frames of every camera, what was said of them, odometry and parameters to a new folder."""
        worker = self._worker()
        if worker is None:
            return NOT_ACTIVE
        count = sum(len(watch.kept) for watch in worker.watches)
        if not count:
            return False, "no frame is kept: none came yet, or kept_frames is 0"
        folder = Path(self._node.get_parameter("kept_frames_folder").value).expanduser()
        # The node's own and rclpy's, for a replay with what the vehicle ran.
        parameters = {name: value.value for name, value in sorted(self._node._parameters.items())}
        made = save_bug_report(folder, self._kept(worker), parameters, self._facts())
        return True, f"{made}: {count} frame(s)"

    def _kept(self, worker: Worker) -> Iterator[Kept]:
        for channel, watch in zip(self._channels, worker.watches, strict=True):
            camera, arrivals = watch.camera, list(watch.kept)
            stamps = [to_nanoseconds(arrival.message.header.stamp) for arrival in arrivals]
            if camera.last_info is not None and stamps:
                # First, as it was for the node: of two messages with one stamp the bag has the first one first.
                yield Kept(min(stamps), camera.info_topic, camera.last_info)
            for stamp_ns, arrival in zip(stamps, arrivals, strict=True):
                yield Kept(stamp_ns, camera.topic, arrival.message)
            for message in list(channel.kept_statuses):
                yield Kept(to_nanoseconds(message.header.stamp), channel.status_topic, message)
        if (odometry := self._odometry()) is not None:
            for message in list(odometry.kept):
                yield Kept(to_nanoseconds(message.header.stamp), odometry.topic, message)

    def _facts(self) -> dict[str, str]:
        statuses = {
            f"status {channel.name}".strip(): ": ".join(map(str, channel.health.current()))
            for channel in self._channels
        }
        return {
            "mgcda_ros": version("mgcda_ros"),
            "torch": str(torch.__version__),
            "python": platform.python_version(),
            "machine": platform.platform(),
            **statuses,
        }
