"""What a frame costs as it grows: with the pixels of the camera, with more cameras, with more hazards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import numpy as np
from rclpy.node import Node
from tqdm import tqdm

from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import ScoreMap
from mgcda_core.processing import Processor
from mgcda_ros.benchmark.chain import Chain
from mgcda_ros.benchmark.pictures import Pictures, Shot, made_up_regions
from mgcda_ros.benchmark.results import GrowthPoint
from mgcda_ros.benchmark.size_run import WARM_UP
from mgcda_ros.benchmark.steps import (
    ALL_BUILD,
    ALL_BUT_NETWORK,
    ALL_PUBLISH,
    LOCATE,
    NETWORK,
    REGIONS,
    WHOLE,
    chain_rows,
)
from mgcda_ros.benchmark.stopwatch import Stopwatch

PIXELS, CAMERAS, HAZARDS = "pixels", "cameras", "hazards"
SIZES = ((640, 360), (1024, 576), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
"""Of one aspect; the network sees at most its card's longer side, so from there on its cost should not grow."""
CAMERA_COUNTS, CAMERA_SIZE = (1, 2, 4), (1024, 576)
HAZARD_COUNTS, HAZARD_SIZE = (0, 20, 50, 100, 200), (1920, 1080)
IN_TURN, TOGETHER = "one after the other", "as a batch"
FROM_MAP = "score map to messages"


def measure_growth(processor: Processor, node: Node, frames: int) -> dict[str, list[GrowthPoint]]:
    """Return the points of all three quantities, of frames each; with several cameras frames is of all together."""
    several, wide = Pictures(*CAMERA_SIZE), Pictures(*HAZARD_SIZE)
    return {
        PIXELS: [grow_pixels(processor, node, frames, Pictures(*size)) for size in SIZES],
        CAMERAS: [grow_cameras(processor, node, frames, several, count) for count in CAMERA_COUNTS],
        HAZARDS: [grow_hazards(processor, node, frames, wide, count) for count in HAZARD_COUNTS],
    }


def grow_pixels(processor: Processor, node: Node, frames: int, pictures: Pictures) -> GrowthPoint:
    """Return what the whole chain and its network cost per frame."""
    chain, label = Chain(processor, node), f"{pictures.width}x{pictures.height}"

    def step(shot: Shot, watch: Stopwatch) -> None:
        frame = chain.frame(shot, watch)
        chain.conclude(frame, chain.look(frame, watch), watch)

    rows = chain_rows(_timed(step, [chain], pictures, frames, label))
    lines = {name: rows[name].tolist() for name in (WHOLE, NETWORK, ALL_BUT_NETWORK)}
    return GrowthPoint(pictures.width * pictures.height / 1e6, label, lines)


def grow_cameras(processor: Processor, node: Node, frames: int, pictures: Pictures, count: int) -> GrowthPoint:
    """Return what a round of count cameras costs, each looked at once, in both ways that the node knows."""
    rounds = -(-frames // count)
    lines: dict[str, list[float]] = {}
    for way, look in ((IN_TURN, _look_in_turn), (TOGETHER, _look_together)):
        chains = [Chain(processor, node, f"camera_{number}/") for number in range(count)]
        step = partial(look, processor.detector, chains)
        lines |= _timed(step, chains, pictures, rounds, f"{count} camera(s), {way}")
    return GrowthPoint(count, f"{count} camera(s), {rounds} round(s)", lines)


def _look_in_turn(detector: Detector, chains: Sequence[Chain], shot: Shot, watch: Stopwatch) -> None:
    ignored = Stopwatch()
    with watch.step(IN_TURN):
        for chain in chains:
            frame = chain.frame(shot, ignored)
            chain.conclude(frame, detector.detect(frame), ignored)


def _look_together(detector: Detector, chains: Sequence[Chain], shot: Shot, watch: Stopwatch) -> None:
    ignored = Stopwatch()
    with watch.step(TOGETHER):
        frames = [chain.frame(shot, ignored) for chain in chains]
        for chain, frame, score_map in zip(chains, frames, detector.detect_together(frames), strict=True):
            chain.conclude(frame, score_map, ignored)


def grow_hazards(processor: Processor, node: Node, frames: int, pictures: Pictures, count: int) -> GrowthPoint:
    """Return what follows the score map costs with count made-up regions on a road; the network is not asked."""
    made_up = made_up_regions(pictures.height, pictures.width, count)
    semantics = np.full(made_up.shape, processor.drivable[0] if processor.drivable else 0, np.uint8)
    chain, reported = Chain(processor, node), []

    def step(shot: Shot, watch: Stopwatch) -> None:
        frame = chain.frame(shot, watch)
        score_map = ScoreMap(made_up, semantics, frame.stamp, frame.frame_id)
        reported.append(chain.conclude(frame, score_map, watch))

    rows = chain_rows(_timed(step, [chain], pictures, frames, f"{count} hazards"))
    lines = {name: rows[name].tolist() for name in (REGIONS, LOCATE, ALL_BUILD, ALL_PUBLISH)}
    lines = {FROM_MAP: np.sum(list(lines.values()), axis=0).tolist(), **lines}
    return GrowthPoint(count, f"{count} made up, {median(reported[WARM_UP:]):g} reported", lines)


def _timed(
    step: Callable[[Shot, Stopwatch], None], chains: Sequence[Chain], pictures: Pictures, rounds: int, told: str
) -> dict[str, list[float]]:
    watch = Stopwatch()
    try:
        for number in tqdm(range(WARM_UP + rounds), desc=told):
            if number == WARM_UP:
                watch = Stopwatch()
            step(pictures.shot(number), watch)
    finally:
        for chain in chains:
            chain.close()
    return dict(watch.seconds)
