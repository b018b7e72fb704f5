"""Ground truth over all frames of all bags: bags replayed apart, against one with all their frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from bag_samples import TYPES, Sample, drive_samples, write_bag
from replay_samples import IMAGE, OVERRIDES, TRUTH, job
from sklearn.metrics import average_precision_score, roc_auc_score

from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.pixel_metrics import pixel_metrics
from mgcda_core.frame import Frame
from mgcda_ros.replay.fleet import BagResult, finished, replay_into_place
from mgcda_ros.replay.fleet_truth import FleetTruth
from mgcda_ros.replay.merged import write_merged
from mgcda_ros.replay.truth_counts import COUNTS

FRAMES = 7
SPLIT = 3
# Tracks begin anew with a bag; what is measured of a frame is to depend on that frame alone.
APART = {"follow_hazards": False, "odometry_topic": ""}


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return drive_samples(FRAMES, rate=1.0)


@pytest.fixture(scope="module")
def folder(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the replays of two bags, and of one with the frames of both."""
    folder = tmp_path_factory.mktemp("fleet_truth")
    middle_ns = [each.time_ns for each in samples if each.topic == IMAGE][SPLIT]
    parts = {
        "first": [each for each in samples if each.time_ns < middle_ns],
        "second": [each for each in samples if each.time_ns >= middle_ns],
        "whole": samples,
    }
    for name, some in parts.items():
        bag = write_bag(folder / "bags" / name, "mcap", some)
        replay_into_place(job(bag, folder / "out" / name, ground_truth=TRUTH, overrides=APART))
    return folder


def results(folder: Path, *names: str) -> list[BagResult]:
    return [
        BagResult(name, folder / "bags" / name, json.loads((folder / "out" / name / "report.json").read_text()))
        for name in names
    ]


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the two bags' replays, to be damaged."""
    for name in ("first", "second"):
        target = tmp_path / "out" / name
        target.mkdir(parents=True)
        for file in ("report.json", COUNTS):
            (target / file).write_bytes((folder / "out" / name / file).read_bytes())
    return tmp_path


def test_two_bags_are_measured_as_one_with_the_frames_of_both(folder: Path) -> None:
    both = FleetTruth(folder / "out").values(results(folder, "first", "second"))
    (whole,) = results(folder, "whole")
    expected = whole.report["ground_truth"]
    assert (both["bags"], both["labelled frames"], both["left_out"]) == (2, FRAMES, {})
    assert expected["labelled frames"] == FRAMES and expected["obstacles"] > 0
    assert 0 < expected["ap"] < 1 and expected["mask_ap"] is not None
    for name, value in expected.items():
        assert both[name] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), name
    halves = [each.report["ground_truth"]["ap"] for each in results(folder, "first", "second")]
    assert all(abs(both["ap"] - half) > 1e-3 for half in halves), "the halves differ, or nothing would be shown"


def test_pixel_metrics_are_those_of_all_pixels_by_other_means(folder: Path, samples: list[Sample]) -> None:
    both = FleetTruth(folder / "out").values(results(folder, "first", "second"))
    detector = Detector(long_side_px=OVERRIDES["long_side_px"], threads=1)
    scores, anomalous = [], []
    for each in samples:
        if each.topic in (IMAGE, TRUTH):
            message = TYPES.deserialize_cdr(each.raw, each.message_type)
            values = message.data.reshape(message.height, message.width, -1).squeeze()
            if each.topic == IMAGE:
                scores.append(detector.detect(Frame(values.copy(), 0, "")).probability.ravel())
            else:
                anomalous.append(values.ravel() > 0)
    all_scores, all_anomalous = np.concatenate(scores), np.concatenate(anomalous)
    assert both["ap"] == pytest.approx(average_precision_score(all_anomalous, all_scores), abs=1e-4)
    assert both["auroc"] == pytest.approx(roc_auc_score(all_anomalous, all_scores), abs=1e-4)
    assert both["fpr95"] == pytest.approx(pixel_metrics(all_scores, all_anomalous).fpr95, abs=1e-4)


def test_what_was_read_first_does_not_show(folder: Path) -> None:
    at_once = FleetTruth(folder / "out").values(results(folder, "first", "second"))
    as_they_end = FleetTruth(folder / "out")
    assert as_they_end.values(results(folder, "second"))["bags"] == 1
    assert as_they_end.values(results(folder, "first", "second")) == at_once
    (folder / "out" / "second" / COUNTS).rename(folder / "gone")
    try:
        assert as_they_end.values(results(folder, "first", "second")) == at_once, "each file is read once"
    finally:
        (folder / "gone").rename(folder / "out" / "second" / COUNTS)


def test_page_and_data_say_of_how_many_bags_and_frames_the_figures_are(folder: Path) -> None:
    merged = write_merged(folder / "out", results(folder, "first", "second"))
    page = (folder / "out" / "index.html").read_text()
    assert "all frames as one set" in page and "Not in these figures" not in page
    assert (
        "<td>bags</td><td>2 of 2 with ground truth</td>" in page
        and f"<td>labelled frames</td><td>{FRAMES}</td>" in page
    )
    assert f"<td>AP %</td><td>{100 * merged['ground_truth']['ap']:.3g}</td>" in page
    assert json.loads((folder / "out" / "summary.json").read_text())["ground_truth"] == merged["ground_truth"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, f"its folder has no {COUNTS}", id="made before there was one"),
        pytest.param(b"", f"{COUNTS} is damaged", id="empty"),
        pytest.param("half", f"{COUNTS} is damaged", id="cut off"),
        pytest.param("nothing in it", "is damaged: 'pixels anomalous'", id="without a part"),
        pytest.param("threshold", "taken at the threshold 0.25 instead of 0.3", id="of another threshold"),
    ],
)
def test_bag_whose_counts_cannot_be_had_is_named_and_the_others_are_measured(
    copy: Path, content: bytes | str | None, reason: str
) -> None:
    path = copy / "out" / "first" / COUNTS
    whole = path.read_bytes()
    with np.load(path) as file:
        counts = dict(file)
    if content is None:
        path.unlink()
    elif content == "half":
        path.write_bytes(whole[: len(whole) // 2])
    elif content == "nothing in it":
        np.savez(path)
    elif content == "threshold":
        np.savez(path, **counts | {"threshold": np.array(0.25)})
    else:
        path.write_bytes(content)
    # The threshold in use is that of the first report.
    merged = write_merged(copy / "out", results(copy, "second", "first"))
    truth = merged["ground_truth"]
    (second,) = results(copy, "second")
    assert (truth["bags"], truth["labelled frames"]) == (1, FRAMES - SPLIT)
    assert truth["ap"] == pytest.approx(second.report["ground_truth"]["ap"], rel=1e-12)
    assert list(truth["left_out"]) == ["first"] and reason in truth["left_out"]["first"]
    page = (copy / "out" / "index.html").read_text()
    assert (
        "Not in these figures" in page
        and "first: " in page
        and "<td>bags</td><td>1 of 2 with ground truth</td>" in page
    )


def test_regions_are_of_all_bags_or_of_none(copy: Path) -> None:
    path = copy / "out" / "second" / COUNTS
    with np.load(path) as file:
        counts = {name: values for name, values in file.items() if not name.startswith("regions ")}
    np.savez(path, **counts)
    merged = write_merged(copy / "out", results(copy, "first", "second"))
    truth = merged["ground_truth"]
    assert truth["without_regions"] == ["second"] and "mask_ap" not in truth and truth["labelled frames"] == FRAMES
    assert "looked at without pycocotools" in (copy / "out" / "index.html").read_text()


def test_without_ground_truth_there_are_no_such_figures(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", "mcap", drive_samples(1))
    unlabelled = job(bag, tmp_path / "out" / "bag")
    replay_into_place(unlabelled)
    assert not (unlabelled.folder / COUNTS).exists()
    merged = write_merged(tmp_path / "out", [BagResult("bag", bag, finished(unlabelled))])
    assert merged["ground_truth"] is None and "ground truth" not in (tmp_path / "out" / "index.html").read_text()
