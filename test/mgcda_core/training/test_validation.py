"""Validation in the middle of a training: what is best, what is kept, and when a stage ends early."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from mgcda_core.training import loop
from mgcda_core.training.calibration import held_out_metrics, predict_held_out
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.early_stop import Best
from mgcda_core.training.errors import TrainingError
from mgcda_core.training.log import read_log
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import Stage
from mgcda_core.training.stream import open_mixture
from mgcda_core.training.validation import Validation, validate


def fixed(goodness: list[float]) -> Callable[..., Validation]:
    """Return a stand-in for validate() that finds these APs, one after the other."""
    left = iter(goodness)
    return lambda *_: Validation(next(left), 0.5, 1.0)


@pytest.mark.parametrize("keep", ["last", "best"])
def test_what_is_kept_is_the_last_or_the_best(small: Recipe, monkeypatch: pytest.MonkeyPatch, keep: str) -> None:
    averages: list[dict[str, torch.Tensor]] = []
    found = fixed([0.2, 0.6, math.nan, 0.4])

    def remembered(network: torch.nn.Module, *rest: object) -> Validation:
        averages.append({key: value.clone() for key, value in network.state_dict().items()})
        return found(network, *rest)

    monkeypatch.setattr(loop, "validate", remembered)
    kept = loop.train(replace(small, validate_every=1, keep=keep)).network.state_dict()
    assert len(averages) == 4
    expected = averages[{"last": 3, "best": 1}[keep]]
    assert all(torch.equal(kept[key], value) for key, value in expected.items())
    best = load_checkpoint(small.out / "best_joint.pt")
    assert (best["step"], best["pixel_ap"]) == (2, 0.6)
    assert all(torch.equal(best["network"][key], value) for key, value in averages[1].items())


def test_best_weights_that_somebody_removed_are_missed_and_those_of_another_training_are_not_taken(
    small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(small, validate_every=4, keep="best")
    save_checkpoint(recipe.out / "best_joint.pt", {"network": {}})
    monkeypatch.setattr(loop, "validate", fixed([math.nan]))
    loop.train(recipe)
    assert not (recipe.out / "best_joint.pt").exists(), "no validation gave a number: the last weights were kept"
    monkeypatch.setattr(loop, "validate", fixed([0.5]))
    again = replace(recipe, out=recipe.out / "again")
    loop.train(again)
    (again.out / "best_joint.pt").unlink()
    with pytest.raises(TrainingError, match="best_joint.pt: the best weights are missing"):
        loop.train(again)


def test_a_stage_without_a_gain_ends_early_and_the_next_one_sees_its_own_pictures(
    small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "validate", fixed([0.5, 0.4, 0.4, 0.1, 0.2, 0.3, 0.4]))
    drawn: list[list[int]] = []
    numbers = loop.picture_numbers
    monkeypatch.setattr(loop, "picture_numbers", lambda *a, **k: drawn.append(numbers(*a, **k)) or drawn[-1])
    stages = (Stage("one", steps=9), Stage("two", steps=4))
    recipe = replace(small, stages=stages, validate_every=1, patience=2)
    loop.train(recipe)
    assert read_log(recipe.out / "validation.csv")["step"] == [0, 1, 2, 9, 10, 11, 12]
    assert read_log(recipe.out / "log.csv")["step"] == [2, 12]
    assert [each[0] for each in drawn] == [0, 18], "the second stage's pictures do not depend on the first's end"
    # Started again it is finished, with the same weights, and validates nothing.
    monkeypatch.setattr(loop, "validate", fixed([]))
    loop.train(recipe)


def test_a_validation_is_the_held_out_metrics_and_loss_of_the_averaged_weights(small: Recipe) -> None:
    recipe = replace(small, validate_every=4)
    trained = loop.train(recipe).network
    pictures = open_mixture(recipe, recipe.validation_pictures, held_out=True)
    expected = held_out_metrics(predict_held_out(trained, pictures))
    found = validate(trained, pictures, ("segmentation", "anomaly"), Processes("fp32"))
    assert (found.pixel_ap, found.pixel_fpr95) == expected[:2] and 0 < found.pixel_ap < 1
    only = validate(trained, pictures, ("anomaly",), Processes("fp32"))
    assert 0 < only.loss < found.loss < 20
    written = read_log(recipe.out / "validation.csv")
    assert written["pixel_ap"] == [pytest.approx(expected.ap, abs=1e-5)]
    assert written["step"] == [3.0]


def test_validating_changes_nothing_of_the_training(small: Recipe) -> None:
    without = loop.train(replace(small, out=small.out / "without")).network.state_dict()
    recipe = replace(small, out=small.out / "with", validate_every=1)
    validated = loop.train(recipe).network.state_dict()
    assert all(torch.equal(validated[key], value) for key, value in without.items())
    assert (recipe.out / "log.csv").read_text() == (small.out / "without" / "log.csv").read_text()


def test_the_best_is_the_highest_and_patience_counts_what_brings_nothing() -> None:
    best = Best()
    taken = [best.take(value) for value in (math.nan, 0.3, 0.3, 0.5, math.nan, 0.4)]
    assert taken == [False, True, False, True, False, False]
    assert (best.goodness, best.waited) == (0.5, 2)
    assert best.exhausted(2) and not best.exhausted(3) and not best.exhausted(0)


def test_a_stage_that_does_not_learn_the_anomaly_is_judged_by_its_loss() -> None:
    found = Validation(pixel_ap=0.7, pixel_fpr95=0.1, loss=2.5)
    assert found.goodness(("segmentation", "anomaly")) == 0.7
    assert found.goodness(("segmentation",)) == -2.5
