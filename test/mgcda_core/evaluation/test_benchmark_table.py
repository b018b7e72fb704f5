"""The table of a benchmark: each score is what it is called, and only judged pixels count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.benchmark_table import METHODS, Row, evaluate, format_table, score_maps
from mgcda_core.evaluation.pixel_metrics import PixelMetrics
from mgcda_core.frame import Frame

MakePicture = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def detector(weights_file: Path) -> Detector:
    return Detector(weights_file)


def test_the_score_of_the_table_is_the_score_of_the_vehicle(detector: Detector, make_picture: MakePicture) -> None:
    image = make_picture(65, 97)
    maps = score_maps(detector, image)
    assert tuple(maps) == METHODS
    assert np.array_equal(maps["MGCDA"], detector.detect(Frame(image, 0, "")).probability)
    assert all(values.shape == (65, 97) and values.dtype == np.float32 for values in maps.values())


def test_the_baselines_are_those_of_the_literature(detector: Detector, make_picture: MakePicture) -> None:
    image = make_picture(64, 96)
    maps = score_maps(detector, image)
    with torch.inference_mode():
        logits = detector.run(detector.preprocess(image)).segmentation_logits[0].double().numpy()
    probability = np.exp(logits) / np.exp(logits).sum(axis=0)

    # Centres of the network's pixels, which lie between the picture's: the mean of the four around them.
    def coarse(values: np.ndarray) -> np.ndarray:
        return values.reshape(16, 4, 24, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))[1:-1, 1:-1]

    for name, expected in (
        ("max softmax", 1 - probability.max(axis=0)),
        ("entropy", -(probability * np.log(probability)).sum(axis=0) / np.log(11)),
    ):
        assert np.corrcoef(coarse(maps[name]).ravel(), expected[1:-1, 1:-1].ravel())[0, 1] > 0.8
        assert maps[name].min() >= expected.min() - 1e-5 and maps[name].max() <= expected.max() + 1e-5


def test_only_judged_pixels_count_and_all_pictures_share_one_curve(
    detector: Detector, make_picture: MakePicture, write_picture: Callable, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    root = tmp_path / "roads"
    scores, truth = [], []
    for number in range(2):
        image = make_picture(64, 96, number)
        labels = rng.choice(np.array([0, 1, 255], np.uint8), (64, 96), p=[0.7, 0.1, 0.2])
        write_picture(root / "images" / f"{number}.png", image)
        write_picture(root / "labels_masks" / f"{number}.png", labels)
        judged = labels != 255
        scores.append(detector.detect(Frame(image, 0, "")).probability[judged])
        truth.append(labels[judged])
    rows = evaluate(detector, root)
    assert evaluate(detector, tmp_path) == rows, "the set itself, or the folder of sets"
    assert [(row.dataset, row.method, row.images) for row in rows] == [("roads", method, 2) for method in METHODS]
    expected = average_precision_score(np.concatenate(truth), np.concatenate(scores))
    assert rows[0].metrics.ap == pytest.approx(expected)


def test_a_broken_set_is_refused_before_the_first_is_scored(
    detector: Detector, write_picture: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(tmp_path / "a" / "images" / "1.png", np.zeros((64, 96, 3), np.uint8))
    write_picture(tmp_path / "a" / "labels_masks" / "1.png", np.zeros((64, 96), np.uint8))
    write_picture(tmp_path / "b" / "images" / "2.png", np.zeros((64, 96, 3), np.uint8))
    monkeypatch.setattr(Detector, "run", lambda *_: pytest.fail("a picture was scored"))
    with pytest.raises(ValueError, match=r"2\.png: its label .* is missing"):
        evaluate(detector, tmp_path)


def test_a_missing_folder_is_named(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing: no such folder"):
        evaluate(detector, tmp_path / "missing")


def test_the_table_is_in_percent() -> None:
    table = format_table([Row("roads", "MGCDA", 3, PixelMetrics(0.12345, 0.5))])
    assert table.splitlines()[-1] == "| roads | MGCDA | 3 | 12.3 | 50.0 |"
    assert len({line.count("|") for line in table.splitlines()}) == 1
