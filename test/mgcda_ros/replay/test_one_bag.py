"""One bag: the same from every kind of bag and every time, never silent about what could not be seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from bag_samples import (
    KINDS,
    START_NS,
    TYPES,
    Sample,
    cut,
    drive_samples,
    header,
    image,
    sample,
    storage_file,
    text,
    write_bag,
)
from replay_samples import IMAGE, OVERRIDES, job, records, replayed

from mgcda_ros.parameters.checking import ParameterError
from mgcda_ros.replay.fleet import BagResult
from mgcda_ros.replay.merged import write_merged
from mgcda_ros.replay.one_bag import replay_bag

ROOT = Path(__file__).resolve().parents[3]
SECOND = 10**9


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return drive_samples(6)


@pytest.fixture(scope="module")
def expected(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("expected")
    replayed(folder, samples)
    return (folder / "out" / "frames.jsonl").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_bag_gives_the_same_bytes(
    kind: str, samples: list[Sample], expected: bytes, tmp_path: Path
) -> None:
    report = replayed(tmp_path, samples, kind)
    assert (tmp_path / "out" / "frames.jsonl").read_bytes() == expected
    assert report["is_whole"] and report["problems"] == []
    assert report["frames"] == 6 and b'"hazards": [{' in expected


def test_a_latency_budget_lowers_nothing(tmp_path: Path) -> None:
    samples = drive_samples(10)
    plain = replayed(tmp_path / "plain", samples)
    hasty = replayed(tmp_path / "hasty", samples, overrides={"latency_budget_s": 0.01})
    assert len(hasty["records"]) == 10 and hasty["records"] == plain["records"]


def test_compressed_pictures_are_read(samples: list[Sample], tmp_path: Path) -> None:
    packed = [as_png(each) if each.topic == IMAGE else each for each in samples]
    report = replayed(tmp_path, packed, topic=f"{IMAGE}/compressed")
    plain = replayed(tmp_path / "plain", samples)
    assert [each["hazards"] for each in report["records"]] == [each["hazards"] for each in plain["records"]]


def as_png(raw: Sample) -> Sample:
    """Return a picture as image_transport's png has it."""
    message = TYPES.deserialize_cdr(raw.raw, raw.message_type)
    picture = message.data.reshape(message.height, message.width, 3)
    data = cv2.imencode(".png", picture[..., ::-1])[1].ravel()
    kind = "sensor_msgs/msg/CompressedImage"
    return sample(
        f"{IMAGE}/compressed", kind, raw.time_ns, TYPES.types[kind](message.header, "rgb8; png compressed bgr8", data)
    )


def test_cut_bag_gives_the_first_frames_and_says_where_it_ended(
    samples: list[Sample], expected: bytes, tmp_path: Path
) -> None:
    bag = write_bag(tmp_path / "bag", "mcap", samples)
    cut(storage_file(bag), 0.6)
    report = replay_bag(job(bag, tmp_path / "out"), is_quiet=True)
    found = (tmp_path / "out" / "frames.jsonl").read_bytes()
    assert 0 < report["frames"] < 6 and expected.startswith(found)
    last_ns = records(tmp_path / "out")[-1]["time_ns"]
    assert not report["is_whole"] and last_ns <= report["end_ns"] < last_ns + SECOND / 5
    page = (tmp_path / "out" / "report.html").read_text()
    assert "This bag is not whole" in page and str(report["end_ns"]) in page


def test_picture_that_cannot_be_read_is_blind_and_the_next_one_is_seen(samples: list[Sample], tmp_path: Path) -> None:
    damaged = list(samples)
    second, third = [place for place, each in enumerate(damaged) if each.topic == IMAGE][1:3]
    message = TYPES.deserialize_cdr(damaged[second].raw, damaged[second].message_type)
    short = TYPES.types["sensor_msgs/msg/Image"](
        message.header, message.height, message.width, "rgb8", 0, message.step, message.data[:100]
    )
    damaged[second] = sample(IMAGE, "sensor_msgs/msg/Image", damaged[second].time_ns, short)
    damaged[third] = damaged[third]._replace(raw=damaged[third].raw[:50])
    report = replayed(tmp_path, damaged, write_bag=True)
    told = report["records"]
    assert [each["status"] == "BLIND" for each in told] == [False, True, True, False, False, False]
    assert "truncated" in told[1]["message"] and "cannot be read" in told[2]["message"]
    assert told[1]["hazards"] == [] and told[1]["stop_distance_m"] is None
    assert report["frames_by_status"]["BLIND"] == 2 and report["seconds_by_status"]["BLIND"] == pytest.approx(0.2)
    assert any(each["name"] == "input" and each["status"] == "BLIND" for each in report["conditions"])


def test_failing_detector_is_blind_and_hazards_start_anew(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgcda_core.deploy.detector import Detector

    detect = Detector.detect

    def fails_once(self: Detector, frame: object) -> object:
        if frame.stamp == samples[3 + 4 * 2].time_ns:
            raise RuntimeError("the network returned NaN")
        return detect(self, frame)

    monkeypatch.setattr(Detector, "detect", fails_once)
    told = replayed(tmp_path, samples)["records"]
    assert told[2]["status"] == "BLIND" and "NaN" in told[2]["message"]
    assert [each["epoch"] for each in told] == [0, 0, 1, 1, 1, 1]


def test_silence_of_the_camera_is_stale_time(samples: list[Sample], tmp_path: Path) -> None:
    late = [
        each if place < 12 else each._replace(time_ns=each.time_ns + 5 * SECOND) for place, each in enumerate(samples)
    ]
    late.append(text("/other", late[-1].time_ns + 3 * SECOND, "the bag goes on"))
    report = replayed(tmp_path, late)
    seconds = report["seconds_by_status"]
    # 5.1 s between two frames and 3 s at the end, of which the first second is still the last frame's.
    assert seconds["STALE"] == pytest.approx(4.1 + 2.0)
    assert report["silences"] == 2 and sum(seconds.values()) == pytest.approx(report["duration_s"])


def test_way_and_rates_are_those_of_the_drive(samples: list[Sample], tmp_path: Path) -> None:
    report = replayed(tmp_path, samples)
    # 10 m/s for half a second.
    assert report["kilometres"] == pytest.approx(0.005, rel=0.03)
    assert report["rate_hz"]["mean"] == pytest.approx(10)
    count = report["alarms"]["count"]
    confirmed = {h["id"] for each in report["records"] for h in each["hazards"] if h["state"] != "TENTATIVE"}
    assert count == len(confirmed) > 0
    assert report["alarms"]["per_km"] == pytest.approx(count / report["kilometres"])
    assert report["alarms"]["per_minute"] == pytest.approx(60 * count / 0.5)


def test_video_and_pictures_show_every_frame_and_every_alarm(samples: list[Sample], tmp_path: Path) -> None:
    report = replayed(tmp_path, samples, video="mp4")
    video = cv2.VideoCapture(str(tmp_path / "out" / "overlay.mp4"))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    assert len(frames) == 6
    assert np.ptp(frames[-1]) > 100
    assert len(list((tmp_path / "out" / "alarms").glob("*.jpg"))) == min(24, report["alarms"]["count"])


@pytest.mark.parametrize(
    ("settings", "error", "expected"),
    [
        pytest.param({"topic": None}, ValueError, "several picture topics, name one", id="several topics"),
        pytest.param({"topic": "/front"}, ValueError, "/front is no picture topic", id="no such topic"),
        pytest.param({"ground_truth": "/gt"}, ValueError, "neither a folder nor a topic", id="no such truth"),
        pytest.param({"overrides": {"odometry_topic": "/gps"}}, ValueError, "'/gps' is not in the bag", id="odometry"),
        pytest.param({"overrides": {"treshold": 0.5}}, ParameterError, "did you mean threshold", id="misspelt"),
        pytest.param({"overrides": {"threshold": 2.0}}, ParameterError, "threshold: 2.0 is not allowed", id="range"),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_written(
    settings: dict, error: type[Exception], expected: str, samples: list[Sample], tmp_path: Path
) -> None:
    with pytest.raises(error, match=expected):
        replayed(tmp_path, samples, **settings)
    assert not (tmp_path / "out").exists()


def test_only_picture_topic_is_taken_without_being_named(samples: list[Sample], tmp_path: Path) -> None:
    report = replayed(tmp_path, samples, topic=None, ground_truth="/camera/ground_truth")
    assert report["topics"]["image"] == IMAGE and report["ground_truth"]["labelled frames"] == 6


def test_bag_with_empty_or_wrong_calibration_is_degraded_not_refused(samples: list[Sample], tmp_path: Path) -> None:
    without = [each for each in samples if each.topic != "/camera/camera_info"]
    told = replayed(tmp_path, without)["records"]
    assert {each["status"] for each in told} == {"DEGRADED"}
    assert all("no usable calibration" in each["message"] for each in told)
    assert all(hazard["distance_m"] is None for each in told for hazard in each["hazards"])


def test_where_no_ros_is_installed_all_but_the_bag_is_written_and_that_is_said(
    samples: list[Sample], expected: bytes, tmp_path: Path
) -> None:
    bag = write_bag(tmp_path / "bag", "sqlite3", samples)
    code = f"""
import sys
from pathlib import Path
class NoRos:
    def find_spec(self, name, path=None, target=None):
        first = name.split(".")[0]
        if first in ("rclpy", "builtin_interfaces", "rcl_interfaces", "rosidl_runtime_py") or first.endswith("_msgs"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, NoRos())
from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.one_bag import replay_bag
job = BagJob(Path({str(bag)!r}), Path({str(tmp_path / "out")!r}), topic={IMAGE!r}, overrides={OVERRIDES!r})
report = replay_bag(job)
print(report["missing"])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "without ROS 2" in done.stdout and "setup.bash" in done.stdout
    assert (tmp_path / "out" / "frames.jsonl").read_bytes() == expected
    assert (tmp_path / "out" / "overlay.mp4").is_file() and not (tmp_path / "out" / "bag").exists()
    assert "bag is not written" in (tmp_path / "out" / "report.html").read_text()


def test_empty_picture_topic_gives_a_report_that_claims_nothing(tmp_path: Path) -> None:
    black = image(IMAGE, START_NS, np.zeros((96, 160, 3), np.uint8))
    report = replayed(tmp_path, [black], overrides={"odometry_topic": ""})
    assert report["frames"] == 1 and report["records"][0]["status"] == "DEGRADED"
    assert report["alarms"] == {"count": 0, "per_minute": None, "per_km": None}
    assert report["kilometres"] is None and header(0, "").frame_id == ""


def test_alarms_are_not_counted_rather_than_none_where_hazards_are_not_followed(
    samples: list[Sample], tmp_path: Path
) -> None:
    report = replayed(tmp_path, samples, overrides={"follow_hazards": False}, ground_truth="/camera/ground_truth")
    assert any(each["hazards"] for each in report["records"])
    assert report["alarms"] is None and report["false_alarms"] is None
    assert "not counted" in (tmp_path / "out" / "report.html").read_text()
    merged = write_merged(tmp_path, [BagResult("out", tmp_path / "bag", report)])
    assert merged["alarms"] is None and merged["obstacles"] > 0
    assert "not counted" in (tmp_path / "index.html").read_text()
