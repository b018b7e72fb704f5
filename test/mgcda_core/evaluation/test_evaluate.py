"""A whole evaluation of scores that are known, against other libraries and counting by hand; and what is refused."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from mgcda_core.datasets.benchmarks import LabelledSet, open_sets
from mgcda_core.evaluation.evaluate import about, evaluate
from mgcda_core.evaluation.result_table import format_table
from mgcda_core.evaluation.score_files import write_scores
from mgcda_core.evaluation.score_sources import FileScores, Scores

SIZE = (60, 80)


class KnownScores:
    """Scores made from the labels: a blurred, noisy copy, and as a second method its complement."""

    methods = ("good", "bad")
    probabilities = ("good",)
    thresholds = {"good": 0.5}

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check(self, pictures: object) -> None:
        """Accept everything."""

    def scores(self, picture: object, image: np.ndarray, *, keep: bool = False) -> Scores:
        self.asked.append(picture.id)
        return self.again(picture, image.shape[:2])

    def again(self, picture: object, size: tuple[int, int]) -> Scores:
        rng = np.random.default_rng(int(picture.id))
        truth = cv2.GaussianBlur((picture.read_labels() == 1).astype(np.float32), (0, 0), 0.8)
        good = np.clip(truth + rng.normal(0, 0.15, size).astype(np.float32), 0, 1)
        return {"good": good, "bad": 1 - good}


@pytest.fixture
def roads(tmp_path: Path, write_picture: Callable) -> list[LabelledSet]:
    """Three pictures: an obstacle near and one far, one in the middle, and a clean road with void above it."""
    labels = np.zeros((3, *SIZE), np.uint8)
    labels[0, 45:58, 10:30] = labels[0, 27:31, 60:66] = 1
    labels[1, 38:44, 40:60] = 1
    labels[:, :8] = 255
    for number, values in enumerate(labels):
        write_picture(tmp_path / "roads" / "images" / f"{number}.png", np.full((*SIZE, 3), 99, np.uint8))
        write_picture(tmp_path / "roads" / "labels" / f"{number}.png", values)
    return open_sets("pairs", tmp_path / "roads", track="obstacle")


def run(roads: list[LabelledSet], source: object, out: Path, **arguments: object) -> list:
    return evaluate(roads, source, out, about=about("pairs", "known"), **arguments)


def test_pixel_metrics_are_those_of_another_library(roads: list[LabelledSet], tmp_path: Path) -> None:
    rows = run(roads, KnownScores(), tmp_path / "out")
    assert [(row["set"], row["method"], row["images"]) for row in rows] == [("roads", "good", 3), ("roads", "bad", 3)]
    labels = [picture.read_labels() for picture in roads[0].pictures]
    truth = np.concatenate([each[each != 255] for each in labels]) == 1
    for row in rows:
        maps = [KnownScores().again(picture, SIZE)[row["method"]] for picture in roads[0].pictures]
        scores = np.concatenate([each[label != 255] for each, label in zip(maps, labels, strict=True)])
        assert row["ap"] == pytest.approx(average_precision_score(truth, scores), abs=1e-6)
        assert row["auroc"] == pytest.approx(roc_auc_score(truth, scores), abs=1e-6)
        precision, recall, _ = precision_recall_curve(truth, scores)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        assert row["best_f1"] == pytest.approx(f1.max(), abs=1e-6)
        above = scores > row["best_f1_threshold"]
        assert 2 * (above & truth).sum() / (above.sum() + truth.sum()) == pytest.approx(f1.max(), abs=1e-6)


def test_obstacles_and_false_regions_are_counted_at_a_methods_own_threshold(
    roads: list[LabelledSet], tmp_path: Path
) -> None:
    good, bad = run(roads, KnownScores(), tmp_path / "out")
    assert good["threshold"] == 0.5 and bad["threshold"] == bad["best_f1_threshold"]
    assert (good["obstacles"], good["found_share"]) == (3, 1.0)
    assert (good["clean_frames"], good["false_regions_per_clean_frame"]) == (1, 0.0)
    details = json.loads((tmp_path / "out" / "metrics.json").read_text())["results"][0]
    assert details["recall_by_size"]["below 100 px"]["obstacles"] == 1
    assert details["recall_by_size"]["100 to 499 px"]["found"] == 2
    assert [details["recall_by_region"][name]["obstacles"] for name in ("far", "middle", "near")] == [1, 1, 1]
    assert 0 < good["calibration_error"] < 0.2 and math.isnan(bad["calibration_error"])


def test_files_hold_fractions_by_the_names_of_the_table(roads: list[LabelledSet], tmp_path: Path) -> None:
    out = tmp_path / "out"
    rows = run(roads, KnownScores(), out)
    stored = json.loads((out / "metrics.json").read_text())
    assert (stored["layout"], stored["source"]) == ("pairs", "known")
    with (out / "metrics.csv").open() as file:
        lines = list(csv.DictReader(file))
    for row, result, line in zip(rows, stored["results"], lines, strict=True):
        for name in ("ap", "fpr95", "auroc", "best_f1", "siou", "ppv", "f1_star", "mask_ap", "box_ap"):
            assert 0 <= row[name] <= 1
            assert result[name] == row[name] == float(line[name])
    assert stored["results"][1]["calibration_error"] is None, "NaN is not JSON"
    table = format_table(rows).splitlines()
    assert len({line.count("|") for line in table}) == 1
    assert table[2].startswith(f"| roads | good | {100 * rows[0]['ap']:.1f} | {100 * rows[0]['fpr95']:.1f} |")


def test_the_page_has_every_frame_and_every_picture_it_shows(roads: list[LabelledSet], tmp_path: Path) -> None:
    run(roads, KnownScores(), tmp_path / "out", corruptions=True)
    page = (tmp_path / "out" / "roads" / "index.html").read_text()
    shown = re.findall(r'src="(.*?)"', page)
    assert len(shown) == 4 * 3 + 3
    assert all((tmp_path / "out" / "roads" / name).is_file() for name in shown)
    assert sorted(re.findall(r"<figcaption><b>(.*?)</b>", page)) == ["0", "1", "2"]


def test_binned_rows_stand_beside_the_exact_ones(roads: list[LabelledSet], tmp_path: Path) -> None:
    rows = run(roads, KnownScores(), tmp_path / "out", binned=True)
    assert [row["method"] for row in rows] == ["good", "bad", "good (binned)", "bad (binned)"]
    assert rows[2]["ap"] == pytest.approx(rows[0]["ap"], abs=0.01)
    assert rows[2]["ap"] != rows[0]["ap"]


def test_every_fault_is_scored_at_every_strength(roads: list[LabelledSet], tmp_path: Path) -> None:
    source = KnownScores()
    (good, _) = run(roads, source, tmp_path / "out", corruptions=True)
    assert len(source.asked) == 3 * (1 + 35)
    rows = json.loads((tmp_path / "out" / "metrics.json").read_text())["corruptions"]
    assert [(row["corruption"], row["strength"]) for row in rows[:7]] == [
        ("none", 0), *(("fog", strength) for strength in range(1, 6)), ("rain", 1)
    ]  # fmt: skip
    # These scores do not look at the picture, so no fault changes them.
    assert len(rows) == 36 and all(row["ap"] == pytest.approx(good["ap"]) for row in rows)


def test_written_scores_give_the_same_results_when_read(roads: list[LabelledSet], tmp_path: Path) -> None:
    first = run(roads, KnownScores(), tmp_path / "out", write_scores=".npy")[0]
    folder = tmp_path / "out" / "scores" / "roads"
    second = run(roads, FileScores(folder), tmp_path / "second")[0]
    for name in ("ap", "fpr95", "auroc", "best_f1", "siou", "ppv", "f1_star", "mask_ap", "box_ap"):
        assert second[name] == first[name]


def test_a_submission_lies_where_the_benchmark_looks(roads: list[LabelledSet], tmp_path: Path) -> None:
    named = [LabelledSet("dataset_ObstacleTrack validation", roads[0].pictures, roads[0].minimum_sizes)]
    run(named, KnownScores(), tmp_path, write_scores=".hdf5")
    assert (tmp_path / "scores" / "anomaly_p" / "good" / "ObstacleTrack-all" / "0.hdf5").is_file()


def test_what_is_wrong_with_any_set_is_said_before_the_first_is_scored(
    roads: list[LabelledSet], tmp_path: Path, write_picture: Callable
) -> None:
    write_picture(tmp_path / "clean" / "images" / "1.png", np.zeros((*SIZE, 3), np.uint8))
    write_picture(tmp_path / "clean" / "labels" / "1.png", np.zeros(SIZE, np.uint8))
    source = KnownScores()
    with pytest.raises(ValueError, match="clean/labels: none of the 1 labels has an anomaly pixel"):
        run([*roads, *open_sets("pairs", tmp_path / "clean")], source, tmp_path / "out")
    assert source.asked == []


def test_wrong_score_files_are_named_before_the_first_is_read(roads: list[LabelledSet], tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    for name in "01":
        write_scores(folder, name, np.zeros(SIZE, np.float32))
    with pytest.raises(ValueError, match="theirs/2: no scores for this picture"):
        run(roads, FileScores(folder), tmp_path / "out")
    write_scores(folder, "2", np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match=r"2\.npy: scores are of shape \(3, 4\); expected \(60, 80\)"):
        run(roads, FileScores(folder), tmp_path / "out")
    scores = np.zeros(SIZE, np.float32)
    scores[3, 4] = np.nan
    np.save(folder / "2.npy", scores)
    with pytest.raises(ValueError, match=r"2\.npy: holds NaN at 1 pixels"):
        run(roads, FileScores(folder), tmp_path / "out")


def test_splitting_or_reordering_the_set_changes_nothing(roads: list[LabelledSet], tmp_path: Path) -> None:
    whole = run(roads, KnownScores(), tmp_path / "out")
    backwards = [LabelledSet("roads", roads[0].pictures[::-1], roads[0].minimum_sizes)]
    for one, other in zip(whole, run(backwards, KnownScores(), tmp_path / "out"), strict=True):
        for name in set(one) - {"seconds_per_image"}:
            assert one[name] == pytest.approx(other[name], nan_ok=True)
