"""The mean of weights is the mean, says what it was made of, and is refused where it would be none."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import average_precision_score, roc_curve

from mgcda_core.deploy.weights import Calibration, Card, WeightsError, load_weights, save_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.calibration import HeldOut, metrics_by_domain
from mgcda_core.training.combination import Candidate, combine, format_candidates, mean_network
from mgcda_core.training.recipe import Recipe


@pytest.fixture
def parts(network: AnomalyNetwork, make_network: Callable, architecture: Architecture, tmp_path: Path) -> list[Path]:
    """Return three weights of one architecture that differ in every tensor."""
    files = []
    for number in range(3):
        other = make_network(architecture)
        generator = torch.Generator().manual_seed(number)
        with torch.no_grad():
            for value in other.state_dict().values():
                if value.is_floating_point():
                    value.add_(0.01 * torch.rand(value.shape, generator=generator))
        path = tmp_path / f"run{number}" / "mgcda.safetensors"
        card = Card(
            "mgcda", architecture, seed=number, commit=f"c{number}", training={"hours": 1.5, "finished": "2026"},
            data={f"yard{number}": "ours"},
        )  # fmt: skip
        save_weights(other, card, path)
        files.append(path)
    return files


@pytest.mark.parametrize("shares", [(), (0.5, 0.3, 0.2)], ids=["equal", "given"])
def test_every_tensor_is_the_weighted_mean(parts: list[Path], shares: tuple[float, ...]) -> None:
    mean, cards = mean_network(parts, shares)
    stored = [load_file(path) for path in parts]
    assert [card.seed for card in cards] == [0, 1, 2] and not mean.training
    for name, value in mean.state_dict().items():
        if value.is_floating_point():
            expected = sum(s * t[name].double() for s, t in zip(shares or (1 / 3,) * 3, stored, strict=True))
            torch.testing.assert_close(value.double(), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(
    ("count", "shares", "named"),
    [(1, (), "weights: 1 file"), (2, (0.5, 0.6), "adding up to 1"), (3, (0.5, 0.5), "for each of the 3"),
     (2, (0.0, 1.0), "one above 0")],
    ids=["one file", "more than all", "too few", "nothing"],
)  # fmt: skip
def test_shares_that_do_not_fit_are_refused(parts: list[Path], count: int, shares: tuple, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        mean_network(parts[:count], shares)


def test_another_architecture_is_refused(
    parts: list[Path], make_network: Callable, architecture: Architecture, tmp_path: Path
) -> None:
    other = dataclasses.replace(architecture, map_width=4)
    save_weights(make_network(other), Card("other", other), path := tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="other.safetensors: another architecture"):
        mean_network([*parts, path])


def test_what_is_written_is_the_calibrated_mean_with_the_history_of_its_parts(
    parts: list[Path], training_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random networks: whether they have learned anything is not asked here.
    monkeypatch.setattr("mgcda_core.training.finish.fit_calibration", lambda *_: Calibration(1.0, 0.0))
    recipe = Recipe(
        data=training_data, out=tmp_path / "out", domains={"anomaly_mix": 0.5, "road_debris": 0.5}, crop=(64, 96),
        validation_pictures=8, scales=((0.5, 0.25),), long_side_px=448,
    )  # fmt: skip
    path = tmp_path / "combined" / "mean.safetensors"
    candidates = combine(recipe, parts[:2], (0.25, 0.75), path, commit="abc")
    network, card = load_weights(path)
    expected, _ = mean_network(parts[:2], (0.25, 0.75))
    assert all(torch.equal(value, expected.state_dict()[name]) for name, value in network.state_dict().items())
    assert (card.name, card.commit, card.scales, card.long_side_px) == ("mean", "abc", ((0.5, 0.25),), 448)
    assert card.data.keys() == {"camvid", "idd_lite", "coco", "yard0", "yard1"}, "what any part has learned from"
    told = [(part["share"], part["seed"], part["commit"], part["hours"]) for part in card.training["mean_of"]]
    assert told == [(0.25, 0, "c0", 1.5), (0.75, 1, "c1", 1.5)]
    assert [each.name for each in candidates] == ["mgcda (run0)", "mgcda (run1)", "mean"]
    assert all(set(each.domains) <= {"anomaly_mix", "road_debris"} and each.domains for each in candidates)
    assert candidates[2].domains == card.metrics["held_out_synthetic"]["domains"]


def test_domains_are_judged_apart() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.normal(size=(20, 30)).astype(np.float32) for _ in range(4)]
    labels = [rng.choice(np.array([0, 1, 255], np.uint8), size=(20, 30)) for _ in range(4)]
    labels[3][labels[3] == 1] = 0
    found = metrics_by_domain(HeldOut(logits, labels, [0, 1, 0, 2]), ["first", "second", "clean", "unseen"])
    assert list(found) == ["first", "second"], "a domain without anomalies, or without pictures, has no figures"
    scores = np.concatenate([logits[n][labels[n] != 255] for n in (0, 2)])
    truth = np.concatenate([labels[n][labels[n] != 255] for n in (0, 2)])
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    assert found["first"]["pixel_ap"] == pytest.approx(average_precision_score(truth, scores), abs=1e-4)
    assert found["first"]["pixel_fpr95"] == pytest.approx(false[np.argmax(true >= 0.95)], abs=1e-4)


def test_candidates_stand_in_one_table() -> None:
    first = Candidate("a", {"x": {"pixel_ap": 0.5, "pixel_fpr95": 0.25}, "y": {"pixel_ap": 0.7, "pixel_fpr95": 0.01}})
    table = format_candidates([first, Candidate("b", {"x": {"pixel_ap": 0.123, "pixel_fpr95": 0.9}})])
    assert table.splitlines() == [
        "| weights | x | y | mean AP |",
        "|---|---|---|---|",
        "| a | 50.0 / 25.0 | 70.0 / 1.0 | 60.0 |",
        "| b | 12.3 / 90.0 | - | 12.3 |",
    ]
