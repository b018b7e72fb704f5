"""The bag that replay writes: the camera's messages as they were, and beside them all that the node would publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from rclpy.serialization import serialize_message

from mgcda_core.frame import HazardReport, Status
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_ros import settings as meanings
from mgcda_ros.bags.definitions import type_name
from mgcda_ros.bags.stored import CDR, StoredMessage
from mgcda_ros.bags.writer import BagWriter
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.replay.looker import Look
from mgcda_ros.stamps import SECOND, to_time

NODE = "/mgcda"


class OutputBag:
    """A context manager. path: a folder that must not exist yet. values: every parameter, by name.

    motion: what the outputs ask for the vehicle's motion, None without odometry. topic: of the pictures.

    failures: by topic, what went wrong with how many of its messages. Raises ImportError where ROS is not installed.
    """

    def __init__(self, path: Path, values: Mapping[str, Any], motion: EgoMotion | None, topic: str) -> None:
        self.failures: Counter[str] = Counter()
        self._writer = BagWriter(path)
        self._outputs = available_outputs(
            meanings.published_topics(values),
            meanings.cloud_settings(values),
            meanings.grid_settings(values),
            None if motion is None else motion.between,
        )
        for output in self._outputs:
            self._writer.define(output.message_type)
        self._topic, self._deadline_ns = topic, round(values["frame_deadline_s"] * SECOND)
        self._last_ns: int | None = None
        self._looks = 0

    def __enter__(self) -> OutputBag:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    def copy(self, message: StoredMessage) -> None:
        """Add a message of the bag that is read, as it is."""
        if message.encoding != CDR:
            self.failures[f"{message.topic}: cannot be converted to ROS 2"] += 1
            return
        self._write(message.topic, message.message_type, message.time_ns, message.raw)

    def add(self, look: Look) -> None:
        """Add all outputs of a frame, at the time that its picture was recorded at."""
        self._tell_silence(look.time_ns)
        self._last_ns = look.time_ns
        self._looks += 1
        self._add_status(look.report, look.time_ns)
        for output in self._outputs:
            topic = f"{NODE}/{output.topic}"
            try:
                message = output.blind if look.result is None else output.build(look.result)
            except Exception as error:  # as in the worker: one that fails takes no other down with it
                self.failures[f"{topic}: {type(error).__name__}: {error}"] += 1
                continue
            if message is not None:
                self._write(topic, type_name(output.message_type), look.time_ns, serialize_message(message))

    def end(self, time_ns: int) -> None:
        """Say that the camera was silent until the end of the bag, where it was."""
        self._tell_silence(time_ns)

    def _tell_silence(self, until_ns: int) -> None:
        """Add the heartbeat that the node would have published when no frame came in time."""
        if self._last_ns is None or until_ns - self._last_ns <= self._deadline_ns:
            return
        message = f"no frame on {self._topic} for more than {self._deadline_ns / SECOND:g} s"
        silent_ns = self._last_ns + self._deadline_ns
        self._add_status(HazardReport(None, "", Status.STALE, message), silent_ns)
        for output in self._outputs:
            if output.blind is not None:
                raw = serialize_message(output.blind)
                self._write(f"{NODE}/{output.topic}", type_name(output.message_type), silent_ns, raw)

    def _add_status(self, report: HazardReport, time_ns: int) -> None:
        counters = {"received": self._looks, "processed": self._looks, "dropped": 0}
        message = status_message(report, name=NODE, now=to_time(time_ns), counters=counters)
        self._write(f"{NODE}/status", "diagnostic_msgs/msg/DiagnosticArray", time_ns, serialize_message(message))

    def _write(self, topic: str, message_type: str, time_ns: int, serialized: bytes) -> None:
        try:
            self._writer.write(topic, message_type, time_ns, serialized)
        except OSError:
            raise
        except Exception as error:  # of rosbags, for a type or a message that it does not take
            self.failures[f"{topic}: {type(error).__name__}: {error}"] += 1
