"""Where a training starts: encoders that have seen ImageNet, from files that fit."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from mgcda_core.deploy.imagenet import packaged_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone
from mgcda_core.training.initial import initial_network, load_backbone
from mgcda_core.training.recipe import Recipe


def test_the_encoder_starts_on_imagenet_and_nothing_of_it_is_left_at_random(tmp_path: Path) -> None:
    weights = packaged_weights("efficientnet_lite0")
    encoder = initial_network(Recipe(data=tmp_path, out=tmp_path)).backbone.features.state_dict()
    assert len(encoder) > 200
    assert all(torch.equal(value, weights[key]) for key, value in encoder.items())


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "convnext_atto", "mobilenetv3_small_050"])
def test_a_backbone_takes_the_file_that_timm_writes_for_the_whole_model(name: str, tmp_path: Path) -> None:
    """timm's pyramids rename some layers; the same picture must give the same features as the whole model's."""
    torch.manual_seed(3)
    whole = timm.create_model(name, pretrained=False).eval()
    save_file(whole.state_dict(), tmp_path / "model.safetensors")
    backbone = Backbone(name)
    load_backbone(backbone, tmp_path / "model.safetensors")
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        expected = whole.forward_intermediates(image, intermediates_only=True)
        found = backbone.eval()(image)
    for level in found:
        assert any(level.shape == other.shape and torch.allclose(level, other, atol=1e-5) for other in expected)


def test_classes_that_the_labels_do_not_have_are_refused(tmp_path: Path) -> None:
    """Trained all the same, class 3 of the labels would teach whatever stands third in the list."""
    recipe = Recipe(data=tmp_path, out=tmp_path, architecture=Architecture(classes=("road", "sky")))
    with pytest.raises(ValueError, match=r"architecture.classes \('road', 'sky'\) is not allowed in training"):
        initial_network(recipe)


def test_a_file_of_another_model_is_refused_by_name(tmp_path: Path) -> None:
    save_file({"conv1.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"other.safetensors, conv1.weight of resnet18 has shape \(2, 2\)"):
        load_backbone(Backbone("resnet18"), tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("weights")
    with pytest.raises(ValueError, match="text.safetensors is not a safetensors file"):
        load_backbone(Backbone("resnet18"), tmp_path / "text.safetensors")


def test_a_backbone_without_a_file_starts_at_random_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe(data=tmp_path, out=tmp_path, architecture=Architecture(backbone="resnet18"))
    with caplog.at_level(logging.WARNING):
        network = initial_network(recipe)
    assert "backbone resnet18 starts at random" in caplog.text
    assert len(network.architecture.classes) == 11
    weights = tmp_path / "resnet18.safetensors"
    save_file(timm.create_model("resnet18").state_dict(), weights)
    caplog.clear()
    initial_network(dataclasses.replace(recipe, backbone_weights={"resnet18": weights}))
    assert "random" not in caplog.text
