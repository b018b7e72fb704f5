"""The worker as the heartbeat sees it, which asks from another thread at any moment."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mgcda_core.frame import Status
from mgcda_core.monitoring.monitor import PictureMonitor
from mgcda_ros.health import Health
from mgcda_ros.mailbox import Mailbox
from mgcda_ros.mounting import FixedMounting
from mgcda_ros.worker import Limits, Worker


class StillCamera:
    """Has the attributes of a CameraInput that a worker uses, and never a picture."""

    topic = "/image"
    last_arrival_s = None

    def __init__(self) -> None:
        self.mailbox: Mailbox = Mailbox()

    def close(self) -> None:
        self.mailbox.close()


@pytest.fixture
def health() -> Health:
    return Health(lambda *_: None)


def a_worker(health: Health) -> Worker:
    return Worker(
        camera=StillCamera(),
        mounting=FixedMounting(None),
        odometry=None,
        follower=SimpleNamespace(processor=SimpleNamespace(detector=None)),
        monitor=PictureMonitor(),
        health=health,
        limits=Limits(frame_deadline_s=1.0, maximum_input_age_s=1.0, maximum_latency_s=1.0),
        outputs=(),
        now_ns=lambda: 0,
        publish_report=lambda report: None,
    )


def test_worker_that_has_not_started_is_not_one_that_ended(health: Health) -> None:
    worker = a_worker(health)
    worker.watch()
    worker.start()
    try:
        worker.watch()
        assert health.current() == (Status.STALE, "no frame on /image yet")
    finally:
        worker.stop()


def test_worker_that_was_stopped_is_not_one_that_ended(health: Health) -> None:
    worker = a_worker(health)
    worker.start()
    worker.stop()
    worker.watch()
    assert health.current()[0] == Status.OK


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_worker_that_ended_by_itself_is_blind(health: Health, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = a_worker(health)

    def break_off(timeout_s: float) -> None:
        raise MemoryError

    monkeypatch.setattr(worker.camera.mailbox, "take", break_off)
    worker.start()
    try:
        worker._thread.join(5.0)
        worker.watch()
        status, message = health.current()
        assert status == Status.BLIND
        assert "the worker has ended" in message
    finally:
        worker.stop()
