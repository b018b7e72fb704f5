"""How often and how soon frames are reported on, over the last seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

WINDOW_S = 10.0
MOST_FRAMES = 1000


class Pace:
    """Remembers the frames of the last WINDOW_S seconds. Safe to use from two threads. clock: seconds, steady."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began_s = self._clock()
        self._frames: deque[tuple[float, float, float]] = deque(maxlen=MOST_FRAMES)
        self._lock = threading.Lock()

    def add(self, latency_s: float, input_age_s: float) -> None:
        """Note a frame that was reported on now."""
        with self._lock:
            self._frames.append((self._clock(), latency_s, input_age_s))

    def figures(self) -> dict[str, float]:
        """Return rate_hz and, where there were frames, latency_s_p50, latency_s_max and input_age_s (the median)."""
        now_s = self._clock()
        with self._lock:
            while self._frames and now_s - self._frames[0][0] > WINDOW_S:
                self._frames.popleft()
            frames = np.array(self._frames).reshape(-1, 3)
        # Right after the start the window is not full yet.
        figures = {"rate_hz": len(frames) / max(1e-9, min(WINDOW_S, now_s - self._began_s))}
        if len(frames):
            latencies = frames[:, 1]
            figures |= {
                "latency_s_p50": float(np.median(latencies)),
                "latency_s_max": float(latencies.max()),
                "input_age_s": float(np.median(frames[:, 2])),
            }
        return figures
