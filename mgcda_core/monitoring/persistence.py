"""How long something has been so: one frame is no evidence of a fault that lasts."""

from __future__ import annotations

NANOSECONDS = 1e-9


class Persistence:
    """Counts the frames in a row that something was seen in, and the seconds between the first and the last."""

    def __init__(self) -> None:
        self.frames = 0
        self.seconds = 0.0
        self._since = 0

    def update(self, present: bool, stamp: int) -> None:
        """Take in one more frame. stamp: nanoseconds."""
        if not present:
            self.frames, self.seconds = 0, 0.0
            return
        if self.frames == 0:
            self._since = stamp
        self.frames += 1
        self.seconds = (stamp - self._since) * NANOSECONDS
