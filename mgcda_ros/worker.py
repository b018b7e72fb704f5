"""The worker: takes the newest frame, looks at it, judges how far that can be trusted, and publishes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mgcda_core.following import Follower, Outlook
from mgcda_core.frame import Frame, HazardReport, Status
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_ros.camera_input import CONDITIONS as CAMERA_CONDITIONS
from mgcda_ros.camera_input import Arrival, CameraInput
from mgcda_ros.health import Health
from mgcda_ros.judging import judge_outlook, mounted
from mgcda_ros.mounting import Mounting
from mgcda_ros.odometry_input import CONDITIONS as ODOMETRY_CONDITIONS
from mgcda_ros.odometry_input import OdometryInput
from mgcda_ros.outputs import Output
from mgcda_ros.result import Result
from mgcda_ros.stamps import SECOND

STOP_DEADLINE_S = 10.0
CONDITIONS = (
    "silence", "worker", "age", "latency", "picture", "resolution", "detector", "outputs", "mounting", "settling",
)  # fmt: skip
"""What is reported here, and is over when the worker stops."""


@dataclass(frozen=True)
class Limits:
    """Seconds, as the parameters of the same names say: frame_deadline_s, maximum_input_age_s, maximum_latency_s."""

    frame_deadline_s: float
    maximum_input_age_s: float
    maximum_latency_s: float


class Worker:
    """Runs in a thread of its own from start() to stop().

    odometry: None where none is used. outputs: with the publisher of each. now_ns: the node's clock, nanoseconds.
    publish_report: called once per frame.
    """

    def __init__(
        self,
        *,
        camera: CameraInput,
        mounting: Mounting,
        odometry: OdometryInput | None,
        follower: Follower,
        monitor: PictureMonitor,
        health: Health,
        limits: Limits,
        outputs: Sequence[tuple[Output, Any]],
        now_ns: Callable[[], int],
        publish_report: Callable[[HazardReport], None],
    ) -> None:
        self.camera = camera
        self.follower = follower
        self.detector = follower.processor.detector
        self.limits = limits
        self.outputs = outputs
        self.processed = 0
        self._mounting = mounting
        self._odometry = odometry
        self._monitor = monitor
        self._health = health
        self._now_ns = now_ns
        self._publish_report = publish_report
        self._patient_since_s = time.monotonic()
        # The heartbeat has a thread of its own: it must not find a worker ended that has not started, or was stopped.
        self._watching = threading.Lock()
        self._watched = False
        self._thread = threading.Thread(target=self._run, name="mgcda_worker", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._health.report("silence", Status.STALE, f"no frame on {self.camera.topic} yet")
        self._thread.start()
        with self._watching:
            self._watched = True

    def stop(self) -> None:
        """Unsubscribe and wait for the frame in work; raises TimeoutError where it does not end."""
        self.camera.close()
        if self._thread.ident is not None:
            self._thread.join(STOP_DEADLINE_S)
        self._mounting.close()
        if self._odometry is not None:
            self._odometry.close()
        with self._watching:
            self._watched = False
        # Only now: a frame in work must not find its own condition lifted and pass for OK.
        for condition in (*CONDITIONS, *CAMERA_CONDITIONS, *ODOMETRY_CONDITIONS):
            self._health.clear(condition)
        if self._thread.is_alive():
            raise TimeoutError(f"the worker did not stop within {STOP_DEADLINE_S:g} s")

    def watch(self) -> None:
        """Report a camera that went silent and a detector that hangs; called by the heartbeat."""
        with self._watching:
            if self._watched:
                self._watch()

    def _watch(self) -> None:
        if not self._thread.is_alive():
            self._health.report("worker", Status.BLIND, "the worker has ended; deactivate and activate the node")
            return
        if self._odometry is not None:
            self._odometry.watch()
        arrived_s, deadline_s = self.camera.last_arrival_s, self.limits.frame_deadline_s
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
        patience_s = deadline_s + self.limits.maximum_latency_s
        hangs = not silent and now_s - self._patient_since_s > patience_s
        message = f"frames come on {self.camera.topic}, but none was reported on for more than {patience_s:g} s"
        self._condition("worker", Status.STALE, hangs, message)

    def _run(self) -> None:
        while not self.camera.mailbox.closed:
            arrival = self.camera.mailbox.take(timeout_s=1.0)
            if arrival is None:
                continue
            try:
                self._look(arrival)
            except Exception as error:  # whatever it is, the vehicle must hear of it, and the next frame may be fine
                self._health.report("detector", Status.BLIND, f"{type(error).__name__}: {error}")
                self._try_to_report_blind(arrival)

    def _look(self, arrival: Arrival) -> None:
        frame = self.camera.frame(arrival)
        if frame is None:
            self._report_blind(arrival)
            return
        frame = mounted(frame, self._mounting, self._health, self.camera.info_topic)
        outlook = self.follower.follow(frame)
        age_s = (self._now_ns() - frame.stamp) / SECOND
        latency_s = time.monotonic() - arrival.arrived_s
        self._health.clear("detector")
        self._judge(frame, outlook, age_s, latency_s)
        status, message = self._health.current()
        report = HazardReport(
            frame.stamp, frame.frame_id, status, message, outlook.hazards, age_s, latency_s, self.detector.model
        )
        threshold = self.follower.processor.threshold
        result = Result(frame, outlook.score_map, report, threshold, outlook.stop_distance_m)
        self.processed += 1
        self._publish(report)
        self._publish_outputs(result)

    def _publish_outputs(self, result: Result) -> None:
        """Publish every output that somebody subscribes to; one that fails takes no other down with it."""
        failures: list[str] = []
        for output, publisher in self.outputs:
            try:
                if publisher.get_subscription_count() > 0 and (message := output.build(result)) is not None:
                    publisher.publish(message)
            except Exception as error:
                failures.append(f"~/{output.topic}: {type(error).__name__}: {error}")
        self._condition("outputs", Status.DEGRADED, bool(failures), "; ".join(failures))

    def _report_blind(self, arrival: Arrival) -> None:
        frame_id = arrival.message.header.frame_id
        _, message = self._health.current()
        self._publish(HazardReport(None, frame_id, Status.BLIND, message, model=self.detector.model))

    def _try_to_report_blind(self, arrival: Arrival) -> None:
        try:
            self._report_blind(arrival)
        except Exception as error:  # the condition stands, and the heartbeat, which has its own thread, will tell of it
            self._health.report("outputs", Status.DEGRADED, f"~/status: {type(error).__name__}: {error}")

    def _publish(self, report: HazardReport) -> None:
        self._patient_since_s = time.monotonic()
        self._publish_report(report)

    def _judge(self, frame: Frame, outlook: Outlook, age_s: float, latency_s: float) -> None:
        self._health.clear("silence")
        self._health.clear("worker")
        topic, limits = self.camera.topic, self.limits
        self._condition(
            "age",
            Status.STALE,
            limits.maximum_input_age_s > 0 and abs(age_s) > limits.maximum_input_age_s,
            f"{topic}: the frame's stamp is {age_s:.2f} s old, outside maximum_input_age_s "
            f"({limits.maximum_input_age_s:g} s); for recorded data set use_sim_time or maximum_input_age_s: 0.0",
        )
        self._condition(
            "latency",
            Status.DEGRADED,
            latency_s > limits.maximum_latency_s,
            f"slow: {latency_s:.2f} s per frame, more than maximum_latency_s ({limits.maximum_latency_s:g} s); "
            "lower long_side_px",
        )
        judge_outlook(
            frame,
            outlook,
            topic=topic,
            processor=self.follower.processor,
            monitor=self._monitor,
            health=self._health,
        )

    def _condition(self, name: str, status: Status, present: bool, message: str) -> None:
        self._health.report(name, status if present else Status.OK, message if present else "")
