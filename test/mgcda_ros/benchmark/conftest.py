"""What the tests of the benchmark share: the shipped detector, a runtime that shows nothing, and results in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from mgcda_core.deploy.detector import Detector
from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.simulation.drive import Drive
from mgcda_ros.benchmark import pictures
from mgcda_ros.benchmark.results import SizeTimes

DRIVES = cache(Drive)
"""Most of the time that these tests would take goes into making drives, which are the same for the same size."""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is published from everybody else on the machine."""
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")


@pytest.fixture(autouse=True)
def drives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one drive per size."""
    monkeypatch.setattr(pictures, "Drive", DRIVES)


@pytest.fixture(scope="session")
def detector() -> Detector:
    """Return the shipped detector. Do not change it."""
    return Detector(threads=1)


class Sealed(NamedTuple):
    """A value between two steps of a detector, which nobody outside of it can use."""

    value: Any


class OpaqueDetector:
    """The shipped detector as a runtime that is not PyTorch would show it."""

    network, runtime = None, "sealed"

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.card, self.model, self.long_side_px = detector.card, detector.model, detector.long_side_px

    def wait(self) -> None:
        self._detector.wait()

    def preprocess(self, image: np.ndarray) -> Sealed:
        return Sealed(self._detector.preprocess(image))

    def run(self, given: Sealed) -> Sealed:
        return Sealed(self._detector.run(given.value))

    def postprocess(self, raw: Sealed, frame: Frame, place: int) -> ScoreMap:
        return self._detector.postprocess(raw.value, frame, place)

    def detect_together(self, frames: Sequence[Frame]) -> list[ScoreMap]:
        return self._detector.detect_together(frames)


@pytest.fixture
def opaque(detector: Detector) -> OpaqueDetector:
    """Return a detector whose network nobody sees."""
    return OpaqueDetector(detector)


@pytest.fixture
def size_times() -> SizeTimes:
    """Return durations of two frames in milliseconds that are powers of two: every sum of them tells its members."""
    steps = {
        "convert": 1, "preprocess": 2, "network": 4, "postprocess": 8, "regions": 16, "positions, tracks": 32,
        "self-monitoring": 64, "~/score, build": 128, "~/score, publish": 256, "~/overlay, build": 512,
        "~/overlay, publish": 1024, "~/grid, build": 2048, "~/grid, publish": 4096, "~/status, build": 8192,
        "~/status, publish": 16384, "decode": 32768,
    }  # fmt: skip
    return SizeTimes({name: [ms / 1000, ms / 1000] for name, ms in steps.items()})
