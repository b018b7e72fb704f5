"""A training of a few steps: stopped and resumed it ends where the straight one ends."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from jsonargparse import ArgumentParser
from safetensors.torch import load_file

from mgcda_core.deploy.weights import Card, load_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training import loop
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.errors import TrainingError
from mgcda_core.training.finish import data_sources, finish, history
from mgcda_core.training.object_source import ObjectSource
from mgcda_core.training.optimiser import rate_share
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import Stage


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch, architecture: Architecture) -> Iterator[None]:
    """Train the session's small architecture, encoder at random, and leave PyTorch's threads as they were."""
    monkeypatch.setattr(loop, "initial_network", lambda recipe: build_network(architecture))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def recipe(training_data: Path, tmp_path: Path) -> Recipe:
    return Recipe(
        data=training_data, out=tmp_path / "run", steps=4, batch_size=2, crop=(64, 68), shares=(0.5, 0.5, 0.0),
        warmup_steps=2, average_decay=0.5, seed=1, threads=1, workers=0, precision="fp32", checkpoint_every=2,
        validate_every=0, validation_pictures=6,
    )  # fmt: skip


def weights_of(network: AnomalyNetwork) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in network.state_dict().items()}


def test_a_training_killed_and_resumed_ends_where_the_straight_one_ends(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = weights_of(loop.train(recipe).network)
    interrupted = dataclasses.replace(recipe, out=tmp_path / "killed")

    def killed_after_saving(path: Path, state: dict) -> None:
        save_checkpoint(path, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_checkpoint", killed_after_saving)
        with pytest.raises(KeyboardInterrupt):
            loop.train(interrupted)
    assert load_checkpoint(interrupted.out / "checkpoint.pt")["step"] == 2
    resumed = weights_of(loop.train(interrupted).network)
    for key, value in straight.items():
        assert torch.equal(resumed[key], value), key
    # A finished training is not trained further.
    again = weights_of(loop.train(interrupted).network)
    assert all(torch.equal(again[key], value) for key, value in resumed.items())


def test_training_moves_all_but_the_frozen_layers_and_returns_the_average(recipe: Recipe) -> None:
    torch.manual_seed(recipe.seed)
    before = weights_of(loop.initial_network(recipe))
    trained = loop.train(recipe).network
    assert not trained.training
    after = weights_of(trained)
    last = load_checkpoint(recipe.out / "checkpoint.pt")["network"]
    for name, parameter in trained.named_parameters():
        frozen = name.removeprefix("backbone.features.").startswith(("conv_stem.", "bn1.", "blocks.0.", "blocks.1."))
        assert torch.equal(after[name], before[name]) == frozen, name
        if not frozen:
            assert not torch.equal(parameter, last[name]), f"{name}: the last weights, not their average"
    for name, buffer in trained.named_buffers():
        if name in last:
            assert torch.equal(buffer, last[name]), f"{name}: batch statistics are those of the last step"
    assert (recipe.out / "log.csv").read_text().splitlines()[0] == "step,anomaly,segmentation,synthesis"


def test_a_loss_that_is_not_a_number_stops_the_training(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = torch.tensor(math.nan), {"anomaly": math.nan}
    monkeypatch.setattr("mgcda_core.training.learning.total_loss", lambda *_, **__: nothing)
    with pytest.raises(TrainingError, match="the loss is nan at step 0.*lower learning_rate"):
        loop.train(recipe)
    assert not (recipe.out / "checkpoint.pt").exists()


def test_the_learning_rate_warms_up_and_falls() -> None:
    rates = [rate_share(step, 1000, 100) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01) and rates[99] == rates[100] == pytest.approx(1)
    assert all(later < earlier for earlier, later in zip(rates[100:], rates[101:], strict=False))
    assert rates[550] == pytest.approx(0.51) and rates[1000] == pytest.approx(0.02)


def test_finished_weights_are_calibrated_and_can_be_loaded(
    recipe: Recipe, network: AnomalyNetwork, tmp_path: Path
) -> None:
    path = tmp_path / "mgcda_test.safetensors"
    # A network that never learned, and its opposite: one of the two scores anomalies lower than the road.
    opposite = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in opposite.dissimilarity.classifier.parameters():
            parameter.neg_()
    cards, refusals = [], []
    for candidate in (network, opposite):
        try:
            cards.append((candidate, finish(candidate, recipe, path, commit="abc", training=history(recipe, 1.234))))
        except ValueError as error:
            refusals.append(str(error))
    ((network, card),) = cards
    assert len(refusals) == 1 and "has not learned" in refusals[0]
    loaded, stored = load_weights(path)
    assert stored == dataclasses.replace(card, training=stored.training)
    assert (stored.name, stored.commit, stored.seed) == ("mgcda_test", "abc", 1)
    assert 0 < stored.threshold < 1
    assert math.isfinite(stored.calibration.scale) and (stored.calibration.scale, stored.calibration.bias) != (1.0, 0.0)
    assert stored.training["recipe"]["steps"] == 4
    assert str(recipe.data) not in path.with_suffix(".json").read_text(), "paths are of this machine only"
    assert all(torch.equal(value, network.state_dict()[key]) for key, value in loaded.state_dict().items())
    half = tmp_path / "half.safetensors"
    halved = finish(network, dataclasses.replace(recipe, stored="float16"), half, commit="abc", training={})
    assert halved.calibration.scale == pytest.approx(card.calibration.scale, rel=0.01)
    assert network.state_dict()["dissimilarity.classifier.weight"].dtype == torch.float32, "ours stays as it was"
    kernels = {name for name, parameter in network.named_parameters() if parameter.ndim > 1}
    assert {name for name, value in load_file(half).items() if value.dtype == torch.float16} == kernels
    rounded, _ = load_weights(half)
    for key, value in network.state_dict().items():
        assert torch.equal(rounded.state_dict()[key], value.half().float() if key in kernels else value)
    again = history(dataclasses.replace(recipe, start_from=path, seed=2), 0.5)
    assert again["hours"] == 0.5 and again["went_on_from"]["hours"] == 1.23
    assert (again["went_on_from"]["commit"], again["went_on_from"]["recipe"]["seed"]) == ("abc", 1)


def test_the_card_tells_whose_the_data_is_that_of_the_weights_before_too(recipe: Recipe) -> None:
    yard = ObjectSource("rgba", Path("somewhere/yard"))
    recipe = dataclasses.replace(recipe, objects=(*recipe.objects, yard), domains={"anomaly_mix": 1.0})
    assert data_sources(recipe)["yard"] == "objects, layout rgba"
    recipe = dataclasses.replace(recipe, data_terms={"yard": "parcels, ours"})
    alone = data_sources(recipe)
    assert alone["yard"] == "parcels, ours" and alone.keys() == {"camvid", "idd_lite", "coco", "yard"}
    architecture = Architecture()
    teacher = Card("teacher", architecture, data={"kitti": "KITTI, research", "coco": alone["coco"]})
    older = Card("older", architecture, data={"kitti": "KITTI, research", "yard": "barrels, theirs"})
    assert data_sources(recipe, [teacher, older]) == alone | {
        "kitti": "KITTI, research", "yard": "parcels, ours; before that: barrels, theirs",
    }  # fmt: skip
    both = Card("both", architecture, data={"yard": "parcels, ours; before that: barrels, theirs"})
    assert data_sources(recipe, [both])["yard"] == both.data["yard"], "nothing is told twice, however long the chain"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps: 0 is not allowed"),
        ({"data_terms": {"yard": "ours"}}, r"data_terms: \['yard'\] are not among streets and objects, camvid, .*coco"),
        ({"batch_size": -1}, "batch_size: -1 is not allowed"),
        ({"crop": (63, 480)}, "crop: .* must be 64 pixels or more"),
        ({"shares": (0.5, 0.5, 0.5)}, "shares: .* add up to 1"),
        ({"shares": (1.5, -0.5, 0.0)}, "shares"),
        ({"shares": (0.5, 0.5)}, "shares: .* three shares"),
        ({"precision": "bf8"}, "precision: 'bf8' is not allowed"),
        ({"keep": "first"}, "keep: 'first' is not allowed"),
        ({"stored": "int8"}, "stored: 'int8' is not allowed"),
        ({"keep": "best"}, "validate_every: 0 is not allowed with keep 'best'"),
        ({"patience": 2}, "validate_every: 0 is not allowed with .* patience 2"),
        ({"patience": -1, "validate_every": 1}, "patience: -1 is not allowed"),
        ({"long_side_px": 63}, "long_side_px: 63 is not allowed; it must be 64 pixels or more"),
        ({"average_decay": 1.0}, "average_decay: 1.0 is not allowed"),
        ({"stages": (Stage("one"), Stage("one"))}, "stages: the names .* each must be another"),
    ],
    ids=str,
)
def test_a_recipe_that_cannot_work_is_refused(recipe: Recipe, changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(recipe, **changes)


def test_the_recipe_of_the_card_is_plain_values(recipe: Recipe) -> None:
    recipe = dataclasses.replace(recipe, stages=(Stage("first", ("segmentation",), steps=2), Stage("second")))
    plain = recipe.as_dict()
    assert "data" not in plain and "out" not in plain
    # What the card holds is what the command takes.
    parser = ArgumentParser()
    parser.add_argument("--recipe", type=Recipe)
    stored = json.loads(json.dumps(plain)) | {"data": str(recipe.data), "out": str(recipe.out)}
    assert parser.instantiate_classes(parser.parse_object({"recipe": stored})).recipe == recipe
