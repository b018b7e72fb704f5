"""Ground truth from a folder and from a topic, against metrics that are worked out without the replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bag_samples import TYPES, Sample, drive_samples, image
from replay_samples import IMAGE, OVERRIDES, TRUTH, job, replayed
from scipy import ndimage

from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.pixel_metrics import pixel_metrics
from mgcda_core.frame import Frame
from mgcda_ros.replay.one_bag import replay_bag

FRAMES = 6


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return drive_samples(FRAMES)


def pictures(samples: list[Sample], topic: str) -> dict[int, np.ndarray]:
    """Return the pictures of a topic by their times."""
    found = {}
    for each in samples:
        if each.topic == topic:
            message = TYPES.deserialize_cdr(each.raw, each.message_type)
            found[each.time_ns] = message.data.reshape(message.height, message.width, -1).squeeze()
    return found


def expected_pixels(samples: list[Sample]) -> Any:
    """Return the pixel metrics of all frames at once."""
    detector = Detector(long_side_px=OVERRIDES["long_side_px"], threads=1)
    labels = pictures(samples, TRUTH)
    scores = [
        detector.detect(Frame(picture.copy(), 0, "")).probability.ravel()
        for picture in pictures(samples, IMAGE).values()
    ]
    return pixel_metrics(np.concatenate(scores), np.concatenate([each.ravel() > 0 for each in labels.values()]))


def test_topic_and_folder_give_the_same_metrics_and_those_of_the_evaluation(
    samples: list[Sample], tmp_path: Path
) -> None:
    by_topic = replayed(tmp_path, samples, ground_truth=TRUTH)
    folder = tmp_path / "labels"
    folder.mkdir()
    for number, (time_ns, labels) in enumerate(pictures(samples, TRUTH).items()):
        name = f"{time_ns}" if number % 2 else f"{time_ns // 10**9}.{time_ns % 10**9:09d}"
        cv2.imwrite(str(folder / f"{name}.png"), (labels > 0).astype(np.uint8))
    by_folder = replay_bag(job(tmp_path / "bag", tmp_path / "again", ground_truth=str(folder)), is_quiet=True)
    assert by_topic["ground_truth"] == by_folder["ground_truth"]
    assert by_topic["false_alarms"] == by_folder["false_alarms"]
    assert by_topic["remarks"] == by_folder["remarks"] == []
    truth, pixels = by_topic["ground_truth"], expected_pixels(samples)
    assert truth["labelled frames"] == FRAMES
    for name in ("ap", "fpr95", "auroc", "best_f1"):
        assert truth[name] == pytest.approx(getattr(pixels, name)), name
    counts = [ndimage.label(labels > 0, np.ones((3, 3)))[1] for labels in pictures(samples, TRUTH).values()]
    assert truth["obstacles"] == sum(counts) > 0
    assert "Against ground truth" in (tmp_path / "out" / "report.html").read_text()


def test_alarm_on_a_labelled_thing_is_true_and_elsewhere_false(samples: list[Sample], tmp_path: Path) -> None:
    everywhere = [relabelled(each, 1) if each.topic == TRUTH else each for each in samples]
    nowhere = [relabelled(each, 0) if each.topic == TRUTH else each for each in samples]
    unknown = [relabelled(each, 255) if each.topic == TRUTH else each for each in samples]
    for name, changed, expected in (
        ("everywhere", everywhere, lambda n: {"count": 0, "true": n, "not_labelled": 0}),
        ("nowhere", nowhere, lambda n: {"count": n, "true": 0, "not_labelled": 0}),
        ("unknown", unknown, lambda n: {"count": 0, "true": 0, "not_labelled": n}),
    ):
        report = replayed(tmp_path / name, changed, ground_truth=TRUTH)
        count = report["alarms"]["count"]
        found = {key: report["false_alarms"][key] for key in ("count", "true", "not_labelled")}
        assert count > 0 and found == expected(count), name


def relabelled(label: Sample, value: int) -> Sample:
    """Return a label of one value."""
    message = TYPES.deserialize_cdr(label.raw, label.message_type)
    return image(label.topic, label.time_ns, np.full((message.height, message.width), value, np.uint8))


def test_label_may_come_before_or_after_its_picture(samples: list[Sample], tmp_path: Path) -> None:
    first = replayed(tmp_path / "before", samples, ground_truth=TRUTH)
    later = [each._replace(time_ns=each.time_ns + 400_000_000) if each.topic == TRUTH else each for each in samples]
    second = replayed(tmp_path / "after", sorted(later, key=lambda each: each.time_ns), ground_truth=TRUTH)
    assert first["ground_truth"] == second["ground_truth"]


def test_what_is_wrong_with_labels_is_said(samples: list[Sample], tmp_path: Path) -> None:
    strange = list(samples)
    places = [place for place, each in enumerate(samples) if each.topic == TRUTH]
    for place, change in zip(places, ("other stamp", "other size", "other encoding"), strict=False):
        stamp_ns = samples[place].time_ns
        if change == "other stamp":
            strange[place] = image(TRUTH, stamp_ns + 5, np.zeros((144, 256), np.uint8), time_ns=stamp_ns)
        elif change == "other size":
            strange[place] = image(TRUTH, stamp_ns, np.zeros((10, 10), np.uint8))
        else:
            strange[place] = image(TRUTH, stamp_ns, np.zeros((144, 256, 3), np.uint8))
    report = replayed(tmp_path, strange, ground_truth=TRUTH)
    assert report["ground_truth"]["labelled frames"] == FRAMES - 3
    assert report["is_whole"]
    text = "\n".join(report["remarks"])
    assert "have the stamp of no frame" in text and "(10, 10)" in text and "'rgb8' is not allowed" in text


def test_labelled_frame_that_nobody_could_look_at_is_counted_apart(samples: list[Sample], tmp_path: Path) -> None:
    damaged = list(samples)
    place = next(place for place, each in enumerate(samples) if each.topic == IMAGE)
    message = TYPES.deserialize_cdr(samples[place].raw, samples[place].message_type)
    message.data = message.data[:10]
    damaged[place] = samples[place]._replace(raw=bytes(TYPES.serialize_cdr(message, samples[place].message_type)))
    truth = replayed(tmp_path, damaged, ground_truth=TRUTH)["ground_truth"]
    assert (truth["labelled frames"], truth["labelled frames that nobody could look at"]) == (FRAMES - 1, 1)


def test_folder_without_a_label_is_refused(samples: list[Sample], tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "frame1.png").write_bytes(b"")
    with pytest.raises(ValueError, match="no label image named by its picture's stamp"):
        replayed(tmp_path, samples, ground_truth=str(tmp_path / "labels"))
