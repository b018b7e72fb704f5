"""The worker: as the heartbeat sees it, which asks from another thread at any moment, and fair to several cameras."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mgcda_core.following import Outlook
from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_ros.camera_input import Arrival
from mgcda_ros.camera_settings import Limits, View
from mgcda_ros.camera_watch import CameraWatch
from mgcda_ros.health import Health
from mgcda_ros.mailbox import Mailbox
from mgcda_ros.mounting import FixedMounting
from mgcda_ros.stamps import to_time
from mgcda_ros.worker import Worker

DEADLINE_S = 10.0


class StandIn:
    """Has the attributes of a CameraInput that a watch uses; what is put into its mailbox is a frame of its."""

    def __init__(self, name: str, wake: Callable[[], object]) -> None:
        self.topic, self.info_topic = f"/{name}", f"/{name}_info"
        self.last_arrival_s: float | None = None
        self.mailbox: Mailbox[Arrival] = Mailbox(wake)

    def send(self, number: int) -> None:
        self.last_arrival_s = time.monotonic()
        header = SimpleNamespace(frame_id=self.topic, stamp=to_time(number))
        self.mailbox.put(Arrival(SimpleNamespace(header=header, number=number), self.last_arrival_s))

    def frame(self, arrival: Arrival) -> Frame:
        image = np.random.default_rng(arrival.message.number).integers(0, 255, (64, 64, 3), np.uint8)
        return Frame(image, arrival.message.number, self.topic)

    def watch(self) -> None:
        pass

    def close(self) -> None:
        self.mailbox.close()


class SlowDetector:
    """Takes a moment per call and remembers what it looked at; fails for the frames of one topic."""

    model, long_side_px, card = "slow", 64, SimpleNamespace(long_side_px=64)

    def __init__(self, seconds: float = 0.0, broken: str = "") -> None:
        self.seconds, self.broken = seconds, broken
        self.looked: list[list[tuple[str, int]]] = []

    def detect(self, frame: Frame) -> ScoreMap:
        return self.detect_together([frame])[0]

    def detect_together(self, frames: list[Frame]) -> list[ScoreMap]:
        time.sleep(self.seconds)
        self.looked.append([(frame.frame_id, frame.stamp) for frame in frames])
        if any(frame.frame_id == self.broken for frame in frames):
            raise RuntimeError("no answer")
        return [ScoreMap(np.zeros((64, 64), np.float32), None, frame.stamp, frame.frame_id) for frame in frames]


class Tower:
    """A worker with cameras of these names, and all reports by topic; end it with stop()."""

    def __init__(
        self,
        *names: str,
        detector: SlowDetector | None = None,
        together: bool = False,
        rate_hz: float = 0.0,
        patience_s: float = 30.0,
    ) -> None:
        self.rate_hz, self.patience_s = rate_hz, patience_s
        self.forgotten: list[str] = []
        self.detector = detector or SlowDetector()
        self.worker = Worker(self.detector, together=together)
        self.health = {name: Health(lambda *_: None) for name in names}
        self.cameras = {name: StandIn(name, self.worker.wake) for name in names}
        self.reports: dict[str, list[HazardReport]] = {name: [] for name in names}
        self.watches = [self._watch(name) for name in names]

    def _watch(self, name: str) -> CameraWatch:
        def follow(frame: Frame, score_map: ScoreMap | None) -> Outlook:
            return Outlook(score_map or self.detector.detect(frame), (), True, 0.0)

        follower: Any = SimpleNamespace(
            processor=SimpleNamespace(detector=self.detector, threshold=0.5, drivable=()),
            follow=follow,
            forget=lambda: self.forgotten.append(name),
        )
        limits = Limits(frame_deadline_s=0.5, maximum_input_age_s=0.0, maximum_latency_s=self.patience_s)
        return CameraWatch(
            camera=self.cameras[name],
            mounting=FixedMounting(None),
            follower=follower,
            settings=SimpleNamespace(
                limits=limits, monitor=MonitorSettings(), kept_frames=2, view=View(maximum_rate_hz=self.rate_hz)
            ),
            health=self.health[name],
            outputs=(),
            now_ns=lambda: 0,
            publish_report=self.reports[name].append,
        )

    def start(self) -> None:
        self.worker.start(self.watches)

    def status(self, name: str) -> tuple[Status, str]:
        return self.health[name].current()

    def until_reports(self, count: int, *names: str) -> None:
        self.until(lambda: all(len(self.reports[name]) >= count for name in names))

    def until(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"not within {DEADLINE_S} s: {self.detector.looked[-5:]}"
            time.sleep(0.005)


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
