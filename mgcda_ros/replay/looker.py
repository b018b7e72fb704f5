"""One camera's messages through Detector, hazards and judgement, in the order of the bag: what the worker does live.

Time is the bag's, never the clock's: what is found does not depend on the machine's speed. Latency is measured, and
judges nothing; nor does the age of a picture, which is a matter of the vehicle's clocks.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mgcda_core.following import Follower
from mgcda_core.frame import Frame, HazardReport, Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor
from mgcda_ros import settings as meanings
from mgcda_ros.frame_making import FrameMaker
from mgcda_ros.health import Health
from mgcda_ros.judging import judge_outlook, mounted
from mgcda_ros.mounting import Mounting
from mgcda_ros.planar_pose import judge_silence, usable_pose
from mgcda_ros.replay.topics import ChosenTopics
from mgcda_ros.result import Result
from mgcda_ros.stamps import SECOND


@dataclass(frozen=True)
class Look:
    """What came of one picture message.

    number: of the message, from 0. time_ns: when it was recorded. stamp_ns: of its header, None where that cannot be
    read. result: None where nobody could look; report then says BLIND and why. epoch: hazards of one epoch have the
    same id where they are the same; another one begins where the detector failed. latency_s: of this machine.
    """

    number: int
    time_ns: int
    stamp_ns: int | None
    report: HazardReport
    result: Result | None
    epoch: int
    latency_s: float


@dataclass
class Condition:
    """Something that was wrong from one time to another, nanoseconds; end_ns: None where it was to the end."""

    name: str
    status: Status
    message: str
    start_ns: int
    end_ns: int | None = None


class Looker:
    """values: every parameter of the node, by name. mounting: where the camera sits.

    motion: what the vehicle's odometry said so far. conditions: what was wrong and when.
    """

    def __init__(
        self, processor: Processor, values: Mapping[str, Any], topics: ChosenTopics, mounting: Mounting
    ) -> None:
        self.motion = EgoMotion() if topics.odometry is not None else None
        self.conditions: list[Condition] = []
        self._processor, self._topics, self._mounting = processor, topics, mounting
        self._base_frame, self._deadline_ns = values["base_frame"], round(values["frame_deadline_s"] * SECOND)
        self._health = Health(self._log)
        self._maker = FrameMaker(self._health, topic=topics.image, info_topic=topics.info)
        self._follower = Follower(processor, meanings.follow_settings(values), self.motion)
        self._region = meanings.region_of_interest(values)
        self._monitor = PictureMonitor(meanings.monitor_settings(values))
        self._now_ns = self._number = self._epoch = 0
        self._last_pose_ns: int | None = None

    def calibrate(self, message: Any, time_ns: int) -> None:
        """Take in a sensor_msgs/CameraInfo."""
        self._now_ns = time_ns
        self._maker.calibrate(message)

    def move(self, message: Any, time_ns: int) -> None:
        """Take in a nav_msgs/Odometry."""
        self._now_ns = time_ns
        pose = usable_pose(message, base_frame=self._base_frame, topic=str(self._topics.odometry), health=self._health)
        if pose is not None and self.motion is not None:
            self._last_pose_ns = time_ns
            self.motion.add(*pose)

    def unreadable(self, problem: str, time_ns: int) -> Look:
        """Return what is said of a picture message whose fields cannot be read."""
        self._now_ns = time_ns
        self._health.report("input", Status.BLIND, f"{self._topics.image}: {problem}")
        return self._blind(time_ns, None, "", time.perf_counter())

    def look(self, message: Any, time_ns: int) -> Look:
        """Return what is found in a sensor_msgs/Image or CompressedImage; never raises for what is in it."""
        self._now_ns, started_s = time_ns, time.perf_counter()
        stamp_ns = message.header.stamp.sec * SECOND + message.header.stamp.nanosec
        frame_id = message.header.frame_id
        try:
            frame = self._maker.frame(message, self._region)
            if frame is not None:
                return self._follow(frame, time_ns, started_s)
        except Exception as error:  # as in the worker: it is told, and the next frame may be fine
            self._health.report("detector", Status.BLIND, f"{type(error).__name__}: {error}")
            self._epoch += 1
        return self._blind(time_ns, stamp_ns, frame_id, started_s)

    def _follow(self, frame: Frame, time_ns: int, started_s: float) -> Look:
        frame = mounted(frame, self._mounting, self._health, self._topics.info)
        outlook = self._follower.follow(frame)
        latency_s = time.perf_counter() - started_s
        self._health.clear("detector")
        self._watch_odometry(time_ns)
        judge_outlook(
            frame,
            outlook,
            topic=self._topics.image,
            processor=self._processor,
            monitor=self._monitor,
            health=self._health,
        )
        status, message = self._health.current()
        model = self._processor.detector.model
        report = HazardReport(
            frame.stamp, frame.frame_id, status, message, outlook.hazards, latency_s=latency_s, model=model
        )
        result = Result(frame, outlook.score_map, report, self._processor.threshold, outlook.stop_distance_m)
        return self._numbered(time_ns, frame.stamp, report, result, latency_s)

    def _watch_odometry(self, time_ns: int) -> None:
        if self.motion is None:
            return
        silent_s = math.inf if self._last_pose_ns is None else (time_ns - self._last_pose_ns) / SECOND
        judge_silence(self._health, str(self._topics.odometry), silent_s, self._deadline_ns / SECOND)

    def _blind(self, time_ns: int, stamp_ns: int | None, frame_id: str, started_s: float) -> Look:
        _, message = self._health.current()
        report = HazardReport(None, frame_id, Status.BLIND, message, model=self._processor.detector.model)
        return self._numbered(time_ns, stamp_ns, report, None, time.perf_counter() - started_s)

    def _numbered(
        self, time_ns: int, stamp_ns: int | None, report: HazardReport, result: Result | None, latency_s: float
    ) -> Look:
        look = Look(self._number, time_ns, stamp_ns, report, result, self._epoch, latency_s)
        self._number += 1
        return look

    def _log(self, name: str, status: Status, message: str) -> None:
        """Note that a condition began, changed or ended, at the time of the message in work."""
        for condition in self.conditions:
            if condition.name == name and condition.end_ns is None:
                condition.end_ns = self._now_ns
        if status != Status.OK:
            self.conditions.append(Condition(name, status, message, self._now_ns))
