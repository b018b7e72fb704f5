"""The worker: as the heartbeat sees it, which asks from another thread at any moment, and fair to several cameras."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tower import SlowDetector, Tower

from mgcda_core.frame import Status


@pytest.fixture
def tower() -> Iterator[Callable[..., Tower]]:
    made: list[Tower] = []

    def make(*names: str, **how: Any) -> Tower:
        made.append(Tower(*names, **how))
        return made[-1]

    yield make
    for each in made:
        each.worker.stop()


def test_worker_that_has_not_started_is_not_one_that_ended(tower: Callable[..., Tower]) -> None:
    one = tower("front")
    one.worker.watch()
    one.start()
    one.worker.watch()
    assert one.status("front") == (Status.STALE, "no frame on /front yet")


def test_worker_that_was_stopped_is_not_one_that_ended(tower: Callable[..., Tower]) -> None:
    one = tower("front")
    one.start()
    one.worker.stop()
    one.worker.watch()
    assert one.status("front")[0] == Status.OK


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_worker_that_ended_by_itself_is_blind_for_every_camera(
    tower: Callable[..., Tower], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = tower("front", "rear")

    def break_off(timeout_s: float) -> None:
        raise MemoryError

    monkeypatch.setattr(both.cameras["front"].mailbox, "take", break_off)
    both.start()
    both.worker.wake()
    both.until(lambda: not both.worker.is_alive)
    both.worker.watch()
    for name in ("front", "rear"):
        assert both.status(name)[0] == Status.BLIND and "the worker has ended" in both.status(name)[1]


@pytest.mark.parametrize("together", [False, True])
def test_no_camera_starves_however_fast_another_is(tower: Callable[..., Tower], together: bool) -> None:
    three = tower("fast", "slow", "other", detector=SlowDetector(seconds=0.02), together=together)
    three.start()
    ended = threading.Event()

    def flood() -> None:
        for number in range(1_000_000):
            if ended.wait(0.001):
                return
            three.cameras["fast"].send(number)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for number in range(8):
            before = len(three.detector.looked)
            three.cameras["slow"].send(number)
            three.cameras["other"].send(number)
            three.until_reports(number + 1, "slow", "other")
            # The round under way and the one after it, of at most three looks each.
            assert len(three.detector.looked) - before <= 6
    finally:
        ended.set()
        thread.join()
    assert len(three.reports["fast"]) >= 4 and three.cameras["fast"].mailbox.dropped > 0
    for name in ("fast", "slow", "other"):
        stamps = [report.stamp for report in three.reports[name]]
        assert stamps == sorted(stamps), "never an older frame after a newer one"


def test_in_turn_each_is_the_newest_when_its_turn_comes(tower: Callable[..., Tower]) -> None:
    both = tower("front", "rear", detector=SlowDetector(seconds=0.3))
    both.cameras["front"].send(1)
    both.cameras["rear"].send(1)
    both.start()
    both.until(lambda: both.worker.is_alive and both.cameras["front"].mailbox._item is None)
    both.cameras["rear"].send(2)  # while the other is looked at
    both.until(lambda: both.reports["rear"])
    assert both.reports["rear"][0].stamp == 2


def test_together_they_are_one_batch(tower: Callable[..., Tower]) -> None:
    three = tower("front", "left", "right", together=True)
    for name in ("front", "right"):
        three.cameras[name].send(7)
    three.start()
    three.until(lambda: three.reports["front"] and three.reports["right"])
    assert three.detector.looked == [[("/front", 7), ("/right", 7)]]
    assert not three.reports["left"]


def test_one_that_fails_leaves_the_others_alone(tower: Callable[..., Tower]) -> None:
    both = tower("front", "rear", detector=SlowDetector(broken="/front"))
    both.start()
    for number in range(3):
        for camera in both.cameras.values():
            camera.send(number)
        both.until_reports(number + 1, "front", "rear")
    assert both.status("rear")[0] == Status.OK
    assert both.status("front")[0] == Status.BLIND and "RuntimeError: no answer" in both.status("front")[1]
    assert {report.status for report in both.reports["front"]} == {Status.BLIND}
    assert {report.status for report in both.reports["rear"]} == {Status.OK}


def test_of_a_batch_that_fails_each_is_looked_at_alone(tower: Callable[..., Tower]) -> None:
    both = tower("front", "rear", detector=SlowDetector(broken="/front"), together=True)
    for camera in both.cameras.values():
        camera.send(0)
    both.start()
    both.until_reports(1, "front", "rear")
    assert both.reports["front"][0].status == Status.BLIND and "no answer" in both.reports["front"][0].message
    assert both.reports["rear"][0].status == Status.OK
    assert both.forgotten == [], "what fails in one camera is not forgotten in another"


def test_one_that_dies_is_stale_and_the_others_go_on(tower: Callable[..., Tower]) -> None:
    both = tower("front", "rear")
    both.start()
    for number in range(100):
        if number < 3:
            both.cameras["front"].send(number)
        both.cameras["rear"].send(number)
        time.sleep(0.01)
    both.worker.watch()
    assert both.status("front")[0] == Status.STALE and "no frame on /front" in both.status("front")[1]
    assert both.status("rear")[0] == Status.OK


@pytest.mark.parametrize(("rate_hz", "hangs"), [(0.0, True), (1.0, False)], ids=["every frame", "one a second"])
def test_skipped_frames_are_no_sign_of_a_detector_that_hangs(
    tower: Callable[..., Tower], rate_hz: float, hangs: bool
) -> None:
    one = tower("front", rate_hz=rate_hz, patience_s=0.1)
    one.start()
    camera = one.cameras["front"]
    camera.send(1)
    one.until_reports(1, "front")
    # Frames come on, and none of them reaches the mailbox.
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        camera.last_arrival_s = time.monotonic()
        time.sleep(0.01)
    one.worker.watch()
    assert ("none was reported on" in one.status("front")[1]) == hangs
