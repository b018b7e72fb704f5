"""Alignment exists in training only: every architecture can be trained with it, and nothing of it is in the weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.deploy.cost import part_costs
from mgcda_core.deploy.weights import Card, load_weights, save_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.training import log
from mgcda_core.training.checkpoint import load_checkpoint
from mgcda_core.training.log import read_log
from mgcda_core.training.loop import initial_state, train
from mgcda_core.training.recipe import Recipe

OFF = AlignmentSettings()
MDAT = AlignmentSettings(feature_weight=1.0, output_weight=1.0)
CACL = AlignmentSettings(contrast_weight=1.0, per_class=8)
BOTH = dataclasses.replace(MDAT, contrast_weight=1.0, per_class=8)
SETTINGS = {"none": OFF, "MDAT": MDAT, "CACL": CACL, "both": BOTH}
NARROW = {"classes": STREET_CLASSES, "segmentation_width": 8, "dissimilarity_width": 8, "map_width": 6}
ARCHITECTURES = {
    "dissimilarity": Architecture(synthesis_widths=(12, 8), **NARROW),
    "reference wiring": Architecture(
        dissimilarity="reference", synthesis="spade", synthesis_widths=(8, 6), backbone="resnet18", **NARROW
    ),
    "direct": Architecture(kind="direct", **NARROW),
}


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Leave PyTorch's threads as they were."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def recipe(training_data: Path, tmp_path: Path) -> Recipe:
    """Two steps whose batches hold anomalies of both domains (this seed), and nothing that moves without a gradient."""
    return Recipe(
        data=training_data, out=tmp_path / "run", steps=2, batch_size=4, crop=(96, 128), shares=(0.5, 0.5, 0.0),
        warmup_steps=1, average_decay=0.5, seed=8, weight_decay=0.0, threads=1, workers=0,
        precision="fp32", checkpoint_every=1, validate_every=0, architecture=ARCHITECTURES["dissimilarity"],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ARCHITECTURES)
@pytest.mark.parametrize("alignment", SETTINGS)
def test_every_architecture_trains_with_every_alignment(recipe: Recipe, kind: str, alignment: str) -> None:
    recipe = dataclasses.replace(recipe, architecture=ARCHITECTURES[kind], alignment=SETTINGS[alignment])
    network = train(recipe).network
    state = load_checkpoint(recipe.out / "checkpoint.pt")
    expected = {"MDAT": {"mdat"}, "CACL": {"cacl"}, "both": {"mdat", "cacl"}, "none": set()}[alignment]
    assert {name.split(".")[0] for name in state["alignment"]} == expected
    # The classifiers and the projector have moved from where they started.
    _, start = initial_state(recipe)
    for name, parameter in start.named_parameters():
        assert not torch.equal(parameter, state["alignment"][name]), name
    assert network.state_dict().keys() == build_network(recipe.architecture).state_dict().keys()


def test_saved_weights_are_the_same_size_and_cost_with_alignment_and_without(recipe: Recipe, tmp_path: Path) -> None:
    """Parameter-free inference: same keys, shapes and multiply-adds; only the values have learned from other losses."""
    files: dict[str, Path] = {}
    for name, settings in SETTINGS.items():
        network = train(dataclasses.replace(recipe, alignment=settings, out=tmp_path / name)).network
        files[name] = tmp_path / f"{name}.safetensors"
        save_weights(network, Card(name, network.architecture), files[name])
    plain = load_file(files["none"])
    costs = part_costs(load_weights(files["none"])[0], 64, 128)
    for name in ("MDAT", "CACL", "both"):
        aligned = load_file(files[name])
        assert {key: value.shape for key, value in aligned.items()} == {key: v.shape for key, v in plain.items()}
        assert part_costs(load_weights(files[name])[0], 64, 128) == costs
        assert any(not torch.equal(aligned[key], plain[key]) for key in plain)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_the_same_weights_give_the_same_output_with_alignment_on_and_off(recipe: Recipe, kind: str) -> None:
    recipe = dataclasses.replace(recipe, architecture=ARCHITECTURES[kind])
    plain, _ = initial_state(recipe)
    aligned, alignment = initial_state(dataclasses.replace(recipe, alignment=BOTH))
    image = torch.rand(4, 3, 64, 68, generator=torch.Generator().manual_seed(0))
    expected, found = plain.eval()(image), aligned.eval()(image)
    step = alignment(
        found, torch.randint(0, 2, (4, 64, 68)), torch.tensor([0, 1, 0, 1]), 0.5, torch.Generator().manual_seed(0)
    )
    assert step.loss > 0
    for ours, theirs in zip(expected, found, strict=True):
        assert (ours is None and theirs is None) or torch.equal(ours, theirs)


def test_watching_leaves_the_network_as_it_would_be_without(recipe: Recipe, tmp_path: Path) -> None:
    plain = train(recipe).network
    watched = train(
        dataclasses.replace(recipe, alignment=AlignmentSettings(watch=True, per_class=8), out=tmp_path / "watched")
    ).network
    for key, value in plain.state_dict().items():
        # Up to the order in which a gradient and exact zeros are summed.
        torch.testing.assert_close(watched.state_dict()[key], value, atol=1e-7, rtol=1e-5)


def test_a_killed_aligned_training_goes_on_to_the_same_numbers(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "EVERY", 4)
    recipe = dataclasses.replace(recipe, alignment=BOTH, steps=5, checkpoint_every=3)
    straight = train(recipe).network
    killed = dataclasses.replace(recipe, out=tmp_path / "killed")
    # A training of the same schedule that ended early is what a kill leaves behind.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mgcda_core.training.loop.save_checkpoint", _save_and_die)
        with pytest.raises(KeyboardInterrupt):
            train(killed)
    resumed = train(killed).network
    for key, value in straight.state_dict().items():
        assert torch.equal(resumed.state_dict()[key], value), key
    ours, theirs = read_log(killed.out / "log.csv"), read_log(recipe.out / "log.csv")
    assert ours.keys() == theirs.keys() >= {"step", "contrast", "domain_feature", "accuracy_output", "anomaly"}
    for name, values in theirs.items():
        assert ours[name] == values, name


def _save_and_die(path: Path, state: dict) -> None:
    from mgcda_core.training.checkpoint import save_checkpoint

    save_checkpoint(path, state)
    raise KeyboardInterrupt


def test_weights_scale_what_they_weigh(recipe: Recipe) -> None:
    """The contrastive loss by its weight; the domain losses whole, because their weight is on the reversed gradient."""
    network, _ = initial_state(recipe)
    outputs = network(torch.rand(4, 3, 64, 68, generator=torch.Generator().manual_seed(0)))
    labels, domains = torch.zeros(4, 64, 68, dtype=torch.uint8), torch.tensor([0, 1, 2, 1])
    labels[:, 20:40] = 1

    def loss_and_parts(settings: AlignmentSettings) -> tuple[float, dict[str, float]]:
        torch.manual_seed(7)
        step = Alignment(settings, network, 3)(outputs, labels, domains, 0.5, torch.Generator().manual_seed(0))
        return float(step.loss.detach()), step.parts

    loss, parts = loss_and_parts(CACL)
    assert loss == pytest.approx(parts["contrast"])
    assert loss_and_parts(dataclasses.replace(CACL, contrast_weight=0.25))[0] == pytest.approx(loss / 4)
    loss, parts = loss_and_parts(MDAT)
    assert loss == pytest.approx(parts["domain_feature"] + parts["domain_output"])
    assert loss_and_parts(OFF) == (0.0, {})


@pytest.mark.parametrize("name", ["feature_weight", "output_weight", "contrast_weight", "steepness"])
def test_a_negative_weight_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: -0.1 is not allowed"):
        AlignmentSettings(**{name: -0.1})
