"""`mgcda benchmark`: what every step from message in to messages out costs, and how much memory the whole takes."""

from __future__ import annotations

import json
import platform
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rclpy
import torch
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from std_msgs.msg import Header
from tqdm import tqdm

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS
from mgcda_core.following import Follower, FollowSettings
from mgcda_core.frame import Camera, Frame, HazardReport, ScoreMap, Status
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_core.processing import Processor
from mgcda_core.simulation.drive import Drive, RenderedFrame
from mgcda_ros.images import image_to_rgb, rgb_to_image
from mgcda_ros.outputs import Output, available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.result import Result

NETWORK = "network"
SCALING = ("preprocess", "postprocess")
"""To the network's resolution and back; they come with the network, whatever the messages."""
FROM_REGIONS = (
    "regions", "positions, tracks", "~/hazards", "~/hazards_3d", "~/objects", "~/markers", "~/cloud", "~/grid",
    "~/nearest", "~/stop_distance", "~/status",
)  # fmt: skip
"""What is made of a score map for a planner; the pictures among the outputs are not in it."""
MOST_REGIONS = 200
FOR_PEOPLE = ("overlay",)
"""Outputs that no vehicle subscribes to; they are timed, and summed up apart."""


class Stopwatch:
    """Collects the durations of named steps, seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside and file it under name."""
        started = time.perf_counter()
        yield
        self.seconds[name].append(time.perf_counter() - started)


def benchmark(
    sizes: str = "1024x512 1920x1080",
    frames: int = 30,
    regions: int = 0,
    weights: Path = SHIPPED_WEIGHTS,
    threads: int | None = None,
    json_file: Path | None = None,
) -> None:
    """Print the time of every step from image message to published messages, median and 95th percentile.

    Args:
        sizes: width x height of the camera's pictures, pixels, several separated by spaces.
        frames: how many to time, after three to warm up.
        regions: this many made-up regions in every frame instead of what the network finds; 0: what it finds.
        weights: a .safetensors file with its card beside it.
        threads: CPU threads of the network; default: PyTorch's choice.
        json_file: also write the figures there.
    """
    if frames < 1:
        raise ValueError(f"frames: {frames} is not allowed; it must be 1 or more")
    if not 0 <= regions <= MOST_REGIONS:
        raise ValueError(f"regions: {regions} is not allowed; it must be from 0 to {MOST_REGIONS}")
    detector = Detector(weights, threads=threads)
    processor = Processor(detector)
    rclpy.init(args=[])
    node = rclpy.create_node("mgcda_benchmark")
    try:
        results = {size: _time_size(processor, node, size, frames, regions) for size in sizes.split()}
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    about = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}",
        "model": detector.model,
        "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    for name, value in about.items():
        print(f"{name}: {value}")
    for size, steps in results.items():
        print(f"\n{size}\n{_table(steps)}")
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps({**about, "seconds": results}, indent=2))


def _time_size(processor: Processor, node: Node, size: str, frames: int, regions: int) -> dict[str, list[float]]:
    try:
        width, height = (int(side) for side in size.split("x"))
    except ValueError:
        raise ValueError(f"sizes: {size!r} is not allowed; it must be width x height, such as 1024x512") from None
    drive = Drive(seed=7, width=width, height=height)
    outputs = [(out, node.create_publisher(out.message_type, f"~/{out.topic}", 2)) for out in available_outputs()]
    # Subscribed to, as on a vehicle: a publisher that nobody listens to costs less than one in use.
    listeners = [node.create_subscription(out.message_type, f"~/{out.topic}", lambda _: None, 2) for out, _ in outputs]
    status = node.create_publisher(DiagnosticArray, "~/status", 10)
    follower, monitor = Follower(processor, FollowSettings(corridor=CorridorSettings(1.8, 1.0))), PictureMonitor()
    made_up = made_up_regions(height, width, regions)
    watch = Stopwatch()
    for index in tqdm(range(frames + 3), desc=size):
        rendered = drive.render(index / 10)
        message = rgb_to_image(rendered.image, encoding="rgb8", header=Header(frame_id="camera"))
        if index == 3:
            watch = Stopwatch()
        score_map, frame = _look(processor, message, mounted(rendered), index * 10**8, watch)
        if regions:
            score_map = replace(score_map, probability=made_up)
        _follow(follower, monitor, frame, score_map, outputs, status, node, watch)
    for publisher in [publisher for _, publisher in outputs] + [status]:
        node.destroy_publisher(publisher)
    for listener in listeners:
        node.destroy_subscription(listener)
    return dict(watch.seconds)


def mounted(rendered: RenderedFrame) -> Camera:
    """Return the camera of a rendered frame with where it sits."""
    pitch_deg = float(np.rad2deg(rendered.camera_pitch_rad))
    extrinsics = extrinsics_of("base_link", rendered.camera_height_m, pitch_deg, 0.0, 0.0, 0.0, 0.0)
    return replace(rendered.camera, extrinsics=extrinsics)


def made_up_regions(height: int, width: int, count: int) -> np.ndarray:
    """Return probabilities, float32 (height, width), with count ellipses of 0.9 on the lower half, 0 elsewhere.

    They stand in five rows, the lower ones larger: things about 1 m wide on a road, 8 to 50 m away; no two touch.
    """
    probability = np.zeros((height, width), np.float32)
    columns = -(-count // 5)
    for number in range(count):
        row, column = number % 5, number // 5
        centre = (round((column + 0.5) * width / columns), round(height * (0.5 + 0.06 * row)))
        wide = 0.008 + 0.007 * row
        axes = (round(min(wide, 0.4 / columns) * width), round(0.5 * wide * height))
        cv2.ellipse(probability, centre, axes, 0, 0, 360, 0.9, -1)
    return probability


def _look(processor: Processor, message: Any, camera: Camera, stamp: int, watch: Stopwatch) -> tuple[ScoreMap, Frame]:
    detector = processor.detector
    with watch.step("convert"):
        image = image_to_rgb(message)
    frame = Frame(image, stamp, "camera", camera)
    with torch.inference_mode():
        with watch.step("preprocess"):
            tensor = detector.preprocess(image)
        with watch.step(NETWORK):
            raw = detector.run(tensor)
        with watch.step("postprocess"):
            return detector.postprocess(raw, frame), frame


def _follow(
    follower: Follower,
    monitor: PictureMonitor,
    frame: Frame,
    score_map: ScoreMap,
    outputs: list[tuple[Output, Any]],
    status: Any,
    node: Node,
    watch: Stopwatch,
) -> None:
    processor = follower.processor
    with watch.step("regions"):
        found = find_hazards(score_map, processor.regions, processor.drivable)
    with watch.step("positions, tracks"):
        outlook = follower.advance(frame, score_map, found)
    with watch.step("self-monitoring"):
        monitor.problems(frame, score_map, processor.drivable)
    report = HazardReport(frame.stamp, "camera", Status.OK, "", outlook.hazards, 0.0, 0.0, processor.detector.model)
    result = Result(frame, score_map, report, processor.threshold, outlook.stop_distance_m)
    for output, publisher in outputs:
        with watch.step(f"~/{output.topic}"):
            if (message := output.build(result)) is not None:
                publisher.publish(message)
    with watch.step("~/status"):
        now = node.get_clock().now().to_msg()
        status.publish(status_message(report, name="benchmark", now=now, counters={}))


def _table(steps: dict[str, list[float]]) -> str:
    lines = ["| step | p50 ms | p95 ms |", "|---|---|---|"]

    def row(name: str, values: np.ndarray) -> None:
        lines.append(f"| {name} | {1000 * np.percentile(values, 50):.2f} | {1000 * np.percentile(values, 95):.2f} |")

    timed = {name: np.array(values) for name, values in steps.items()}
    for name, values in timed.items():
        row(name, values)
    row("regions to messages in metres", sum(v for name, v in timed.items() if name in FROM_REGIONS))
    beside = {name: v for name, v in timed.items() if name not in (NETWORK, *(f"~/{topic}" for topic in FOR_PEOPLE))}
    row("conversion, hazards, messages", sum(v for name, v in beside.items() if name not in SCALING))
    row("all but network and overlay", sum(beside.values()))
    row("whole chain", sum(timed.values()))
    return "\n".join(lines)
