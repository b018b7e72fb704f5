"""Weights on disk: what is written comes back, and what is wrong is refused by name before it is used."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mgcda_core.deploy.weights import (
    SHIPPED,
    SHIPPED_WEIGHTS,
    Calibration,
    Card,
    WeightsError,
    card_path,
    load_card,
    load_weights,
    named_weights,
    save_weights,
)
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.scales import Scale


@pytest.fixture
def copied(weights_file: Path, tmp_path: Path) -> Path:
    """Return a copy of the session's weights and card that a test may spoil."""
    path = tmp_path / "copy.safetensors"
    shutil.copy(weights_file, path)
    shutil.copy(card_path(weights_file), card_path(path))
    return path


def change_card(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads(card_path(path).read_text())
    change(card)
    card_path(path).write_text(json.dumps(card))


def test_what_is_written_comes_back(network: AnomalyNetwork, tmp_path: Path) -> None:
    card = Card(
        "round-trip", network.architecture, Calibration(1.25, -3.5), threshold=0.125, long_side_px=640,
        scales=(Scale(0.75, 0.25),),
        data={"camvid": "some words"}, metrics={"ap": 0.5}, training={"steps": 3}, seed=7, commit="abc123",
    )  # fmt: skip
    path = tmp_path / "new" / "folder" / "model.safetensors"
    save_weights(network.to(memory_format=torch.channels_last), card, path)
    loaded, loaded_card = load_weights(path)
    assert loaded_card == card
    assert not loaded.training
    expected = network.state_dict()
    assert loaded.state_dict().keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())


def test_weights_stored_in_half_precision_run_in_single(copied: Path) -> None:
    halves = {key: value.half() if value.is_floating_point() else value for key, value in load_file(copied).items()}
    save_file(halves, copied)
    network, _ = load_weights(copied)
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    name = "segmentation.classifier.weight"
    assert torch.equal(network.state_dict()[name].half(), halves[name])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere.safetensors: the weights file does not exist"):
        load_weights(tmp_path / "nowhere.safetensors")


def test_a_missing_card_is_named(copied: Path) -> None:
    card_path(copied).unlink()
    with pytest.raises(WeightsError, match="copy.json: the card is missing"):
        load_weights(copied)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_download_that_broke_off_is_refused(copied: Path, share: float) -> None:
    content = copied.read_bytes()
    copied.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(WeightsError, match="copy.safetensors: not a whole safetensors file"):
        load_weights(copied)


class Trap:
    """Writes a file when unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.witness,)


@pytest.mark.parametrize("writer", [pickle.dump, torch.save], ids=["pickle", "torch"])
def test_a_pickle_under_another_name_is_refused_and_not_run(copied: Path, tmp_path: Path, writer: Callable) -> None:
    witness = tmp_path / "code ran"
    with copied.open("wb") as file:
        writer(Trap(witness), file)
    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        load_weights(copied)
    assert not witness.exists()
    pickle.loads(pickle.dumps(Trap(witness)))
    assert witness.exists(), "the trap itself must work"


CARD_FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another width": (lambda card: card["architecture"].update(dissimilarity_width=16), "do not fit the architecture"),
    "a scale that enlarges": (lambda card: card.update(scales=[[1.5, 0.3]]), "scales: factor 1.5"),
    "weights of scales": (lambda card: card.update(scales=[[0.5, 1.0]]), "scales: weights"),
    "scales that are none": (lambda card: card.update(scales=[0.5]), "a field of the card"),
    "another class list": (lambda card: card["architecture"]["classes"].pop(), "do not fit the architecture"),
    "another backbone": (lambda card: card["architecture"].update(backbone="resnet18"), "do not fit the architecture"),
    "unknown backbone": (lambda card: card["architecture"].update(backbone="nonsense"), "not a timm model"),
    "width of no network": (lambda card: card["architecture"].update(map_width=-3), "copy.json"),
    "mean of two colours": (lambda card: card["architecture"].update(mean=[0.5, 0.5]), "copy.json"),
    "unknown field": (lambda card: card.update(colour="red"), "colour"),
    "unknown architecture field": (lambda card: card["architecture"].update(depth=3), "depth"),
    "no architecture": (lambda card: card.pop("architecture"), "architecture"),
    "architecture is a list": (lambda card: card.update(architecture=[1]), "malformed"),
    "no name": (lambda card: card.pop("name"), "name"),
    "later format": (lambda card: card.update(format=2), "card format 2 is not 1"),
    "no format": (lambda card: card.pop("format"), "card format None is not 1"),
    "threshold of one": (lambda card: card.update(threshold=1.0), "threshold 1.0 is not allowed"),
    "threshold NaN": (lambda card: card.update(threshold=float("nan")), "threshold nan is not allowed"),
    "threshold in words": (lambda card: card.update(threshold="high"), "threshold 'high' is not allowed"),
    "calibration NaN": (lambda card: card["calibration"].update(scale=float("nan")), "scale nan is not allowed"),
    "calibration in words": (lambda card: card["calibration"].update(bias="low"), "bias 'low' is not allowed"),
    "size in words": (lambda card: card.update(long_side_px="1024"), "long_side_px '1024' is not allowed"),
}


@pytest.mark.parametrize(("change", "message"), CARD_FAULTS.values(), ids=CARD_FAULTS)
def test_a_card_that_does_not_fit_is_refused(copied: Path, change: Callable, message: str) -> None:
    change_card(copied, change)
    with pytest.raises(WeightsError, match=message):
        load_weights(copied)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b"3"], ids=["empty", "cut", "binary", "list", "number"]
)
def test_a_card_that_is_no_card_is_refused(copied: Path, content: bytes) -> None:
    card_path(copied).write_bytes(content)
    with pytest.raises(WeightsError, match="copy.json"):
        load_card(copied)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(copied: Path, value: float) -> None:
    tensors = load_file(copied)
    tensors["segmentation.classifier.bias"][3] = value
    save_file(tensors, copied)
    with pytest.raises(WeightsError, match="segmentation.classifier.bias holds NaN or infinity"):
        load_weights(copied)


def test_a_missing_a_surplus_and_a_reshaped_tensor_are_named(copied: Path) -> None:
    tensors = load_file(copied)
    del tensors["segmentation.classifier.bias"]
    tensors["projector.weight"] = torch.zeros(3)
    tensors["dissimilarity.classifier.bias"] = torch.zeros(2)
    save_file(tensors, copied)
    with pytest.raises(WeightsError, match="1 tensors missing, 1 unknown, 1 of another shape") as error:
        load_weights(copied)
    for name in ("segmentation.classifier.bias", "projector.weight", "dissimilarity.classifier.bias"):
        assert name in str(error.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_weights_that_ship_load_and_say_where_they_come_from(name: str) -> None:
    network, card = load_weights(SHIPPED[name])
    assert card.name == name
    assert card.architecture == network.architecture
    assert card.data and card.commit
    assert "road" in card.architecture.classes


def test_all_that_ships_is_small_and_has_a_name() -> None:
    assert set(SHIPPED_WEIGHTS.parent.glob("*.safetensors")) == set(SHIPPED.values())
    files = [file for path in SHIPPED.values() for file in (path, card_path(path))]
    assert sum(file.stat().st_size for file in files) <= 25e6


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("", SHIPPED_WEIGHTS),
        (Path(""), SHIPPED_WEIGHTS),
        ("mgcda_lite", SHIPPED_WEIGHTS),
        (Path("mgcda_lite"), SHIPPED_WEIGHTS),
        ("mgcda_lite.safetensors", Path("mgcda_lite.safetensors")),
        ("./mgcda_lite.onnx", Path("mgcda_lite.onnx")),
        ("folder/mgcda_lite", Path("folder/mgcda_lite")),
        ("~/a.safetensors", Path.home() / "a.safetensors"),
    ],
    ids=str,
)
def test_weights_are_named_by_path_or_those_that_ship_by_name(named: str | Path, expected: Path) -> None:
    assert named_weights(named) == expected


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(WeightsError, match="mgcda_fsat: neither a file .* these are .*mgcda_lite"):
        named_weights("mgcda_fsat")
