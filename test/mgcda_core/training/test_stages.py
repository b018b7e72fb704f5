"""Stages: what a stage does not train stays as it is, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.networks.build import build_network
from mgcda_core.training import loop
from mgcda_core.training.checkpoint import load_checkpoint
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import Stage, learned_losses, plan, set_learning

SEPARATE = {"segmentation": "separate", "segmentation_backbone": "mobilenetv3_small_050"}
LEARNING = {
    ("shared", "segmentation"): {"backbone", "segmentation"},
    ("shared", "synthesis"): {"synthesis"},
    ("shared", "anomaly"): {"dissimilarity", "mdat", "cacl"},
    ("separate", "segmentation"): {"segmentation"},
    ("separate", "synthesis"): {"synthesis"},
    ("separate", "anomaly"): {"backbone", "dissimilarity", "mdat", "cacl"},
    ("direct", "segmentation"): {"backbone", "segmentation"},
    ("direct", "anomaly"): {"anomaly", "mdat", "cacl"},
}


def states(network: torch.nn.Module, alignment: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {key: value.clone() for part in (network, alignment) for key, value in part.state_dict().items()}


@pytest.mark.parametrize(("kind", "loss"), LEARNING)
def test_a_stage_changes_the_networks_that_learn_and_no_bit_of_the_others(small: Recipe, kind: str, loss: str) -> None:
    changes = {"separate": SEPARATE, "direct": {"kind": "direct"}, "shared": {}}[kind]
    recipe = replace(
        small,
        architecture=replace(small.architecture, **changes),
        stages=(Stage("only", (loss,)),),
        alignment=AlignmentSettings(feature_weight=1.0, output_weight=1.0, contrast_weight=1.0, per_class=8),
        average_decay=0.9,
    )
    before = states(*loop.initial_state(recipe))
    after = states(loop.train(recipe).network, torch.nn.Module())
    after |= load_checkpoint(recipe.out / "checkpoint.pt")["alignment"]
    assert after.keys() == before.keys()
    moved = {key.split(".")[0] for key, value in after.items() if not torch.equal(value, before[key])}
    assert moved == LEARNING[kind, loss]


def test_the_next_stage_starts_from_the_average_that_the_last_one_left(
    small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a later stage learns from is what is saved of the earlier ones in the end."""
    alone = loop.train(replace(small, stages=(Stage("one", ("segmentation",)),), out=small.out / "alone"))
    alone = alone.network.state_dict()
    both = (Stage("one", ("segmentation",)), Stage("two", ("anomaly",)))
    together = loop.train(replace(small, stages=both, out=small.out / "together")).network.state_dict()
    for key, value in alone.items():
        if not key.startswith("dissimilarity"):
            assert torch.equal(together[key], value), key
    header, *lines = (small.out / "together" / "log.csv").read_text().splitlines()
    assert header == "step,segmentation,anomaly"
    assert [line.split(",")[0] for line in lines] == ["3", "7"]
    assert lines[0].endswith(",nan") and lines[1].split(",")[1] == "nan"


def test_stages_follow_one_another_and_take_what_they_lack_from_the_recipe() -> None:
    first, second = plan(
        (Stage("a", steps=3, learning_rate=0.5), Stage("b")), steps=7, learning_rate=0.1, warmup_steps=2
    )
    assert (first.first, first.last, first.learning_rate, first.warmup_steps) == (0, 3, 0.5, 2)
    assert (second.first, second.last, second.learning_rate, second.steps) == (3, 10, 0.1, 7)
    (joint,) = plan((), steps=7, learning_rate=0.1, warmup_steps=2)
    assert joint.stage.learns == ("segmentation", "synthesis", "anomaly") and joint.stage.aligned
    assert not Stage("a", ("synthesis",)).aligned and not Stage("a", alignment=False).aligned


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a/b"}, "stage name 'a/b' is not allowed"),
        ({"learns": ()}, r"learns \(\) is not allowed"),
        ({"learns": ("depth",)}, "name one or more of"),
        ({"learns": ("anomaly", "anomaly")}, "each once"),
        ({"steps": 0}, "steps 0 is not allowed"),
        ({"learning_rate": 0.0}, "learning_rate 0.0 is not allowed"),
        ({"warmup_steps": -1}, "warmup_steps -1 is not allowed"),
    ],
    ids=str,
)
def test_a_stage_that_cannot_work_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stage(**{"name": "a", **changes})


def test_a_stage_with_nothing_to_learn_is_refused(small: Recipe) -> None:
    direct = build_network(replace(small.architecture, kind="direct"))
    assert learned_losses(direct, Stage("a")) == ("segmentation", "anomaly")
    with pytest.raises(
        ValueError, match="stage drawing: .* nothing can be trained here.*kind direct.*leave the stage out"
    ):
        learned_losses(direct, Stage("drawing", ("synthesis",)))


def test_every_child_that_can_learn_belongs_to_one_loss(small: Recipe) -> None:
    architectures = [
        small.architecture,
        replace(small.architecture, **SEPARATE),
        replace(small.architecture, kind="direct"),
        replace(small.architecture, perceptual_backbone="mobilenetv3_small_050"),
    ]
    for architecture in architectures:
        network = build_network(architecture)
        owned = [name for names in network.learned_parts().values() for name in names]
        assert len(owned) == len(set(owned))
        assert set(owned) == {name for name, _ in network.named_children()} - {"perceptual"}


def test_frozen_layers_and_the_perceptual_encoder_never_learn(small: Recipe) -> None:
    network = build_network(replace(small.architecture, perceptual_backbone="mobilenetv3_small_050"))
    set_learning(network, ("segmentation", "synthesis", "anomaly"), ("conv_stem",))
    still = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert still == {
        name
        for name, _ in network.named_parameters()
        if name.startswith(("backbone.features.conv_stem.", "perceptual."))
    }
