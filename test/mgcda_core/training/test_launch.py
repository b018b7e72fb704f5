"""From a configuration file to weights on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mgcda_core.datasets.rgba_objects import CUTOUT_SUFFIXES
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, Card, named_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import NAMED
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training import launch
from mgcda_core.training.log import read_log
from mgcda_core.training.precision import chosen_precision
from mgcda_core.training.recipe import Recipe

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def leave_threads() -> object:
    """Leave PyTorch's threads as they were."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_tiny_configuration_trains_on_made_up_data(
    load_recipe: Callable[..., Recipe], training_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = load_recipe("tiny", "--recipe.data", str(training_data), "--recipe.out", str(tmp_path / "tiny"))
    # Fewer steps and pictures than the file has, no process that makes them and no drives, which take long to render.
    recipe = replace(
        tiny, steps=4, warmup_steps=1, threads=1, workers=0, shares=(0.5, 0.5, 0.0), validate_every=2,
        validation_pictures=6,
    )  # fmt: skip
    finished: list[AnomalyNetwork] = []
    told: list[dict[str, Any]] = []

    def remembered(network: AnomalyNetwork, *_: object, **details: object) -> Card:
        finished.append(network)
        told.append(details["training"])
        return Card("tiny", network.architecture, commit=str(details["commit"]))

    # Made-up pictures are noise: what four steps learn of them would not pass for learnt (test_loop.py has the finish).
    monkeypatch.setattr(launch, "finish", remembered)
    path, card = launch.train_and_save(recipe, commit="abc")
    assert (path, card.commit) == (tmp_path / "tiny" / "mgcda.safetensors", "abc")
    assert told[0]["recipe"]["precision"] == chosen_precision("auto"), "what it was computed in"
    assert not finished[0].training and finished[0].architecture.dissimilarity_width == 16
    assert read_log(recipe.out / "validation.csv")["step"] == [1, 3]
    assert {"anomaly", "domain_feature", "domain_output", "contrast"} <= read_log(recipe.out / "log.csv").keys()
    assert {file.name for file in recipe.out.iterdir() if file.is_file()} == {
        "best_joint.pt", "checkpoint.pt", "log.csv", "validation.csv",
    }  # fmt: skip


def test_the_card_is_told_of_the_weights_that_the_training_went_on_from_and_of_its_teacher(
    training_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    trained = SimpleNamespace(network=None, hours=0.1, left_out=())
    monkeypatch.setattr(launch, "train", lambda *_: trained)
    monkeypatch.setattr(launch, "finish", lambda *_, before, **__: told.extend(card.name for card in before))
    fast = named_weights("mgcda_fast")
    for changes in ({}, {"teacher": fast}, {"start_from": SHIPPED_WEIGHTS, "teacher": fast}):
        launch.train_and_save(Recipe(data=training_data, out=tmp_path, precision="fp32", **changes), commit="abc")
    assert told == ["mgcda_fast", "mgcda_lite", "mgcda_fast"]


def test_the_shipped_configurations_are_recipes(load_recipe: Callable[..., Recipe]) -> None:
    assert replace(load_recipe("lite"), data=Path()) == Recipe(data=Path(), out=Path("runs/lite"))
    second = load_recipe("lite_domains")
    assert second.start_from == load_recipe("lite").out / launch.WEIGHTS, "it goes on from what lite.yaml leaves"
    assert sum(second.domains.values()) == pytest.approx(1)
    assert second.alignment.uses_domains and second.alignment.uses_contrast
    realistic, student = load_recipe("lite_realistic"), load_recipe("lite_student")
    assert set(realistic.domains) < set(second.domains) and sum(realistic.domains.values()) == pytest.approx(1)
    assert student.teacher == student.start_from and student.teacher.parts == SHIPPED_WEIGHTS.parts[-3:]
    assert student.architecture == Architecture(convolutions="separable")
    assert student.domains == second.domains and student.scales == ()
    layered = load_recipe("lite_layered")
    assert layered.layers >= {"road_debris", "anomaly_mix"} and sum(layered.domains.values()) == pytest.approx(1)
    assert [source.root.name for source in layered.objects] == ["coco", *layered.data_terms]
    paper = load_recipe("paper")
    assert paper.architecture == NAMED["reference"]
    assert [planned.stage.learns for planned in paper.plan()] == [("segmentation",), ("synthesis",), ("anomaly",)]
    assert paper.alignment.uses_domains and paper.alignment.uses_contrast


def test_no_emoji_is_in_both_lists_of_them_or_twice_in_one() -> None:
    lists = [ROOT / "config" / "train" / f"emoji_{kind}.txt" for kind in ("large", "objects")]
    names = [name for path in lists for name in path.read_text(encoding="utf-8").splitlines()]
    assert len(set(names)) == len(names) > 500
    assert {Path(name).suffix for name in names} <= set(CUTOUT_SUFFIXES)


def test_an_unknown_key_is_refused(load_recipe: Callable[..., Recipe], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load_recipe("tiny", "--recipe.stages", "[{name: one, setps: 3}]")
    assert "setps" in capsys.readouterr().err
