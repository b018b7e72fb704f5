"""The baselines at points where pencil and paper give them."""

from __future__ import annotations

import math

import pytest
import torch

from mgcda_core.evaluation.baselines import BASELINES


def score(name: str, *logits: float) -> float:
    return float(BASELINES[name](torch.tensor(logits).view(1, -1, 1, 1)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("max softmax", 1 - 0.5),
        ("max logit", -math.log(2)),
        ("entropy", (0.5 * math.log(2) + 2 * 0.25 * math.log(4)) / math.log(3)),
        ("energy", -math.log(4)),
    ],
)
def test_scores_follow_their_definitions(name: str, expected: float) -> None:
    # Logits ln 2, ln 1, ln 1: probabilities 1/2, 1/4, 1/4.
    assert score(name, math.log(2), 0.0, 0.0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", BASELINES)
def test_a_network_that_is_unsure_scores_higher_than_one_that_is_sure(name: str) -> None:
    assert score(name, 1.0, 0.9, 1.1) > score(name, 9.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["max softmax", "entropy"])
def test_a_common_offset_does_not_matter_to_probabilities(name: str) -> None:
    assert score(name, 4.0, 1.0, 2.0) == pytest.approx(score(name, 14.0, 11.0, 12.0), rel=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_scores_are_maps_of_the_logits_size(name: str) -> None:
    found = BASELINES[name](torch.randn(2, 5, 3, 4) * 50)
    assert found.shape == (2, 1, 3, 4) and found.isfinite().all()
