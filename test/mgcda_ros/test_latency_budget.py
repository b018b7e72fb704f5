"""latency_budget_s: what is looked at coarsely, when, and what is said of it; in a time of its own, and in a node."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from harness import Peer, good_image, node_in_process, only_watch
from rclpy.parameter import Parameter
from slow_motion import FULL_PX, SlowMotion
from tower import SlowDetector, Tower

from mgcda_core.frame import Frame, HazardReport, ScoreMap, Status

SIZES = (320, 256, 224, 160)


def reduced(report: HazardReport) -> bool:
    return "reduced resolution" in report.message


def test_every_report_made_at_a_lower_resolution_is_degraded_and_says_from_what_to_what_and_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 200, latency_budget_s=0.2)
    motion.run(10.0)
    motion.detector.look_ms = 40
    motion.run(10.0)
    reports, looks = motion.tower.reports["front"], motion.detector.looks
    sizes = [look.long_side_px for look in looks]
    # 200 ms and up to 50 ms of waiting; at 256 px it is 128 ms and as much.
    assert (sizes[0], min(sizes), sizes[-1]) == (FULL_PX, 256, FULL_PX)
    for report, look in zip(reports, looks, strict=True):
        assert report.status == (Status.OK if look.long_side_px == FULL_PX else Status.DEGRADED)
    lowered = next(filter(reduced, reports)).message
    assert lowered == (
        "reduced resolution: 256 px on the longer side in place of 320, because reports came later than "
        "latency_budget_s (0.2 s): small hazards are missed, far ones are seen 1.2 times nearer"
    )
    assert (reports[-1].status, reports[-1].message) == (Status.OK, "looking")


def test_at_the_lowest_resolution_it_says_that_reports_are_still_late(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 1000, latency_budget_s=0.1)
    motion.run(15.0)
    last = motion.tower.reports["front"][-1]
    assert last.status == Status.DEGRADED and "160 px on the longer side in place of 320" in last.message
    assert last.message.endswith(
        "they still do at the lowest resolution: raise latency_budget_s, or give the node more of the machine"
    )


@pytest.mark.parametrize("budget_s", [0.0, 2.0], ids=["none", "one that is kept"])
def test_without_need_the_resolution_stays(monkeypatch: pytest.MonkeyPatch, budget_s: float) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 1000, latency_budget_s=budget_s)
    motion.run(60.0)
    assert {look.long_side_px for look in motion.detector.looks} == {FULL_PX}
    assert {report.status for report in motion.tower.reports["front"]} == {Status.OK}


def test_a_budget_that_is_set_while_it_looks_counts_from_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 200)
    motion.run(3.0)
    motion.tower.worker.latency_budget_s = 0.2
    motion.run(5.0)
    assert motion.detector.looks[-1].long_side_px == 256
    motion.tower.worker.latency_budget_s = 0.0
    count = len(motion.detector.looks)
    motion.run(1.0)
    assert {look.long_side_px for look in motion.detector.looks[count:]} == {FULL_PX}
    assert {report.status for report in motion.tower.reports["front"][count:]} == {Status.OK}


@pytest.mark.parametrize("together", [False, True], ids=["in turn", "together"])
def test_cameras_share_one_resolution_the_worst_decides_and_none_is_looked_at_less(
    monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    """Each alone would be in time; pictures that come at once wait for each other."""
    cameras = {"front": 400, "left": 400, "rear": 400}
    motion = SlowMotion(monkeypatch, cameras, 100, together=together, latency_budget_s=0.25)
    motion.run(30.0)
    looks = motion.detector.looks
    assert looks[0].long_side_px == FULL_PX and looks[-1].long_side_px == 256
    by_camera = {name: [look.number for look in looks if look.topic == f"/{name}"] for name in cameras}
    assert by_camera["front"] == by_camera["left"] == by_camera["rear"] == list(range(len(by_camera["front"])))
    for name in cameras:
        assert "256 px" in motion.tower.reports[name][-1].message
        assert not any("missed" in report.message for report in motion.tower.reports[name][:5])


def test_a_camera_whose_picture_is_small_anyway_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = SlowMotion(monkeypatch, {"front": 400, "small": 400}, 200, latency_budget_s=0.3)
    motion.tower.cameras["small"].size = (32, 160, 3)
    motion.run(10.0)
    assert reduced(motion.tower.reports["front"][-1])
    assert {report.status for report in motion.tower.reports["small"]} == {Status.OK}


def test_pictures_smaller_than_long_side_px_are_lowered_from_what_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 4000, size=(32, 200), latency_budget_s=0.2)
    motion.run(60.0)
    assert "in place of 200," in motion.tower.reports["front"][-1].message
    assert motion.detector.looks[-1].long_side_px == 128


def test_a_model_that_takes_one_size_only_goes_back_to_it_and_says_that_it_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    motion = SlowMotion(monkeypatch, {"front": 50}, 200, latency_budget_s=0.1)
    motion.detector.only_px = FULL_PX
    motion.run(10.0)
    reports = motion.tower.reports["front"]
    assert [report.status for report in reports].count(Status.BLIND) == 1
    assert [look.long_side_px for look in motion.detector.looks].count(FULL_PX) == len(reports) - 1
    assert reports[-1].message == (
        "reports came later than latency_budget_s (0.1 s), and there is no lower resolution: raise "
        "latency_budget_s, or give the node more of the machine"
    )
    assert reports[-1].status == Status.DEGRADED


def test_the_detector_is_what_it_was_once_the_worker_has_stopped() -> None:
    detector = SlowDetector(seconds=0.02, long_side_px=FULL_PX)
    one = Tower("front", detector=detector, latency_budget_s=0.01, size=(32, FULL_PX))
    one.start()
    try:
        for number in range(100):
            one.cameras["front"].send(number)
            one.until_reports(number + 1, "front")
            if detector.long_side_px < FULL_PX:
                break
        assert detector.long_side_px < FULL_PX
    finally:
        one.worker.stop()
    assert detector.long_side_px == FULL_PX


def keep_sending(peer: Peer, done: Callable[[], bool], what: str) -> None:
    """Publish 20 pictures a second until done."""
    last_sent = 0.0

    def is_done() -> bool:
        nonlocal last_sent
        if time.monotonic() - last_sent > 0.05:
            last_sent = time.monotonic()
            peer.image.publish(good_image(peer.now()))
        return done()

    peer.until(is_done, what)


def test_in_a_node_it_goes_down_under_load_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with node_in_process(latency_budget_s=0.3) as (node, peer):
        detector, load_s = node._detector, 0.5

        def detect(frame: Frame) -> ScoreMap:
            time.sleep(load_s * (detector.long_side_px / 160) ** 2)
            return ScoreMap(np.zeros(frame.image.shape[:2], np.float32), None, frame.stamp, frame.frame_id)

        # Without the network, whose time on a busy machine would be a load as well.
        monkeypatch.setattr(detector, "detect", detect)

        def told() -> list[dict]:
            return [values for _, values in peer.statuses if "frame_stamp_ns" in values]

        # 0.5 s at 160 px, 0.32 s at 128 and 0.18 s at 96.
        keep_sending(peer, lambda: any(v["long_side_px"] != "160" for v in told()), "a lower resolution")
        keep_sending(peer, lambda: told()[-1]["long_side_px"] == "96", "the resolution that is in time")
        message = told()[-1]["message"]
        assert "96 px on the longer side in place of 160, because reports came later than latency_budget_s" in message
        load_s = 0.0
        keep_sending(peer, lambda: told()[-1]["long_side_px"] == "160", "the full resolution again")
        keep_sending(peer, lambda: told()[-1]["status"] == "OK", "OK")
        for values in told():
            assert ("in place of 160" in values["message"]) == (values["long_side_px"] != "160")
            assert values["long_side_px"] == "160" or values["status"] == "DEGRADED"
        assert node.set_parameters([Parameter("latency_budget_s", value=0.0)])[0].successful
        keep_sending(peer, lambda: only_watch(node).resolution.budget_s == 0.0, "the budget that was set meanwhile")
