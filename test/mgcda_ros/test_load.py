"""When cameras are faster than the model: the newest frame is looked at, and soon, and every other one is counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from slow_motion import SlowMotion
from tower import SlowDetector, Tower

from mgcda_core.frame import Frame


@pytest.mark.parametrize("together", [False, True], ids=["in turn", "together"])
@pytest.mark.parametrize(
    ("periods_ms", "look_ms"),
    [
        pytest.param({"front": 33}, 100, id="a model three times too slow"),
        pytest.param({"front": 33}, 34, id="a model a little too slow"),
        pytest.param({"front": 33}, 20, id="a model that is fast enough"),
        pytest.param({"front": 33, "left": 50, "rear": 97}, 70, id="three cameras"),
    ],
)
def test_the_newest_frame_is_reported_on_within_one_look_and_one_period_and_the_others_are_counted(
    monkeypatch: pytest.MonkeyPatch, periods_ms: dict[str, int], look_ms: int, together: bool
) -> None:
    motion = SlowMotion(monkeypatch, periods_ms, look_ms, together=together)
    motion.run(5.0)
    for look in motion.detector.looks:
        assert look.number == look.start_ms // periods_ms[look.topic[1:]], "the last one that had come"
    for name, period_ms in periods_ms.items():
        # One look is that of all of a batch.
        longest_ms = look_ms * (len(periods_ms) if together else 1)
        latencies_ms = [1000 * report.latency_s for report in motion.tower.reports[name]]
        assert look_ms - 1e-6 <= min(latencies_ms) and max(latencies_ms) < longest_ms + period_ms + 1e-6
        mailbox = motion.tower.cameras[name].mailbox
        looked = {look.number for look in motion.detector.looks if look.topic == f"/{name}"}
        overtaken = set(range(mailbox.received - 1)) - looked
        assert mailbox.received == motion.now_ms // period_ms + 1
        assert (mailbox.dropped, motion.tower.reports[name][-1].stamp) == (len(overtaken), max(looked))
        assert bool(overtaken) == (look_ms * len(periods_ms) > period_ms)


class GatedDetector(SlowDetector):
    """Looks for as long as the gate is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.gate = threading.Semaphore(0), threading.Semaphore(0)

    def wait(self, frames: list[Frame]) -> None:
        self.began.release()
        assert self.gate.acquire(timeout=10)


@pytest.fixture
def gated() -> Iterator[tuple[Tower, GatedDetector]]:
    detector = GatedDetector()
    tower = Tower("front", detector=detector)
    tower.start()
    yield tower, detector
    detector.gate.release(1000)
    tower.worker.stop()


def test_of_what_comes_during_a_look_only_the_newest_is_looked_at(gated: tuple[Tower, GatedDetector]) -> None:
    tower, detector = gated
    camera = tower.cameras["front"]
    for number in range(0, 50, 5):
        camera.send(number)  # to a worker that waits for it
        assert detector.began.acquire(timeout=10)
        for later in range(1, 5):
            camera.send(number + later)
        detector.gate.release()
        assert detector.began.acquire(timeout=10)
        detector.gate.release()
        tower.until_reports(2 * (number // 5 + 1), "front")
    assert [report.stamp for report in tower.reports["front"]] == [n for n in range(50) if n % 5 in (0, 4)]
    assert (camera.mailbox.received, camera.mailbox.dropped) == (50, 30)
