"""How long named steps take."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]
"""Seconds from any beginning."""


class Stopwatch:
    """Collects the durations of named steps, seconds, in the order in which they first came."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._clock = clock

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside and file it under name."""
        started = self._clock()
        yield
        self.seconds[name].append(self._clock() - started)
