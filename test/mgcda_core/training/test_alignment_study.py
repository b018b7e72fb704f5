"""The alignment study: its numbers against slow ones, its four settings, and the whole of it on a few pictures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.networks.architecture import Architecture
from mgcda_core.training import alignment_study
from mgcda_core.training.alignment_plots import format_study, plot_contrast, plot_domains
from mgcda_core.training.alignment_study import centred, domain_probe, mean_cosines, measure, settings_of, study
from mgcda_core.training.loop import initial_state
from mgcda_core.training.mixture import Mixture
from mgcda_core.training.recipe import Recipe


@pytest.fixture
def recipe(training_data: Path, tmp_path: Path) -> Recipe:
    architecture = Architecture(kind="direct", classes=STREET_CLASSES, segmentation_width=8)
    return Recipe(
        data=training_data, out=tmp_path / "study", steps=2, batch_size=2, crop=(96, 128), shares=(0.5, 0.5, 0.0),
        warmup_steps=1, seed=8, threads=1, workers=0, precision="fp32", checkpoint_every=1, validate_every=0,
        architecture=architecture,
        alignment=AlignmentSettings(feature_weight=0.3, output_weight=0.2, contrast_weight=0.1, per_class=8),
    )  # fmt: skip


def test_the_mean_cosines_are_the_slow_ones() -> None:
    generator = torch.Generator().manual_seed(0)
    vectors = F.normalize(torch.randn(40, 5, generator=generator), dim=1)
    anomalous = torch.rand(40, generator=generator) < 0.3
    domains = torch.randint(0, 3, (40,), generator=generator)
    across: dict[bool, list[float]] = {False: [], True: []}
    apart: list[float] = []
    for one in range(40):
        for other in range(40):
            cosine = float(vectors[one] @ vectors[other])
            if anomalous[one] == anomalous[other] and domains[one] != domains[other]:
                across[bool(anomalous[one])].append(cosine)
            if anomalous[one] != anomalous[other] and domains[one] == domains[other]:
                apart.append(cosine)
    expected = ((np.mean(across[False]) + np.mean(across[True])) / 2, np.mean(apart))
    assert mean_cosines(vectors, anomalous, domains) == pytest.approx(expected, abs=1e-6)


def test_centring_takes_out_what_all_groups_share_however_large_they_are() -> None:
    """Two directions on a large common offset, one group ten times the other: opposite once it is gone."""
    offset, direction = torch.tensor([50.0, 20.0, 3.0]), torch.tensor([0.0, 1.0, 1.0])
    vectors = torch.cat([(offset + direction).repeat(10, 1), (offset - direction).repeat(1, 1)])
    anomalous = torch.tensor([False] * 10 + [True])
    found = centred(vectors, anomalous, torch.zeros(11, dtype=torch.int64))
    expected = direction / direction.norm()
    torch.testing.assert_close(found, torch.cat([expected.repeat(10, 1), -expected[None]]), atol=1e-5, rtol=0)


def test_the_probe_tells_what_can_be_told_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    domains = rng.integers(0, 3, 300)
    noise = rng.normal(size=(300, 8))
    assert domain_probe(noise, domains) < 0.45
    told = noise.copy()
    told[:, 2] += 4 * domains
    assert domain_probe(told, domains) > 0.9


def test_measuring_changes_nothing_and_gives_the_same_again(recipe: Recipe) -> None:
    network, alignment = initial_state(settings_of(recipe)["none"])
    pictures = Mixture(recipe.data, length=15, seed=0, crop=recipe.crop, shares=recipe.shares, held_out=True)
    before = {name: value.clone() for name, value in alignment.state_dict().items()}
    first = measure(network.eval(), alignment.train(), pictures)
    assert all(torch.equal(value, before[name]) for name, value in alignment.state_dict().items())
    assert measure(network, alignment, pictures) == first


def test_each_setting_switches_its_parts_and_watches_the_others(recipe: Recipe) -> None:
    settings = {name: each.alignment for name, each in settings_of(recipe).items()}
    weights = {name: (s.feature_weight, s.output_weight, s.contrast_weight) for name, s in settings.items()}
    assert weights == {
        "none": (0, 0, 0), "MDAT": (0.3, 0.2, 0), "CACL": (0, 0, 0.1), "both": (0.3, 0.2, 0.1),
    }  # fmt: skip
    assert all(each.watch for each in settings.values())
    assert settings["none"].smoothing == settings["CACL"].smoothing == "none"
    assert len({each.out for each in settings_of(recipe).values()}) == 4
    with pytest.raises(ValueError, match="must all be above 0"):
        settings_of(dataclasses.replace(recipe, alignment=AlignmentSettings(feature_weight=1.0)))


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_the_study_trains_measures_and_draws(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment_study, "FOLDS", 2)
    before, outcomes = study(recipe, pictures=30)
    assert list(outcomes) == ["none", "MDAT", "CACL", "both"]
    for outcome in outcomes.values():
        assert 0 <= outcome.after.feature_probe <= 1
        assert {"accuracy_feature", "accuracy_output", "contrast", "step"} <= outcome.log.keys()
    plot_domains(before, outcomes, tmp_path / "domains.png", domain_count=3)
    plot_contrast(before, outcomes, tmp_path / "contrast.png")
    for name in ("domains.png", "contrast.png"):
        picture = cv2.imread(str(tmp_path / name))
        assert picture.shape[0] > 300 and picture.std() > 10
    rows = format_study(before, outcomes).splitlines()
    assert len(rows) == 7 and len({row.count("|") for row in rows}) == 1
    # A second call trains nothing again, and says the same.
    monkeypatch.setattr("mgcda_core.training.loop.batches", lambda *_: iter(()))
    again = study(recipe, pictures=30)
    assert again == (before, outcomes)
    assert all(math.isfinite(value) for value in (*before.across, *before.apart))
