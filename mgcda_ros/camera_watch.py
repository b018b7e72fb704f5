"""One camera under watch: its frames are looked at, how far that can be trusted is judged, and both are published."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from mgcda_core.deploy.resolution_budget import ResolutionBudget
from mgcda_core.following import Follower, Outlook
from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_ros.camera_input import CONDITIONS as CAMERA_CONDITIONS
from mgcda_ros.camera_input import Arrival, CameraInput
from mgcda_ros.camera_settings import CameraSettings
from mgcda_ros.health import Health
from mgcda_ros.judging import judge_outlook, mounted
from mgcda_ros.mounting import FixedMounting, Mounting
from mgcda_ros.outputs import Output
from mgcda_ros.pace import Pace
from mgcda_ros.result import Result
from mgcda_ros.stamps import SECOND, to_nanoseconds

CONDITIONS = (
    "silence", "worker", "age", "latency", "picture", "resolution", "detector", "outputs", "mounting", "settling",
)  # fmt: skip
"""What is reported here, and is over when the watch ends."""


class CameraWatch:
    """A camera of an active node; the worker's thread calls frame() and conclude(), the heartbeat's watch().

    settings: at the beginning. resolution: of the detector, as the worker chooses it. outputs: with the publisher of
    each. now_ns: the node's clock, nanoseconds. publish_report: called once per frame.
    """

    def __init__(
        self,
        *,
        camera: CameraInput,
        mounting: Mounting,
        follower: Follower,
        settings: CameraSettings,
        resolution: ResolutionBudget,
        health: Health,
        outputs: Sequence[tuple[Output, Any]],
        now_ns: Callable[[], int],
        publish_report: Callable[[HazardReport], None],
    ) -> None:
        self.camera = camera
        self.mounting = mounting
        self.follower = follower
        self.settings = settings
        self.resolution = resolution
        self.monitor = PictureMonitor(settings.monitor)
        self.outputs = outputs
        self.processed = self.too_old = 0
        self.pace = Pace()
        self.kept: deque[Arrival] = deque(maxlen=settings.kept_frames)
        self._forget_first = False
        self._health = health
        self._now_ns = now_ns
        self._publish_report = publish_report
        self._patient_since_s = time.monotonic()
        # The heartbeat has a thread of its own: it must not find a worker ended that has not started, or was stopped.
        self._watching = threading.Lock()
        self._watched = False
        self._changing = threading.Lock()
        self._next: tuple[CameraSettings, Sequence[tuple[Output, Any]]] | None = None

    def adopt(self, settings: CameraSettings, outputs: Sequence[tuple[Output, Any]]) -> None:
        """Have other settings and outputs count from the next frame on; a frame in work keeps those it began with."""
        with self._changing:
            self._next = settings, outputs

    def _take_over(self) -> None:
        """Take over what was handed to adopt(); what did not change keeps its history."""
        with self._changing:
            (settings, self.outputs), self._next = self._next, None
        before, self.settings = self.settings, settings
        if settings.kept_frames != before.kept_frames:
            self.kept = deque(self.kept, maxlen=settings.kept_frames)
        self.camera.view = settings.view
        if settings.monitor != before.monitor:
            self.monitor = PictureMonitor(settings.monitor)
        if isinstance(self.mounting, FixedMounting):
            self.mounting = FixedMounting(settings.extrinsics)
        self.follower.adopt(settings.regions, settings.follow)

    def reset_tracks(self) -> None:
        """Have all hazards forgotten, before the next frame."""
        self._forget_first = True

    def be_patient(self) -> None:
        """Note that nobody looks now: no frame is waited for."""
        self._patient_since_s = time.monotonic()

    def start(self) -> None:
        """Begin to be watched."""
        with self._watching:
            self._watched = True

    def end(self) -> None:
        """Be watched no more, with all conditions lifted; only once the worker has stopped.

        A frame in work must not find its own condition lifted and pass for OK.
        """
        self.mounting.close()
        with self._watching:
            self._watched = False
        for condition in (*CONDITIONS, *CAMERA_CONDITIONS):
            self._health.clear(condition)

    def report_silence(self) -> None:
        """Report that no frame has come yet."""
        self._health.report("silence", Status.STALE, f"no frame on {self.camera.topic} yet")

    def watch(self, *, worker_is_alive: bool) -> None:
        """Report a camera that went silent and a worker that hangs or ended; called by the heartbeat."""
        with self._watching:
            if self._watched:
                self._watch(worker_is_alive)

    def _watch(self, worker_is_alive: bool) -> None:
        if not worker_is_alive:
            self._health.report("worker", Status.BLIND, "the worker has ended; deactivate and activate the node")
            return
        self.camera.watch()
        arrived_s, deadline_s = self.camera.last_arrival_s, self.settings.limits.frame_deadline_s
        now_s = time.monotonic()
        if arrived_s is None:
            self._patient_since_s = now_s
            return
        silent = now_s - arrived_s > deadline_s
        if silent:
            # The detector's time for the first frame after a silence begins with that frame.
            self._patient_since_s = now_s
        self._condition(
            "silence", Status.STALE, silent, f"no frame on {self.camera.topic} for more than {deadline_s:g} s"
        )
        # Frames that are skipped come too, and nobody is to report on them.
        rate_hz = self.settings.view.maximum_rate_hz
        patience_s = deadline_s + self.settings.limits.maximum_latency_s + (1 / rate_hz if rate_hz else 0.0)
        hangs = not silent and now_s - self._patient_since_s > patience_s
        message = f"frames come on {self.camera.topic}, but none was reported on for more than {patience_s:g} s"
        self._condition("worker", Status.STALE, hangs, message)

    def frame(self, arrival: Arrival) -> Frame | None:
        """Return an arrival as a frame with where its camera sat, or None with a report that it is BLIND for it."""
        if self._next is not None:
            self._take_over()
        if self._forget_first:
            self._forget_first = False
            self.follower.forget()
        self.kept.append(arrival)
        if self._is_out_of_time(arrival):
            return None
        frame = self.camera.frame(arrival)
        if frame is None:
            self._report_unseen(arrival, Status.BLIND)
            return None
        return mounted(frame, self.mounting, self._health, self.camera.info_topic)

    def _is_out_of_time(self, arrival: Arrival) -> bool:
        """Report a frame that is too old, or from the future, as STALE; no time is lost by looking at it."""
        limit_s = self.settings.limits.maximum_input_age_s
        age_s = (self._now_ns() - to_nanoseconds(arrival.message.header.stamp)) / SECOND
        is_out = limit_s > 0 and abs(age_s) > limit_s
        self._condition(
            "age",
            Status.STALE,
            is_out,
            f"{self.camera.topic}: the frame's stamp is {age_s:.2f} s old, outside maximum_input_age_s "
            f"({limit_s:g} s): it is not looked at; for recorded data set use_sim_time or maximum_input_age_s: 0.0",
        )
        if is_out:
            self.too_old += 1
            self._report_unseen(arrival, Status.STALE)
        return is_out

    def conclude(self, arrival: Arrival, frame: Frame, score_map: ScoreMap | None) -> float:
        """Follow the hazards of a frame, judge it, publish all, and return the report's latency, seconds.

        score_map: None where nobody has looked yet.
        """
        outlook = self.follower.follow(frame, score_map)
        age_s = (self._now_ns() - frame.stamp) / SECOND
        latency_s = time.monotonic() - arrival.arrived_s
        self._health.clear("detector")
        self._judge(frame, outlook, latency_s)
        status, message = self._health.current()
        processor = self.follower.processor
        report = HazardReport(
            frame.stamp, frame.frame_id, status, message, outlook.hazards, age_s, latency_s, processor.detector.model
        )
        result = Result(frame, outlook.score_map, report, processor.threshold, outlook.stop_distance_m)
        self.processed += 1
        self.pace.add(latency_s, age_s)
        self._publish(report)
        self._publish_outputs(result)
        return latency_s

    def fail(self, arrival: Arrival, error: Exception) -> None:
        """Report that an arrival could not be looked at, whatever the reason: the vehicle must hear of it."""
        self._health.report("detector", Status.BLIND, f"{type(error).__name__}: {error}")
        try:
            self._report_unseen(arrival, Status.BLIND)
        except Exception as failure:  # the condition stands, and the heartbeat, which has its own thread, tells of it
            self._health.report("outputs", Status.DEGRADED, f"~/status: {type(failure).__name__}: {failure}")

    def _publish_outputs(self, result: Result) -> None:
        """Publish every output that somebody subscribes to; one that fails takes no other down with it."""
        failures: list[str] = []
        for output, publisher in self.outputs:
            try:
                if publisher.get_subscription_count() > 0 and (message := output.build(result)) is not None:
                    publisher.publish(message)
            except Exception as error:
                failures.append(f"~/{output.topic}: {type(error).__name__}: {error}")
        self._health.degrade("outputs", "; ".join(failures))

    def _report_unseen(self, arrival: Arrival, at_least: Status) -> None:
        """Report that an arrival was not looked at, even if its condition has been lifted meanwhile."""
        status, message = self._health.current()
        model = self.follower.processor.detector.model
        frame_id = arrival.message.header.frame_id
        self._publish(HazardReport(None, frame_id, max(status, at_least), message, model=model))

    def _publish(self, report: HazardReport) -> None:
        self._patient_since_s = time.monotonic()
        self._publish_report(report)

    def _judge(self, frame: Frame, outlook: Outlook, latency_s: float) -> None:
        self._health.clear("silence")
        self._health.clear("worker")
        topic, limits, processor = self.camera.topic, self.settings.limits, self.follower.processor
        self._condition(
            "latency",
            Status.DEGRADED,
            latency_s > limits.maximum_latency_s,
            f"slow: {latency_s:.2f} s per frame, more than maximum_latency_s ({limits.maximum_latency_s:g} s); "
            "lower long_side_px, or set latency_budget_s",
        )
        judge_outlook(
            frame,
            outlook,
            topic=topic,
            processor=processor,
            monitor=self.monitor,
            health=self._health,
            resolution=self.resolution,
        )

    def _condition(self, name: str, status: Status, present: bool, message: str) -> None:
        self._health.report(name, status if present else Status.OK, message if present else "")
