"""Cameras that send by a timetable and a model that takes as long as it is told to, in a time that only they move."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from tower import SlowDetector, Tower

from mgcda_core.frame import Frame

FULL_PX = 320


class Look(NamedTuple):
    """One picture that the model looked at, how finely, and when it began to, milliseconds."""

    topic: str
    number: int
    long_side_px: int
    start_ms: int


class TimedDetector(SlowDetector):
    """Takes look_ms for a picture at the full size, and for a smaller one less, by its pixels.

    only_px: it fails at every other size; None: it does not.
    """

    def __init__(self, motion: SlowMotion, look_ms: int) -> None:
        super().__init__(long_side_px=FULL_PX)
        self.motion, self.look_ms = motion, look_ms
        self.only_px: int | None = None
        self.looks: list[Look] = []

    def wait(self, frames: list[Frame]) -> None:
        size = self.long_side_px
        self.looks += [Look(frame.frame_id, frame.stamp, size, self.motion.now_ms) for frame in frames]
        self.motion.pass_ms(round(len(frames) * self.look_ms * (size / FULL_PX) ** 2))
        if self.only_px not in (None, size):
            raise RuntimeError(f"no look at {size} px")


class SlowMotion:
    """Runs a worker without its thread. Picture number n of a camera comes at n times its period, milliseconds.

    size: height and width of the pictures; how: as Tower has it.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        periods_ms: dict[str, int],
        look_ms: int,
        size: tuple[int, int] = (32, FULL_PX),
        **how: Any,
    ) -> None:
        self.now_ms = 0
        self.periods_ms, self._sent = periods_ms, dict.fromkeys(periods_ms, 0)
        clock = SimpleNamespace(monotonic=lambda: self.now_ms / 1000)
        monkeypatch.setattr("mgcda_ros.camera_watch.time", clock)
        monkeypatch.setattr("tower.time", clock)
        self.detector = TimedDetector(self, look_ms)
        self.tower = Tower(*periods_ms, detector=self.detector, size=size, **how)
        self.tower.worker.watches = self.tower.watches
        self.pass_ms(0)

    def pass_ms(self, passed_ms: int) -> None:
        """Let time pass, and pictures come meanwhile, each at its time."""
        end_ms = self.now_ms + passed_ms
        while (due := min((self._sent[name] * period, name) for name, period in self.periods_ms.items()))[0] <= end_ms:
            self.now_ms, name = due
            self.tower.cameras[name].send(self._sent[name])
            self._sent[name] += 1
        self.now_ms = end_ms

    def run(self, seconds: float) -> None:
        """Let the worker look at what comes for so long."""
        end_ms = self.now_ms + round(1000 * seconds)
        while self.now_ms < end_ms:
            if not self.tower.worker._round():
                self.pass_ms(1)
