"""One camera as the node has it from start to end: its topics and its status, whether it is looked at or not."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.lifecycle import LifecycleNode

from mgcda_core.frame import HazardReport, Status
from mgcda_core.hazards.ground_grid import Motion
from mgcda_ros.camera_settings import CameraSettings
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.health import Health
from mgcda_ros.outputs import Output, available_outputs
from mgcda_ros.outputs.diagnostics import diagnostics_message
from mgcda_ros.outputs.status import status_message
from mgcda_ros.subscribing import OVERRIDABLE

KEPT_STATUSES = 300
HEARTBEAT_CHECK = 0.1
"""How often it is looked whether a heartbeat is due, as a share of heartbeat_s."""
LONGEST_CHECK_S = 0.05
"""However rare the heartbeat is: by this much more than frame_deadline_s may a silence go unnoticed."""


def check_period_s(heartbeat_s: float) -> float:
    """Return how often, in seconds, it is looked for silence, and whether a heartbeat is due."""
    return min(heartbeat_s * HEARTBEAT_CHECK, LONGEST_CHECK_S)


class CameraChannel:
    """Publishes what is known of one camera below ~/NAME/, or below ~/ for the one camera without a name.

    shared: conditions of the whole node. log: as Health has it. watch: what looks at it while the node is active.
    """

    def __init__(self, node: LifecycleNode, name: str, shared: Health, log: Callable[[str, Status, str], None]) -> None:
        self.name = name
        self.health = Health(log, shared)
        self.watch: CameraWatch | None = None
        self._node = node
        self._prefix = f"~/{name}/" if name else "~/"
        self._full_name = node.get_fully_qualified_name() + (f"/{name}" if name else "")
        self._outputs: dict[str, tuple[Output, Any]] = {}
        self._made_for: dict[str, Any] = {}
        self._wanted: frozenset[str] = frozenset()
        self._frame_id = ""
        self._lock = threading.Lock()
        self._last_report_s = time.monotonic()
        self._last_report: HazardReport | None = None
        self._diagnosed_s, self._diagnosed_status = -math.inf, Status.BLIND
        self._status_publisher = node.create_publisher(DiagnosticArray, f"{self._prefix}status", 10)
        self.status_topic: str = self._status_publisher.topic_name
        self._diagnostics_publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.kept_statuses: deque[DiagnosticArray] = deque(maxlen=KEPT_STATUSES)

    def outputs(
        self, settings: CameraSettings, motion_between: Callable[[int, int], Motion | None] | None
    ) -> list[tuple[Output, Any]]:
        """Return the outputs that settings ask for with their publishers, made where they are new.

        What settings do not change stays as it is, ~/grid with what it remembers. The topic of an output that is not
        asked for any more is kept until free(): the worker may be publishing on it.
        """
        self._wanted = settings.topics
        depends = {"cloud": settings.cloud, "grid": settings.grid}
        for output in available_outputs(settings.topics, settings.cloud, settings.grid, motion_between):
            known = self._outputs.get(output.topic)
            if known is None:
                publisher = self._node.create_publisher(
                    output.message_type, f"{self._prefix}{output.topic}", 2, qos_overriding_options=OVERRIDABLE
                )
                self._outputs[output.topic] = output, publisher
            elif self._made_for[output.topic] != depends.get(output.topic):
                self._outputs[output.topic] = output, known[1]
            self._made_for[output.topic] = depends.get(output.topic)
        return [pair for topic, pair in self._outputs.items() if topic in settings.topics]

    def free(self) -> None:
        """Give the outputs back."""
        for _, publisher in self._outputs.values():
            self._node.destroy_publisher(publisher)
        self._outputs, self._made_for, self._wanted = {}, {}, frozenset()

    def heartbeat(self, heartbeat_s: float, model: str) -> None:
        """Publish a status that belongs to no frame, where none was published within heartbeat_s, seconds.

        At once where nobody looks any more: no frame is going to tell of that.
        """
        status, message = self.health.current()
        last = self._last_report
        is_news = status >= Status.STALE and (last is None or status > last.status)
        if is_news or time.monotonic() - self._last_report_s >= heartbeat_s - check_period_s(heartbeat_s):
            if status == Status.OK:
                # A heartbeat of OK, with no hazards, would speak for a frame that nobody has looked at yet.
                status, message = Status.DEGRADED, "between frames: no report within heartbeat_s"
            self.publish_report(HazardReport(None, "", status, message, model=model))

    def publish_report(self, report: HazardReport) -> None:
        """Publish the status, and where it belongs to no frame, what outputs say then."""
        now = self._node.get_clock().now().to_msg()
        message = status_message(report, name=self._full_name, now=now, counters=self._counters())
        with self._lock:
            self._last_report_s, self._last_report = time.monotonic(), report
            self._frame_id = report.frame_id or self._frame_id
            self._status_publisher.publish(message)
            self.kept_statuses.append(message)
            if report.stamp is None:
                for output, publisher in list(self._outputs.values()):
                    if output.blind is not None and output.topic in self._wanted:
                        publisher.publish(output.blind)

    def diagnose(self, period_s: float, model: str, machine: Callable[[], dict[str, float]]) -> None:
        """Publish to /diagnostics what has not been told for period_s, seconds, or a status that is another now.

        machine: returns what the process takes of the machine.
        """
        report, now_s = self._last_report, time.monotonic()
        if report is None or (now_s - self._diagnosed_s < period_s and report.status == self._diagnosed_status):
            return
        self._diagnosed_s, self._diagnosed_status = now_s, report.status
        watch = self.watch
        values = {"model": model, **self._counters(), **({} if watch is None else watch.pace.figures())}
        self._diagnostics_publisher.publish(
            diagnostics_message(
                report.status,
                report.message,
                name=self._full_name,
                hardware_id=self._frame_id,
                now=self._node.get_clock().now().to_msg(),
                values=values | machine(),
            )
        )

    def _counters(self) -> dict[str, int]:
        if (watch := self.watch) is None:
            return {}
        camera = watch.camera
        return {
            "received": camera.mailbox.received + camera.skipped,
            "processed": watch.processed,
            "dropped": camera.mailbox.dropped,
            "skipped": camera.skipped,
            "too_old": watch.too_old,
            "long_side_px": watch.follower.processor.detector.long_side_px,
        }
