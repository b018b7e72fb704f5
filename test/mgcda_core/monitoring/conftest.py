"""What the tests of the monitoring share: rendered drives, and a monitor that is shown them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import pytest

from mgcda_core.frame import Frame, ScoreMap
from mgcda_core.monitoring.monitor import MonitorSettings, PictureMonitor
from mgcda_core.simulation.drive import Drive

ROAD = 3


@lru_cache
def rendered(seed: int, count: int, interval_s: float = 0.5) -> tuple[np.ndarray, ...]:
    """Return the pictures of a drive, uint8 (180, 320, 3); do not change them."""
    drive = Drive(seed=seed, width=320, height=180, speed_mps=12.0)
    return tuple(drive.render(index * interval_s).image for index in range(count))


def score_map(semantics: np.ndarray | None) -> ScoreMap:
    """Return a score map of nothing with these classes."""
    return ScoreMap(np.zeros((1, 1), np.float32), semantics, 0, "camera")


def watch(
    pictures: Iterable[np.ndarray],
    *,
    interval_s: float = 0.5,
    semantics: np.ndarray | None = None,
    settings: MonitorSettings | None = None,
) -> list[tuple[str, ...]]:
    """Show a fresh monitor these pictures, interval_s apart, and return what it says of each."""
    monitor, shown = PictureMonitor(settings), score_map(semantics)
    return [
        monitor.problems(Frame(picture, 10**9 + round(index * interval_s * 1e9), "camera"), shown, (ROAD,))
        for index, picture in enumerate(pictures)
    ]


@pytest.fixture(scope="session")
def drive_pictures() -> Callable:
    """Return rendered()."""
    return rendered


@pytest.fixture(scope="session")
def watch_pictures() -> Callable:
    """Return watch()."""
    return watch


@pytest.fixture(scope="session")
def make_score_map() -> Callable:
    """Return score_map()."""
    return score_map
