"""The reliability curve and the expected calibration error, by hand and against a slow reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mgcda_core.evaluation.curve import exact_curve
from mgcda_core.evaluation.reliability import expected_calibration_error, reliability_curve
from mgcda_core.evaluation.streaming import StreamingPixelMetrics


def curve_of(probability: np.ndarray, truth: np.ndarray) -> object:
    return exact_curve(probability[truth == 0], probability[truth == 1])


def test_by_hand() -> None:
    given = np.array([0.0, 0.125, 0.25, 0.5, 1.0, 0.75], np.float32)
    curve = reliability_curve(curve_of(given, np.array([0, 1, 0, 1, 1, 0])), bins=4)
    assert curve.pixels.tolist() == [2, 1, 1, 2]
    assert curve.probability.tolist() == [0.0625, 0.25, 0.5, 0.875]
    assert curve.anomalous.tolist() == [0.5, 0.0, 1.0, 0.5]
    expected = (2 * 0.4375 + 1 * 0.25 + 1 * 0.5 + 2 * 0.375) / 6
    assert expected_calibration_error(curve) == pytest.approx(expected)


@pytest.mark.parametrize(("exact_until", "tolerance"), [(1 << 20, 1e-6), (0, 8e-3)], ids=["exact", "histogram"])
def test_frames_add_up_to_what_a_slow_reference_finds(exact_until: int, tolerance: float) -> None:
    rng = np.random.default_rng(2)
    metrics = StreamingPixelMetrics(exact_until=exact_until)
    frames = [
        (
            rng.beta(0.3, 3, size).astype(np.float32),
            rng.choice(np.array([0, 1, 255], np.uint8), size, p=[0.8, 0.1, 0.1]),
        )
        for size in ((20, 30), (7, 90), (64, 64))
    ]
    for frame in frames:
        metrics.add(*frame)
    given = np.concatenate([probability[labels != 255] for probability, labels in frames]).astype(np.float64)
    truth = np.concatenate([labels[labels != 255] == 1 for _, labels in frames])
    curve, error = reliability_curve(metrics.curve()), 0.0
    for number in range(15):
        inside = (given >= number / 15) & ((given < (number + 1) / 15) | (number == 14))
        assert abs(curve.pixels[number] - inside.sum()) <= tolerance * inside.sum()
        if inside.any():
            error += inside.sum() / len(given) * abs(truth[inside].mean() - given[inside].mean())
            assert curve.anomalous[number] == pytest.approx(truth[inside].mean(), rel=tolerance)
            assert curve.probability[number] == pytest.approx(given[inside].mean(), rel=tolerance)
        else:
            assert math.isnan(curve.probability[number]) and math.isnan(curve.anomalous[number])
    assert expected_calibration_error(curve) == pytest.approx(error, rel=tolerance)


def test_calibrated_probabilities_have_hardly_any_error() -> None:
    rng = np.random.default_rng(3)
    probability = rng.random(360_000)
    truth = rng.random(360_000) < probability
    calibrated, overconfident = (
        expected_calibration_error(reliability_curve(curve_of(given, truth)))
        for given in (probability, probability**0.5)
    )
    assert calibrated < 0.01 < 0.1 < overconfident


@pytest.mark.parametrize("wrong", [-0.1, 1.5, np.inf])
def test_only_probabilities_can_be_calibrated(wrong: float) -> None:
    given = np.array([0.5, wrong, 0.0, 1.0])
    with pytest.raises(ValueError, match="only probabilities, 0 to 1"):
        reliability_curve(curve_of(given, np.zeros(4)))


def test_no_pixels_no_error() -> None:
    nothing = curve_of(np.zeros(0, np.float32), np.zeros(0))
    assert math.isnan(expected_calibration_error(reliability_curve(nothing)))
    with pytest.raises(ValueError, match="bins is 0"):
        reliability_curve(nothing, bins=0)
