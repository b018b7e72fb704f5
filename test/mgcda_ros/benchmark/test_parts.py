"""The parts of a network, timed with clocks that only we move."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rclpy.node import Node
from torch import nn

from mgcda_core.deploy.detector import Detector
from mgcda_core.networks import mgcda
from mgcda_core.processing import Processor
from mgcda_ros.benchmark.chain import benchmark_node
from mgcda_ros.benchmark.parts import REST, TOGETHER, time_parts
from mgcda_ros.benchmark.size_run import WARM_UP, time_size
from mgcda_ros.benchmark.table import format_size


class Clock:
    """Shows the seconds that were added to it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Working(nn.Module):
    """Takes so many seconds of the clock, times what it is given."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds = clock, seconds

    def forward(self, times: float) -> None:
        self.clock.now += self.seconds * times


class TwoParts(nn.Module):
    """A first part that is used twice, a second one, and work of its own."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.first, self.second = clock, Working(clock, 3.0), Working(clock, 5.0)

    def forward(self, times: float) -> None:
        self.first(times)
        self.clock.now += 7.0
        self.second(times)
        self.first(times)


def has_hooks(network: nn.Module) -> bool:
    parts = [network, *network.children()]
    return any(part._forward_hooks or part._forward_pre_hooks for part in parts)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)


def test_parts_and_rest_add_up_to_the_network_at_every_look() -> None:
    clock = Clock()
    network = TwoParts(clock)
    scales = (SimpleNamespace(factor=0.5),)

    def run(given: float) -> None:
        network(given)
        clock.now += 11.0  # between the looks
        network(given / 2)

    detector = SimpleNamespace(network=network, card=SimpleNamespace(scales=scales), run=run)
    rows = time_parts(detector, 10.0, passes=2, warm_up=1, clock=clock)
    assert rows == {
        "first": [60.0, 60.0],
        "second": [50.0, 50.0],
        "first, look at 0.5": [30.0, 30.0],
        "second, look at 0.5": [25.0, 25.0],
        REST: [25.0, 25.0],
        TOGETHER: [190.0, 190.0],
    }


def test_every_part_of_the_shipped_network_is_seen_as_often_as_it_runs(detector: Detector, picture: np.ndarray) -> None:
    """With a clock that counts how often it is read, a part costs one for each time that it runs."""
    readings = count()
    rows = time_parts(detector, detector.preprocess(picture), passes=1, warm_up=0, clock=lambda: next(readings))
    once = {"segmentation": [1], "synthesis": [1], "uncertainty": [1], "dissimilarity": [1]}
    look = {"backbone": [2], **once}  # the picture, and its reconstruction
    (scale,) = detector.card.scales
    looks = look | {f"{name}, look at {scale.factor:g}": times for name, times in look.items()}
    runs = sum(times for (times,) in looks.values())
    # Each run reads the clock twice, and the pass once more at its end.
    assert rows == looks | {REST: [runs + 1], TOGETHER: [2 * runs + 1]}


def test_nothing_stays_in_the_network(detector: Detector, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    original, seen = mgcda.uncertainty_maps, []

    def failing(given: torch.Tensor) -> None:
        seen.append(has_hooks(detector.network) and mgcda.uncertainty_maps is not original)
        raise RuntimeError("out of memory")

    monkeypatch.setattr(detector, "run", failing)
    with pytest.raises(RuntimeError, match="out of memory"):
        time_parts(detector, detector.preprocess(picture), passes=1, warm_up=0)
    assert seen == [True]
    assert not has_hooks(detector.network) and mgcda.uncertainty_maps is original


@pytest.fixture
def node() -> Node:
    with benchmark_node() as node:
        yield node


def test_the_whole_network_is_timed_without_them(
    detector: Detector, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked, run = [], detector.run

    def watched(given: torch.Tensor) -> object:
        hooked.append(has_hooks(detector.network))
        return run(given)

    monkeypatch.setattr(detector, "run", watched)
    times = time_size(Processor(detector), node, (96, 64), frames=2)
    assert hooked == [False] * (WARM_UP + 2) + [True] * (WARM_UP + 2)
    assert {len(seconds) for seconds in times.parts.values()} == {2}
    rows = times.rows()
    parts = sum(rows[f"- {name}"] for name in times.parts if name != TOGETHER)
    assert parts == pytest.approx(rows[f"- {TOGETHER}"])


def test_a_runtime_that_shows_no_parts_says_so_and_is_timed_all_the_same(opaque: Detector, node: Node) -> None:
    times = time_size(Processor(opaque), node, (96, 64), frames=1, batch_sizes=(2,))
    assert times.parts == {}
    assert min(times.steps["preprocess"] + times.steps["network"] + times.steps["postprocess"]) > 0
    table = format_size(times, WARM_UP)
    assert "parts: not visible in this runtime" in table
    assert "backbone" not in table
