"""Our reference-sized network with random weights beside the one in use: what the smaller one saves."""

from __future__ import annotations

import time

import numpy as np
import torch

from mgcda_core.datasets.classes import CITYSCAPES_CLASSES
from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.architecture_table import architecture_rows
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import NAMED
from mgcda_ros.benchmark.results import ReferenceTimes
from mgcda_ros.benchmark.stopwatch import Clock, Stopwatch
from mgcda_ros.benchmark.surroundings import memory_mib

SIZE = (1024, 512)
MODEL_PASSES = 5


def time_reference(
    detector: Detector,
    architecture: Architecture = NAMED["reference"],
    size: tuple[int, int] = SIZE,
    clock: Clock = time.perf_counter,
) -> ReferenceTimes:
    """Return what one pass of an architecture costs at a size (width, height), and MODEL_PASSES of the detector's own.

    One pass before each is not timed. The detector's is all that its card asks for, further looks included.
    """
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    watch = Stopwatch(clock)
    with torch.inference_mode():
        given = detector.preprocess(noise)
        for _ in range(1 + MODEL_PASSES):
            with watch.step("model"):
                detector.run(given)
    (row,) = architecture_rows(
        [("reference", architecture)], class_count=len(CITYSCAPES_CLASSES), height=height, width=width, frames=1
    )
    return ReferenceTimes(
        size=f"{width}x{height}",
        parameters=row.parameters,
        seconds=row.milliseconds / 1000,
        model=detector.model,
        model_seconds=watch.seconds["model"][1:],
        peak_memory_mib=memory_mib()["peak so far"],
    )


def format_reference(times: ReferenceTimes) -> str:
    """Return both times and their ratio in words."""
    ours = float(np.median(times.model_seconds))
    return (
        f"reference-sized network ({times.parameters / 1e6:.1f} M parameters, random weights), a pass at {times.size}: "
        f"{times.seconds:.2f} s; {times.model}: {ours:.3f} s (median of {len(times.model_seconds)}), "
        f"{times.seconds / ours:.1f} times as fast; peak memory of the process {times.peak_memory_mib:.0f} MiB"
    )
