"""A worker with cameras that are stand-ins and a model that is one: what is looked at, when, and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from mgcda_core.following import Outlook
from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_ros.camera_input import Arrival
from mgcda_ros.camera_settings import Limits, View
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.health import Health
from mgcda_ros.mailbox import Mailbox
from mgcda_ros.mounting import FixedMounting
from mgcda_ros.stamps import to_time
from mgcda_ros.worker import Worker

DEADLINE_S = 10.0


class StandIn:
    """Has the attributes of a CameraInput that a watch uses; what is put into its mailbox is a frame of its."""

    def __init__(self, name: str, wake: Callable[[], object], height: int, width: int) -> None:
        self.size = (height, width, 3)
        self.topic, self.info_topic = f"/{name}", f"/{name}_info"
        self.last_arrival_s: float | None = None
        self.mailbox: Mailbox[Arrival] = Mailbox(wake)

    def send(self, number: int) -> None:
        self.last_arrival_s = time.monotonic()
        header = SimpleNamespace(frame_id=self.topic, stamp=to_time(number))
        self.mailbox.put(Arrival(SimpleNamespace(header=header, number=number), self.last_arrival_s))

    def frame(self, arrival: Arrival) -> Frame:
        image = np.random.default_rng(arrival.message.number).integers(0, 255, self.size, np.uint8)
        return Frame(image, arrival.message.number, self.topic)

    def watch(self) -> None:
        pass

    def close(self) -> None:
        self.mailbox.close()


class SlowDetector:
    """Takes a moment per call and remembers what it looked at; fails for the frames of one topic."""

    model = "slow"
    fallback: str | None = None

    def __init__(self, seconds: float = 0.0, broken: str = "", long_side_px: int = 64) -> None:
        self.seconds, self.broken = seconds, broken
        self.long_side_px, self.card = long_side_px, SimpleNamespace(long_side_px=long_side_px)
        self.looked: list[list[tuple[str, int]]] = []

    def detect(self, frame: Frame) -> ScoreMap:
        return self.detect_together([frame])[0]

    def detect_together(self, frames: list[Frame]) -> list[ScoreMap]:
        self.wait(frames)
        self.looked.append([(frame.frame_id, frame.stamp) for frame in frames])
        if any(frame.frame_id == self.broken for frame in frames):
            raise RuntimeError("no answer")
        return [
            ScoreMap(np.zeros(frame.image.shape[:2], np.float32), None, frame.stamp, frame.frame_id) for frame in frames
        ]

    def wait(self, frames: list[Frame]) -> None:
        time.sleep(self.seconds)


class Tower:
    """A worker with cameras of these names, and all reports by topic; end it with stop()."""

    def __init__(
        self,
        *names: str,
        detector: SlowDetector | None = None,
        together: bool = False,
        rate_hz: float = 0.0,
        patience_s: float = 30.0,
        latency_budget_s: float = 0.0,
        size: tuple[int, int] = (64, 64),
    ) -> None:
        self.rate_hz, self.patience_s = rate_hz, patience_s
        self.forgotten: list[str] = []
        self.detector = detector or SlowDetector()
        self.worker = Worker(self.detector, together=together, latency_budget_s=latency_budget_s)
        self.health = {name: Health(lambda *_: None) for name in names}
        self.cameras = {name: StandIn(name, self.worker.wake, *size) for name in names}
        self.reports: dict[str, list[HazardReport]] = {name: [] for name in names}
        self.watches = [self._watch(name) for name in names]

    def _watch(self, name: str) -> CameraWatch:
        def follow(frame: Frame, score_map: ScoreMap | None) -> Outlook:
            return Outlook(score_map or self.detector.detect(frame), (), True, 0.0)

        follower: Any = SimpleNamespace(
            processor=SimpleNamespace(detector=self.detector, threshold=0.5, drivable=()),
            follow=follow,
            forget=lambda: self.forgotten.append(name),
        )
        limits = Limits(frame_deadline_s=0.5, maximum_input_age_s=0.0, maximum_latency_s=self.patience_s)
        return CameraWatch(
            camera=self.cameras[name],
            mounting=FixedMounting(None),
            follower=follower,
            settings=SimpleNamespace(
                limits=limits, monitor=MonitorSettings(), kept_frames=2, view=View(maximum_rate_hz=self.rate_hz)
            ),
            resolution=self.worker.resolution,
            health=self.health[name],
            outputs=(),
            now_ns=lambda: 0,
            publish_report=self.reports[name].append,
        )

    def start(self) -> None:
        self.worker.start(self.watches)

    def status(self, name: str) -> tuple[Status, str]:
        return self.health[name].current()

    def until_reports(self, count: int, *names: str) -> None:
        self.until(lambda: all(len(self.reports[name]) >= count for name in names))

    def until(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"not within {DEADLINE_S} s: {self.detector.looked[-5:]}"
            time.sleep(0.005)
