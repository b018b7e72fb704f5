"""The parts of a report, on inputs that can be worked out on paper."""

from __future__ import annotations

import xml.dom.minidom
from types import SimpleNamespace

import numpy as np
import pytest
from result_samples import located

from mgcda_core.frame import HazardReport, HazardState, Status
from mgcda_ros.bags.stored import Topic
from mgcda_ros.parameters.file import checked_values
from mgcda_ros.replay.alarms import Alarms
from mgcda_ros.replay.looker import Look
from mgcda_ros.replay.status_times import Segment, seconds_by_status, status_segments
from mgcda_ros.replay.tally import Tally
from mgcda_ros.replay.timeline import colour_of, timeline
from mgcda_ros.replay.topics import choose_topics
from mgcda_ros.replay.travelled import Travelled

OK, DEGRADED, STALE, BLIND = Status
S = 10**9


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param([], [(0, 10, STALE)], id="no frame at all"),
        pytest.param([(0, OK)], [(0, 2, OK), (2, 10, STALE)], id="one frame, then silence"),
        pytest.param([(9, OK)], [(0, 9, STALE), (9, 10, OK)], id="a late first frame"),
        pytest.param([(t, OK) for t in range(11)], [(0, 10, OK)], id="frames all the time"),
        pytest.param(
            [(0, OK), (1, BLIND), (2, OK)], [(0, 1, OK), (1, 2, BLIND), (2, 4, OK), (4, 10, STALE)], id="blind"
        ),
        pytest.param([(0, OK), (8, OK)], [(0, 2, OK), (2, 8, STALE), (8, 10, OK)], id="a gap"),
        pytest.param([(5, OK), (5, BLIND)], [(0, 5, STALE), (5, 7, BLIND), (7, 10, STALE)], id="two at one time"),
    ],
)
def test_status_holds_until_the_next_frame_or_until_it_is_overdue(frames: list, expected: list) -> None:
    segments = status_segments(((t * S, status) for t, status in frames), 0, 10 * S, 2 * S)
    assert segments == [Segment(start * S, end * S, status) for start, end, status in expected]
    assert sum(seconds_by_status(segments).values()) == 10


def look(time_ns: int, *hazards: object, epoch: int = 0) -> Look:
    report = HazardReport(time_ns, "camera", Status.OK, "", tuple(hazards))
    return Look(0, time_ns, time_ns, report, None, epoch, 0.0)


def test_alarm_is_counted_once_from_its_confirmation_on() -> None:
    alarms = Alarms()
    tentative, confirmed = (located(1, 20, 0, state=state) for state in (HazardState.TENTATIVE, HazardState.CONFIRMED))
    coasting = located(1, 10, 0, state=HazardState.COASTING)
    assert alarms.add(look(1, tentative)) == []
    assert len(alarms.add(look(2, confirmed))) == 1
    assert alarms.add(look(3, coasting)) == []
    assert len(alarms.add(look(4, confirmed, epoch=1))) == 1, "the same number after a failure is another hazard"
    first = alarms.all[0]
    assert (first.start_ns, first.end_ns, first.frames, first.distance_m) == (2, 3, 2, 10)
    assert [alarm.number for alarm in alarms.all] == [1, 2]


def test_coasting_hazard_is_not_judged_by_what_is_labelled_where_it_was() -> None:
    alarms = Alarms()
    labels = np.zeros((720, 1280), np.uint8)
    alarms.add(look(1, located(1, 10, 0, state=HazardState.COASTING)), labels)
    assert not alarms.all[0].labelled


def pose(time_s: float, x: float, y: float = 0.0) -> SimpleNamespace:
    stamp = SimpleNamespace(sec=int(time_s), nanosec=round(time_s % 1 * 1e9))
    turn = SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0)
    where = SimpleNamespace(position=SimpleNamespace(x=x, y=y), orientation=turn)
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), pose=SimpleNamespace(pose=where))


@pytest.mark.parametrize(
    ("poses", "kilometres"),
    [
        pytest.param([], None, id="no pose"),
        pytest.param([(0, 0)], None, id="one pose"),
        pytest.param([(0, 0), (1, 10), (2, 30)], 0.03, id="driving"),
        pytest.param([(0, 0), (1, 10), (2, 0)], 0.02, id="there and back"),
        pytest.param([(t / 10, 0.02 * (t % 2)) for t in range(100)], 0.0, id="noise of standing"),
        pytest.param([(0, 0), (1, 10), (2, 10_000), (3, 10_010)], 0.02, id="odometry set anew"),
        pytest.param([(0, 0), (1, float("nan")), (2, 10)], 0.01, id="a pose that is none"),
    ],
)
def test_way_is_the_sum_of_its_steps(poses: list, kilometres: float | None) -> None:
    travelled = Travelled()
    for time_s, x in poses:
        travelled.add(pose(time_s, x))
    assert travelled.kilometres == (None if kilometres is None else pytest.approx(kilometres))


IMAGE, PACKED, INFO = (f"sensor_msgs/msg/{name}" for name in ("Image", "CompressedImage", "CameraInfo"))
DRIVE = "nav_msgs/msg/Odometry"


@pytest.mark.parametrize(
    ("topics", "asked", "overrides", "expected"),
    [
        pytest.param(
            {"/cam/image_raw": IMAGE}, None, {}, ("/cam/image_raw", "/cam/camera_info", None), id="the only one"
        ),
        pytest.param({"/image": PACKED}, None, {}, ("/image", "/camera_info", None), id="without a namespace"),
        pytest.param(
            {"/cam/image/compressed": PACKED},
            None,
            {},
            ("/cam/image/compressed", "/cam/camera_info", None),
            id="packed",
        ),
        pytest.param({"/a/i": IMAGE, "/b/i": IMAGE}, "/b/i", {}, ("/b/i", "/b/camera_info", None), id="asked for"),
        pytest.param(
            {"/a/i": IMAGE, "/b/i": IMAGE, "/calibration": INFO},
            None,
            {"image_topic": "b/i", "camera_info_topic": "/calibration"},
            ("/b/i", "/calibration", None),
            id="as parameters say",
        ),
        pytest.param(
            {"/a/i/compressed": PACKED, "/b/i": IMAGE},
            None,
            {"image_topic": "/a/i", "image_transport": "compressed"},
            ("/a/i/compressed", "/a/camera_info", None),
            id="packed, as parameters say",
        ),
        pytest.param({"/a/i": IMAGE}, None, {"image_topic": "image"}, ("/a/i", "/a/camera_info", None), id="remapped"),
        pytest.param(
            {"/a/i": IMAGE, "/odom": DRIVE}, None, {}, ("/a/i", "/a/camera_info", "/odom"), id="the only odometry"
        ),
        pytest.param(
            {"/a/i": IMAGE, "/odom": DRIVE, "/wheel": DRIVE},
            None,
            {},
            ("/a/i", "/a/camera_info", None),
            id="two odometries",
        ),
    ],
)
def test_topics_are_chosen_as_people_expect(topics: dict, asked: str | None, overrides: dict, expected: tuple) -> None:
    found = choose_topics(
        {name: Topic(name, kind, 5) for name, kind in topics.items()},
        topic=asked, truth=None, overrides=overrides, values=checked_values(overrides),
    )  # fmt: skip
    assert (found.image, found.info, found.travelled) == expected
    assert found.odometry is None, "hazards are followed with odometry only where the parameters say so"


def test_timeline_of_a_flapping_status_stays_small_and_shows_the_worst() -> None:
    frames = [(t * S, BLIND if t % 3 == 0 else OK) for t in range(30_000)]
    tally = Tally()
    for time_ns, status in frames:
        tally.times_ns.append(time_ns)
        tally.statuses.append(status)
        tally.latencies_s.append(None if status == BLIND else 0.1)
        tally.nearest_m.append(None)
    outcome = SimpleNamespace(
        start_ns=0, end_ns=30_000 * S, tally=tally, alarms=[], values={"maximum_latency_s": 1.0},
        segments=status_segments(frames, 0, 30_000 * S, 2 * S),
    )  # fmt: skip
    drawn = timeline(outcome)
    assert len(drawn) < 400_000 and drawn.count(colour_of(BLIND)) > 500
    assert xml.dom.minidom.parseString(drawn).documentElement.tagName == "svg"
