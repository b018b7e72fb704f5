"""One camera's way from message in to messages out, every step of it timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import rclpy
import torch
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from mgcda_core.following import Follower, FollowSettings
from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor
from mgcda_ros.benchmark.pictures import Shot
from mgcda_ros.benchmark.steps import (
    BUILD,
    CONVERT,
    LOCATE,
    MONITOR,
    NETWORK,
    POSTPROCESS,
    PREPROCESS,
    PUBLISH,
    REGIONS,
)
from mgcda_ros.benchmark.stopwatch import Stopwatch
from mgcda_ros.images import image_to_rgb
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.result import Result

CORRIDOR = CorridorSettings(1.8, 1.0)
"""Of a car: 1.8 m wide, 1 m from the base frame's origin to its front."""


@contextmanager
def benchmark_node() -> Iterator[Node]:
    """Start ROS with one node, and end both."""
    rclpy.init(args=[])
    node = rclpy.create_node("mgcda_benchmark")
    try:
        yield node
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


class Chain:
    """Looks at one camera's pictures as the node does, all outputs on. space: what its topics begin with.

    published: of each output's topic, how many messages there were. close() when done.
    """

    def __init__(self, processor: Processor, node: Node, space: str = "") -> None:
        self._processor, self._node = processor, node
        self._follower, self._monitor = Follower(processor, FollowSettings(corridor=CORRIDOR)), PictureMonitor()
        self._outputs = [
            (output, node.create_publisher(output.message_type, f"~/{space}{output.topic}", 2))
            for output in available_outputs()
        ]
        # Subscribed to, as on a vehicle: a publisher that nobody listens to costs less than one in use.
        self._listeners = [
            node.create_subscription(output.message_type, f"~/{space}{output.topic}", lambda _: None, 2)
            for output, _ in self._outputs
        ]
        self._status = node.create_publisher(DiagnosticArray, f"~/{space}status", 10)
        self.published = {output.topic: 0 for output, _ in self._outputs}

    def close(self) -> None:
        """Take its topics away."""
        for publisher in [publisher for _, publisher in self._outputs] + [self._status]:
            self._node.destroy_publisher(publisher)
        for listener in self._listeners:
            self._node.destroy_subscription(listener)

    def frame(self, shot: Shot, watch: Stopwatch) -> Frame:
        """Return a camera's message as a frame."""
        with watch.step(CONVERT):
            image = image_to_rgb(shot.message)
        return Frame(image, shot.stamp, "camera", shot.camera)

    def look(self, frame: Frame, watch: Stopwatch) -> ScoreMap:
        """Return what the detector says of a frame, as Detector.detect does, in its three steps."""
        detector = self._processor.detector
        with torch.inference_mode():
            with watch.step(PREPROCESS):
                given = detector.preprocess(frame.image)
                detector.wait()
            with watch.step(NETWORK):
                raw = detector.run(given)
                detector.wait()
            with watch.step(POSTPROCESS):
                return detector.postprocess(raw, frame, 0)

    def conclude(self, frame: Frame, score_map: ScoreMap, watch: Stopwatch) -> int:
        """Go on from the score map to everything published, and return how many hazards were reported."""
        processor = self._processor
        with watch.step(REGIONS):
            found = find_hazards(score_map, processor.regions, processor.drivable)
        with watch.step(LOCATE):
            outlook = self._follower.advance(frame, score_map, found)
        with watch.step(MONITOR):
            self._monitor.problems(frame, score_map, processor.drivable)
        report = HazardReport(frame.stamp, "camera", Status.OK, "", outlook.hazards, 0.0, 0.0, processor.detector.model)
        result = Result(frame, score_map, report, processor.threshold, outlook.stop_distance_m)
        for output, publisher in self._outputs:
            with watch.step(f"~/{output.topic}{BUILD}"):
                message = output.build(result)
            # Timed also where there is nothing to publish, so that every step has a duration for every frame.
            with watch.step(f"~/{output.topic}{PUBLISH}"):
                if message is not None:
                    publisher.publish(message)
            self.published[output.topic] += message is not None
        with watch.step(f"~/status{BUILD}"):
            now = self._node.get_clock().now().to_msg()
            message = status_message(report, name="benchmark", now=now, counters={})
        with watch.step(f"~/status{PUBLISH}"):
            self._status.publish(message)
        return len(outlook.hazards)
