"""Times everything for pictures of one size: the chain frame by frame, then the network's parts, then batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from rclpy.node import Node
from tqdm import tqdm

from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import Frame
from mgcda_core.processing import Processor
from mgcda_ros.benchmark.chain import Chain
from mgcda_ros.benchmark.parts import time_parts
from mgcda_ros.benchmark.pictures import Pictures, as_jpeg, made_up_regions
from mgcda_ros.benchmark.results import SizeTimes
from mgcda_ros.benchmark.steps import DECODE
from mgcda_ros.benchmark.stopwatch import Clock, Stopwatch
from mgcda_ros.benchmark.surroundings import memory_mib
from mgcda_ros.images import compressed_to_rgb

WARM_UP = 3
"""Frames, passes and batches before those that are timed: the first allocate memory and choose algorithms."""


def time_size(
    processor: Processor,
    node: Node,
    size: tuple[int, int],
    *,
    frames: int,
    regions: int = 0,
    batch_sizes: Sequence[int] = (),
) -> SizeTimes:
    """Return what pictures of one size (width, height) cost.

    frames: timed in the chain, and as many passes of the network in parts and pictures in batches of each size.
    regions: made-up ones in every frame instead of what the network finds; 0: what it finds.
    """
    width, height = size
    pictures, chain, watch = Pictures(width, height), Chain(processor, node), Stopwatch()
    made_up = made_up_regions(height, width, regions)
    try:
        for number in tqdm(range(WARM_UP + frames), desc=f"{width}x{height}"):
            shot = pictures.shot(number)
            jpeg = as_jpeg(shot.message)
            if number == WARM_UP:
                watch, chain.published = Stopwatch(), dict.fromkeys(chain.published, 0)
            frame = chain.frame(shot, watch)
            score_map = chain.look(frame, watch)
            if regions:
                score_map = replace(score_map, probability=made_up)
            chain.conclude(frame, score_map, watch)
            # Last, so that the chain is as warm as with a camera that sends raw pictures.
            with watch.step(DECODE):
                compressed_to_rgb(jpeg)
    finally:
        chain.close()
    detector = processor.detector
    with torch.inference_mode():
        given = detector.preprocess(frame.image)
    parts = time_parts(detector, given, frames, WARM_UP)
    batches = {str(count): time_batches(detector, frame, count, pictures=frames) for count in batch_sizes}
    return SizeTimes(dict(watch.seconds), parts, batches, chain.published, memory_mib())


def time_batches(
    detector: Detector, frame: Frame, count: int, *, pictures: int, clock: Clock = time.perf_counter
) -> list[float]:
    """Return seconds per picture of batches of count copies of a frame, so many that pictures go through in all."""
    watch = Stopwatch(clock)
    for number in range(WARM_UP + -(-pictures // count)):
        if number == WARM_UP:
            watch = Stopwatch(clock)
        with watch.step("batch"):
            detector.detect_together([frame] * count)
    return [seconds / count for seconds in watch.seconds["batch"]]
