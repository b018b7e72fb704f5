"""The worker: looks at the newest frame of every camera in turn, with the one model that they share."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.resolution_budget import ResolutionBudget
from mgcda_core.frame import Frame, ScoreMap
from mgcda_ros.camera_input import Arrival
from mgcda_ros.camera_watch import CameraWatch

STOP_DEADLINE_S = 10.0
WAIT_S = 1.0

Taken = tuple[CameraWatch, Arrival, Frame]


class Worker:
    """Runs in a thread of its own from start() to stop().

    In each round every camera that has a new frame is looked at once, so that none can starve another. together: their
    frames go through the network as one batch, all of them then as late as the last; otherwise one after the other,
    each the newest when its turn comes. wake(): to be called with every picture that comes.

    latency_budget_s: as the parameter of that name says; it may be set at any time and counts from the next look on.
    resolution: what it has led to. The detector's long_side_px is changed by the worker's thread alone, between looks,
    and is what it was before when the thread ends.
    """

    def __init__(self, detector: Detector, *, together: bool = False, latency_budget_s: float = 0.0) -> None:
        self.watches: Sequence[CameraWatch] = ()
        self.latency_budget_s = latency_budget_s
        self.resolution = ResolutionBudget(detector.long_side_px)
        self._picture_px: dict[CameraWatch, int] = {}
        self._detector = detector
        self._together = together
        self._news = threading.Event()
        self._stopping = False
        self._paused = False
        self._thread = threading.Thread(target=self._run, name="mgcda_worker", daemon=True)

    def wake(self) -> None:
        """Have it look for frames."""
        self._news.set()

    @property
    def is_alive(self) -> bool:
        """Return whether it looks."""
        return self._thread.is_alive()

    def start(self, watches: Sequence[CameraWatch]) -> None:
        """Begin to look at these cameras, which call wake() with every picture."""
        self.watches = watches
        for watch in watches:
            watch.report_silence()
        self._thread.start()
        for watch in watches:
            watch.start()

    def pause(self, paused: bool) -> None:
        """Look at nothing from now on, or look again; the frame in work is finished."""
        if self._paused and not paused:
            for watch in self.watches:
                watch.camera.mailbox.take(0)  # what has waited meanwhile shows the past
        self._paused = paused
        self.wake()

    def stop(self) -> None:
        """Unsubscribe and wait for the frame in work; raises TimeoutError where it does not end."""
        self._stopping = True
        for watch in self.watches:
            watch.camera.close()
        self.wake()
        if self._thread.ident is not None:
            self._thread.join(STOP_DEADLINE_S)
        for watch in self.watches:
            watch.end()
        if self._thread.is_alive():
            raise TimeoutError(f"the worker did not stop within {STOP_DEADLINE_S:g} s")

    def watch(self) -> None:
        """Have every camera report what is wrong with it; called by the heartbeat."""
        for watch in self.watches:
            if self._paused:
                watch.be_patient()
            watch.watch(worker_is_alive=self.is_alive)

    def _run(self) -> None:
        try:
            while not self._stopping:
                if self._news.wait(WAIT_S):
                    self._news.clear()
                    while not (self._stopping or self._paused) and self._round():
                        pass
        finally:
            self._detector.long_side_px = self.resolution.set_px

    def _round(self) -> bool:
        """Look at one frame of every camera that has one, and return whether there was any."""
        return self._look_together() if self._together else self._look_in_turn()

    def _look_in_turn(self) -> bool:
        any_taken = False
        latencies_s: dict[CameraWatch, float | None] = {}
        for watch in self.watches:
            arrival = watch.camera.mailbox.take(0)
            if arrival is None:
                continue
            any_taken = True
            if (frame := self._frame(watch, arrival)) is not None:
                self._resize([(watch, arrival, frame)])
                latencies_s[watch] = self._conclude(watch, arrival, frame, None)
        self._judge(latencies_s)
        return any_taken

    def _look_together(self) -> bool:
        arrivals = [(watch, arrival) for watch in self.watches if (arrival := watch.camera.mailbox.take(0)) is not None]
        taken: list[Taken] = []
        for watch, arrival in arrivals:
            if (frame := self._frame(watch, arrival)) is not None:
                taken.append((watch, arrival, frame))
        if taken:
            self._conclude_together(taken)
        return bool(arrivals)

    def _conclude_together(self, taken: Sequence[Taken]) -> None:
        self._resize(taken)
        try:
            score_maps: list[ScoreMap | None] = list(self._detector.detect_together([frame for _, _, frame in taken]))
        except Exception:  # of one of them; alone, each fails by itself or is looked at
            score_maps = [None] * len(taken)
        latencies_s: dict[CameraWatch, float | None] = {}
        for (watch, arrival, frame), score_map in zip(taken, score_maps, strict=True):
            latencies_s[watch] = self._conclude(watch, arrival, frame, score_map)
        self._judge(latencies_s)

    def _resize(self, taken: Sequence[Taken]) -> None:
        """Have the detector look at these frames as finely as the budget allows now."""
        self._picture_px |= {watch: max(frame.image.shape[:2]) for watch, _, frame in taken}
        self.resolution.adopt(self.latency_budget_s, max(self._picture_px.values()))
        self._detector.long_side_px = self.resolution.long_side_px

    def _judge(self, latencies_s: Mapping[CameraWatch, float | None]) -> None:
        """Take in a round's latencies, seconds, None where a look failed."""
        if known := {watch: latency_s for watch, latency_s in latencies_s.items() if latency_s is not None}:
            self.resolution.judge(known)
        elif latencies_s:
            self.resolution.fail()

    @staticmethod
    def _conclude(watch: CameraWatch, arrival: Arrival, frame: Frame, score_map: ScoreMap | None) -> float | None:
        try:
            return watch.conclude(arrival, frame, score_map)
        except Exception as error:  # the next frame may be fine, and the other cameras have nothing to do with it
            watch.fail(arrival, error)
            return None

    @staticmethod
    def _frame(watch: CameraWatch, arrival: Arrival) -> Frame | None:
        try:
            return watch.frame(arrival)
        except Exception as error:
            watch.fail(arrival, error)
            return None
