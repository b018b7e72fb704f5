"""`mgcda benchmark`: what every step from message in to messages out costs, and how much memory the whole takes."""

from __future__ import annotations

import json
import platform
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
import torch
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from std_msgs.msg import Header
from tqdm import tqdm

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS
from mgcda_core.frame import Frame, HazardReport, Status
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.processing import Processor
from mgcda_core.simulation.drive import Drive
from mgcda_ros.images import image_to_rgb, rgb_to_image
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.status import status_message
from mgcda_ros.result import Result

NETWORK = "network"
SCALING = ("preprocess", "postprocess")
"""To the network's resolution and back; they come with the network, whatever the messages."""
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
    weights: Path = SHIPPED_WEIGHTS,
    threads: int | None = None,
    json_file: Path | None = None,
) -> None:
    """Print the time of every step from image message to published messages, median and 95th percentile.

    Args:
        sizes: width x height of the camera's pictures, pixels, several separated by spaces.
        frames: how many to time, after three to warm up.
        weights: a .safetensors file with its card beside it.
        threads: CPU threads of the network; default: PyTorch's choice.
        json_file: also write the figures there.
    """
    if frames < 1:
        raise ValueError(f"frames: {frames} is not allowed; it must be 1 or more")
    detector = Detector(weights, threads=threads)
    processor = Processor(detector)
    rclpy.init(args=[])
    node = rclpy.create_node("mgcda_benchmark")
    try:
        results = {size: _time_size(processor, node, size, frames) for size in sizes.split()}
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


def _time_size(processor: Processor, node: Node, size: str, frames: int) -> dict[str, list[float]]:
    try:
        width, height = (int(side) for side in size.split("x"))
    except ValueError:
        raise ValueError(f"sizes: {size!r} is not allowed; it must be width x height, such as 1024x512") from None
    drive = Drive(seed=7, width=width, height=height)
    outputs = [(out, node.create_publisher(out.message_type, f"~/{out.topic}", 2)) for out in available_outputs()]
    # Subscribed to, as on a vehicle: a publisher that nobody listens to costs less than one in use.
    listeners = [node.create_subscription(out.message_type, f"~/{out.topic}", lambda _: None, 2) for out, _ in outputs]
    status = node.create_publisher(DiagnosticArray, "~/status", 10)
    watch = Stopwatch()
    for index in tqdm(range(frames + 3), desc=size):
        message = rgb_to_image(drive.render(index / 10).image, encoding="rgb8", header=Header(frame_id="camera"))
        if index == 3:
            watch = Stopwatch()
        _one_frame(processor, message, outputs, status, node, watch)
    for publisher in [publisher for _, publisher in outputs] + [status]:
        node.destroy_publisher(publisher)
    for listener in listeners:
        node.destroy_subscription(listener)
    return dict(watch.seconds)


def _one_frame(
    processor: Processor, message: Any, outputs: list[tuple[Any, Any]], status: Any, node: Node, watch: Stopwatch
) -> None:
    detector = processor.detector
    with watch.step("convert"):
        image = image_to_rgb(message)
    height, width = image.shape[:2]
    with torch.inference_mode():
        with watch.step("preprocess"):
            tensor = detector.preprocess(image)
        with watch.step(NETWORK):
            raw = detector.run(tensor)
        with watch.step("postprocess"):
            score_map = detector.postprocess(raw, Frame(image, 0, "camera"))
    with watch.step("hazards"):
        hazards = find_hazards(score_map, processor.regions, processor.drivable)
    report = HazardReport(0, "camera", Status.OK, "", hazards, 0.0, 0.0, detector.model)
    result = Result(Frame(image, 0, "camera"), score_map, report, processor.threshold)
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
    beside = {name: v for name, v in timed.items() if name not in (NETWORK, *(f"~/{topic}" for topic in FOR_PEOPLE))}
    row("conversion, hazards, messages", sum(v for name, v in beside.items() if name not in SCALING))
    row("all but network and overlay", sum(beside.values()))
    row("whole chain", sum(timed.values()))
    return "\n".join(lines)
