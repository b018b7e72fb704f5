"""Scores of a table: each is what it is called, at the picture's size, and the same when asked for again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.score_sources import OURS, DetectorScores, FileScores
from mgcda_core.frame import Frame
from mgcda_core.networks.outputs import Outputs

MakePicture = Callable[..., np.ndarray]
PICTURE = LabelledPicture(Path("roads/images/a.png"), Path("roads/labels/a.png"), "a")


@pytest.fixture(scope="module")
def detector(weights_file: Path) -> Detector:
    return Detector(weights_file)


def test_the_score_of_the_table_is_the_score_of_the_vehicle(
    detector: Detector, make_picture: MakePicture, tmp_path: Path
) -> None:
    source, image = DetectorScores(detector, baselines=True, kept=tmp_path), make_picture(65, 97)
    maps = source.scores(PICTURE, image)
    assert tuple(maps) == source.methods == (OURS, "max softmax", "max logit", "entropy", "energy")
    assert np.array_equal(maps[OURS], detector.detect(Frame(image, 0, "")).probability)
    assert all(values.shape == (65, 97) and values.dtype == np.float32 for values in maps.values())
    assert source.thresholds == {OURS: detector.card.threshold}


def test_baselines_are_those_of_the_literature(detector: Detector, make_picture: MakePicture, tmp_path: Path) -> None:
    image = make_picture(64, 96)
    maps = DetectorScores(detector, baselines=True, kept=tmp_path).scores(PICTURE, image)
    with torch.inference_mode():
        logits = detector.run(detector.preprocess(image)).segmentation_logits[0].double().numpy()
    probability = np.exp(logits) / np.exp(logits).sum(axis=0)

    # Centres of the network's pixels, which lie between the picture's: the mean of the four around them.
    def coarse(values: np.ndarray) -> np.ndarray:
        return values.reshape(16, 4, 24, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))[1:-1, 1:-1]

    for name, expected in (
        ("max softmax", 1 - probability.max(axis=0)),
        ("max logit", -logits.max(axis=0)),
        ("entropy", -(probability * np.log(probability)).sum(axis=0) / np.log(11)),
        ("energy", -np.log(np.exp(logits).sum(axis=0))),
    ):
        assert np.corrcoef(coarse(maps[name]).ravel(), expected[1:-1, 1:-1].ravel())[0, 1] > 0.8
        assert maps[name].min() >= expected.min() - 1e-5 and maps[name].max() <= expected.max() + 1e-5


def test_scores_are_the_same_again_without_the_network(
    detector: Detector, make_picture: MakePicture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = DetectorScores(detector, baselines=True, kept=tmp_path)
    first = source.scores(PICTURE, make_picture(66, 98), keep=True)
    monkeypatch.setattr(detector, "run", lambda *_: pytest.fail("the network ran again"))
    again = source.again(PICTURE, (66, 98))
    assert list(again) == list(first)
    assert all(np.array_equal(again[method], first[method]) for method in first)


def test_a_score_that_is_no_number_is_named_with_its_picture(
    detector: Detector, make_picture: MakePicture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = detector.run

    def broken(image: torch.Tensor) -> Outputs:
        outputs = run(image)
        outputs.segmentation_logits[0, 0, 3, 3] = torch.nan
        return outputs

    monkeypatch.setattr(detector, "run", broken)
    source = DetectorScores(detector, baselines=True, kept=tmp_path)
    with pytest.raises(RuntimeError, match=r"images/a\.png: the score 'max softmax' .* NaN"):
        source.scores(PICTURE, make_picture(64, 96))


def test_files_are_a_method_of_their_folders_name(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    values = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    np.save(folder / "a.npy", values)
    source = FileScores(folder)
    assert (source.methods, source.probabilities, source.thresholds) == (("theirs",), (), {})
    assert np.array_equal(source.scores(PICTURE, np.zeros((5, 7, 3), np.uint8))["theirs"], values)
    assert np.array_equal(source.again(PICTURE, (5, 7))["theirs"], values)
    with pytest.raises(ValueError, match="nowhere: no such folder"):
        FileScores(tmp_path / "nowhere")
