"""Calibration and threshold: against scikit-learn, and counted by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from mgcda_core.deploy.weights import Calibration
from mgcda_core.frame import ScoreMap
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.calibration import (
    HeldOut,
    best_threshold,
    count_regions,
    fit_calibration,
    held_out_metrics,
    predict_held_out,
)

CASES = {
    "calibrated": (1.0, 0.0, 0.0, 2.0),
    "too certain": (0.3, -3.0, 0.0, 3.0),
    "far too certain": (0.2, 0.0, -30.0, 10.0),
    "rare anomalies": (0.05, -5.0, 0.0, 10.0),
    "too timid": (7.2, 7.5, -1.0, 0.2),
    "shifted": (1.0, 0.0, -8.0, 3.0),
    "wrong way round": (-1.0, 0.5, 0.0, 2.0),
}
"""True scale and bias; mean and deviation of the logits."""


@pytest.mark.parametrize(("scale", "bias", "mean", "deviation"), CASES.values(), ids=CASES)
def test_the_calibration_is_the_logistic_regression(scale: float, bias: float, mean: float, deviation: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(mean, deviation, 20_000).astype(np.float32)
    anomalous = rng.random(20_000) < 1 / (1 + np.exp(-(scale * logits + bias)))
    found = fit_calibration(logits, anomalous)
    reference = LogisticRegression(C=1e12, tol=1e-8, max_iter=1000).fit(logits[:, None], anomalous)
    assert found.scale == pytest.approx(reference.coef_.item(), rel=2e-3, abs=2e-3)
    assert found.bias == pytest.approx(reference.intercept_.item(), rel=2e-3, abs=1e-2)
    assert found.scale == pytest.approx(scale, rel=0.25)


def test_a_calibrated_probability_means_what_it_says() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 8, 50_000).astype(np.float32)
    anomalous = rng.random(50_000) < 1 / (1 + np.exp(-(0.25 * logits - 1)))
    found = fit_calibration(logits, anomalous)
    probability = 1 / (1 + np.exp(-(found.scale * logits + found.bias)))
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        group = (probability >= low) & (probability < low + 0.2)
        assert anomalous[group].mean() == pytest.approx(probability[group].mean(), abs=0.02)


def test_logits_that_part_the_kinds_perfectly_give_numbers() -> None:
    logits = np.concatenate([np.linspace(-5, -1, 50), np.linspace(1, 5, 50)]).astype(np.float32)
    found = fit_calibration(logits, logits > 0)
    assert np.isfinite([found.scale, found.bias]).all() and found.scale > 1


@pytest.mark.parametrize("value", [True, False])
def test_pixels_of_one_kind_cannot_be_calibrated(value: bool) -> None:
    with pytest.raises(ValueError, match="one kind only"):
        fit_calibration(np.array([0.0, 1.0]), np.array([value, value]))


def drawn(rows: list[str]) -> np.ndarray:
    """Return labels from a drawing: '.' normal, 'A' anomaly, '?' ignored."""
    return np.array([[{".": 0, "A": 1, "?": 255}[letter] for letter in row] for row in rows], np.uint8)


def scored(rows: list[str]) -> ScoreMap:
    """Return a score map from a drawing: '#' 0.9, '.' 0.1."""
    probability = np.array([[0.9 if letter == "#" else 0.1 for letter in row] for row in rows], np.float32)
    return ScoreMap(probability, None, 0, "")


CLEAR = ["......"] * 5
OBJECT = ["......", ".AA...", ".AA...", "......", "......"]
ON_OBJECT = ["......", ".##...", ".##...", "......", "......"]
OBJECTS = ["AA..AA", "AA..AA", "......", "......", "......"]
COUNTS = {
    "clear road": (CLEAR, CLEAR, (0, 0, 0)),
    "found": (OBJECT, ["......", ".##...", ".##...", "......", "......"], (1, 0, 0)),
    "touched": (OBJECT, ["......", "..##..", "..##..", "......", "......"], (1, 0, 0)),
    "missed": (OBJECT, CLEAR, (0, 1, 0)),
    "beside": (OBJECT, ["......", "...##.", "...##.", "......", "......"], (0, 1, 1)),
    "found and false": (OBJECT, ["......", ".##...", "......", "....##", "....##"], (1, 0, 1)),
    "two of one": (OBJECTS, ["##....", "##....", "......", "......", "......"], (1, 1, 0)),
    "one on two": (OBJECTS, ["######", "######", "......", "......", "......"], (2, 0, 0)),
    "on ignored": (["......", ".??...", ".??...", "......", "......"], ON_OBJECT, (0, 0, 0)),
    "mostly ignored": (["......", ".??...", ".?....", "......", "......"], ON_OBJECT, (0, 0, 0)),
    "corner to corner": (["A.....", ".A....", "..A...", "......", "......"], CLEAR, (0, 1, 0)),
}  # fmt: skip


@pytest.mark.parametrize(("labels", "scores", "expected"), COUNTS.values(), ids=COUNTS)
def test_regions_are_counted_as_by_hand(labels: list[str], scores: list[str], expected: tuple[int, int, int]) -> None:
    assert count_regions(scored(scores), drawn(labels), threshold=0.5, minimum_area_share=0.0) == expected


def test_objects_and_regions_below_the_minimum_do_not_count() -> None:
    labels = drawn(["A.....", "......", "...AA.", "...AA.", "......"])
    scores = scored(["......", "......", "......", "......", "#....."])
    assert count_regions(scores, labels, threshold=0.5, minimum_area_share=2 / 30) == (0, 1, 0)
    assert count_regions(scores, labels, threshold=0.5, minimum_area_share=0.0) == (0, 2, 1)


def test_the_best_threshold_parts_objects_from_false_alarms() -> None:
    """The object has a probability of 0.72 and the false alarm 0.42: thresholds from 0.45 to 0.70 are perfect."""
    labels = np.zeros((20, 30), np.uint8)
    labels[4:8, 4:8] = 1
    probability = np.full(labels.shape, 0.02)
    probability[4:8, 4:8], probability[12:16, 20:24] = 0.72, 0.42
    calibration = Calibration(scale=2.0, bias=-1.0)
    logits = ((np.log(probability / (1 - probability)) + 1) / 2).astype(np.float32)
    threshold, f1 = best_threshold(HeldOut([logits], [labels]), calibration, 0.0)
    assert 0.45 <= threshold <= 0.70
    assert f1 == 1.0


def test_f1_counts_every_picture() -> None:
    """One object found, one missed, one false alarm: F1 = 2 / (2 + 1 + 1)."""
    labels = [np.zeros((20, 30), np.uint8) for _ in range(3)]
    logits = [np.full((20, 30), -9, np.float32) for _ in range(3)]
    labels[0][4:8, 4:8] = labels[1][4:8, 4:8] = 1
    logits[0][4:8, 4:8] = logits[2][4:8, 4:8] = 9
    assert best_threshold(HeldOut(logits, labels), Calibration(), 0.0)[1] == pytest.approx(0.5)


def test_ignored_pixels_are_not_judged() -> None:
    held_out = HeldOut([np.array([[1, 2], [3, 4]], np.float32)], [np.array([[0, 1], [255, 1]], np.uint8)])
    logits, anomalous = held_out.judged()
    assert logits.tolist() == [1, 2, 4] and anomalous.tolist() == [False, True, True]
    assert held_out_metrics(held_out)[:2] == (1.0, 0.0)


class Pictures:
    """A data set of two random pictures."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
        image = torch.rand(3, 64, 96, generator=torch.Generator().manual_seed(index))
        labels = torch.full((64, 96), index, dtype=torch.uint8)
        return image, torch.zeros(64, 96, dtype=torch.int32), labels, 0, torch.full_like(labels, 255)

    def __iter__(self) -> Iterator[object]:
        raise AssertionError("pictures are asked for by number")


def test_held_out_pictures_are_predicted_at_their_own_size(network: AnomalyNetwork) -> None:
    held_out = predict_held_out(network, Pictures())
    assert [values.shape for values in held_out.logits] == [(64, 96)] * 2
    assert [int(labels[0, 0]) for labels in held_out.labels] == [0, 1]
    with torch.inference_mode():
        expected = network(Pictures()[1][0][None]).anomaly_logits
    coarse = torch.nn.functional.interpolate(expected, size=(64, 96), mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(held_out.logits[1], coarse, atol=1e-4)
