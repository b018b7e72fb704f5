"""Whether the pictures of several cameras are better looked at together: measured, on this machine, with this model."""

from __future__ import annotations

import math
import time

import numpy as np

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import Exported
from mgcda_core.frame import Frame

SIZE = (576, 1024, 3)
ROUNDS = 3
GAIN = 0.9
"""A batch pays where it takes less than this share of the time that its pictures take one after the other: in a batch
all are as late as the last."""


def blank_frame(exported: Exported | None) -> Frame:
    """Return a black picture, to warm a detector up with: of the size that its file takes, where it takes only one."""
    size = SIZE if exported is None else (exported.height, exported.width, 3)
    return Frame(np.zeros(size, np.uint8), 0, "")


def batch_pays(detector: Detector, count: int) -> tuple[bool, str]:
    """Return whether count pictures take clearly less time as a batch than one after the other, and that in words."""
    frames = [blank_frame(detector.card.exported)] * count
    detector.detect_together(frames)  # the first batch of a size allocates its memory
    alone_s, together_s = math.inf, math.inf
    # The least of several rounds: whatever else the machine does makes either way slower, never faster.
    for _ in range(ROUNDS):
        started = time.monotonic()
        for frame in frames:
            detector.detect(frame)
        between = time.monotonic()
        detector.detect_together(frames)
        alone_s, together_s = min(alone_s, between - started), min(together_s, time.monotonic() - between)
    pays = together_s < GAIN * alone_s
    way = "as a batch" if pays else "one after the other"
    return pays, f"{count} cameras: {alone_s:.2f} s one after the other, {together_s:.2f} s as a batch; looks {way}"
