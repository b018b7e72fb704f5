"""Whether a batch pays is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from mgcda_core.frame import Frame
from mgcda_ros.batching import GAIN, batch_pays


class Timed:
    """Takes a time per picture and a time per call; the first call of all takes longer."""

    def __init__(self, per_picture_s: float, per_call_s: float) -> None:
        self.per_picture_s, self.per_call_s = per_picture_s, per_call_s
        self.warm_up_s = 0.05

    def detect(self, frame: Frame) -> None:
        self.detect_together([frame])

    def detect_together(self, frames: Sequence[Frame]) -> None:
        time.sleep(self.per_call_s + self.per_picture_s * len(frames) + self.warm_up_s)
        self.warm_up_s = 0.0


@pytest.mark.parametrize(
    ("per_picture_s", "per_call_s", "pays"),
    [pytest.param(0.02, 0.0, False, id="a CPU that is busy"), pytest.param(0.005, 0.03, True, id="a GPU that is not")],
)
def test_a_batch_pays_where_calls_cost_more_than_pictures(per_picture_s: float, per_call_s: float, pays: bool) -> None:
    found, told = batch_pays(Timed(per_picture_s, per_call_s), 3)
    assert found == pays
    assert told.startswith("3 cameras: ") and told.endswith("as a batch" if pays else "one after the other")
    assert (per_call_s + 3 * per_picture_s < GAIN * 3 * (per_call_s + per_picture_s)) == pays, "the case is clear"
