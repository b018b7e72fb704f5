"""Whether a batch pays is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from mgcda_core.deploy.weights import Exported
from mgcda_core.frame import Frame
from mgcda_ros.batching import GAIN, SIZE, batch_pays, blank_frame


class Timed:
    """Takes a time per picture and a time per call; a negative one is what each further picture takes longer.

    The first call of all takes longer.
    """

    card = SimpleNamespace(exported=None)

    def __init__(self, per_picture_s: float, per_call_s: float) -> None:
        self.per_picture_s, self.per_call_s = per_picture_s, per_call_s
        self.warm_up_s = 0.05

    def detect(self, frame: Frame) -> None:
        self.detect_together([frame])

    def detect_together(self, frames: Sequence[Frame]) -> None:
        time.sleep(self.seconds(len(frames)) + self.warm_up_s)
        self.warm_up_s = 0.0

    def seconds(self, count: int) -> float:
        extra = self.per_call_s if self.per_call_s > 0 else -self.per_call_s * (count - 1)
        return self.per_picture_s * count + extra


@pytest.mark.parametrize(
    ("per_picture_s", "per_call_s", "pays"),
    [
        pytest.param(0.02, -0.02, False, id="a CPU whose caches are full"),
        pytest.param(0.005, 0.03, True, id="a GPU that is not"),
    ],
)
def test_a_batch_pays_where_calls_cost_more_than_pictures(per_picture_s: float, per_call_s: float, pays: bool) -> None:
    timed = Timed(per_picture_s, per_call_s)
    found, told = batch_pays(timed, 3)
    assert found == pays
    assert told.startswith("3 cameras: ") and told.endswith("as a batch" if pays else "one after the other")
    assert (timed.seconds(3) < GAIN * 3 * timed.seconds(1)) == pays
    assert not 0.6 < timed.seconds(3) / (3 * timed.seconds(1)) < 1.3, (
        "the case is clear, whatever else the machine does"
    )


def test_a_file_of_one_size_is_warmed_up_with_that() -> None:
    assert blank_frame(None).image.shape == SIZE
    assert blank_frame(Exported("onnx", "float32", 320, 640, "", 0.0)).image.shape == (320, 640, 3)
