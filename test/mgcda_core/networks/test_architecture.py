"""Architectures: which can be built, which are refused, and what both kinds have in common."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import pytest
import torch

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.build import NAMED, build_network
from mgcda_core.networks.direct import Direct
from mgcda_core.networks.mgcda import MGCDA

CLASSES = ("sky", "road", "car", "tree")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "both"}, "kind 'both' is not allowed; it must be one of"),
        ({"segmentation": "mine"}, "segmentation 'mine' is not allowed"),
        ({"synthesis": "gan"}, "synthesis 'gan' is not allowed"),
        ({"dissimilarity": "large"}, "dissimilarity 'large' is not allowed"),
        ({"uncertainty_scale": "relative"}, "uncertainty_scale 'relative' is not allowed"),
        ({"segmentation": "separate"}, "segmentation_backbone '' does not go with segmentation 'separate'; name it"),
        ({"segmentation": "file"}, "segmentation_file '' does not go with"),
        ({"synthesis_file": "mine.onnx"}, "'mine.onnx' does not go with synthesis 'small'; leave it empty"),
        ({"synthesis": "file", "synthesis_file": "../mine.onnx"}, "must be the name of a file beside the weights"),
        ({"synthesis": "file", "synthesis_file": "/etc/mine.onnx"}, "must be the name of a file beside the weights"),
        (
            {"kind": "direct", "segmentation": "separate", "segmentation_backbone": "resnet18"},
            "not allowed with kind 'direct'",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_an_architecture_that_makes_no_sense_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Architecture(classes=CLASSES, **changes)


@pytest.mark.parametrize(
    ("backbone", "strides", "message"),
    [
        ("resnet18", (1, 2), r"strides \(1, 2\) are not allowed for backbone 'resnet18'; choose, rising, from \(2, 4,"),
        ("resnet18", (8, 4), "strides .* are not allowed"),
        ("resnet18", (), "strides .* are not allowed"),
        ("swin_tiny_patch4_window7_224", (4, 8), "take a convolutional one"),
        ("vit_tiny_patch16_224", (4, 8), "not allowed for backbone|take a convolutional one"),
    ],
)
def test_a_backbone_that_lacks_what_is_asked_for_is_refused(backbone: str, strides: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_network(Architecture(backbone=backbone, strides=strides, classes=CLASSES))


@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "mobilenetv3_large_100", "resnet18", "vgg11"])
def test_stages_behind_the_last_level_are_not_built(backbone: str) -> None:
    strides = Backbone(backbone).strides
    whole, part = Backbone(backbone), Backbone(backbone, strides[:3])
    assert sum(p.numel() for p in part.parameters()) < 0.5 * sum(p.numel() for p in whole.parameters())
    part.load_state_dict({key: whole.state_dict()[key] for key in part.state_dict()})
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        for ours, theirs in zip(part.eval()(image), whole.eval()(image), strict=False):
            torch.testing.assert_close(ours, theirs)


def test_the_default_is_the_shipped_network_and_has_a_name() -> None:
    assert NAMED["lite"] == Architecture()
    assert set(NAMED) == {"lite", "direct", "reference"}


@pytest.mark.parametrize("size", [(65, 97), (64, 96), (33, 32)], ids=str)
def test_direct_keeps_the_contract_of_outputs(size: tuple[int, int]) -> None:
    network = build_network(replace(NAMED["direct"], classes=CLASSES, segmentation_width=8)).eval()
    assert isinstance(network, Direct)
    with torch.inference_mode():
        outputs = network(torch.rand(2, 3, *size))
    height, width = (math.ceil(side / 4) for side in size)
    assert outputs.anomaly_logits.shape == (2, 1, height, width)
    assert outputs.segmentation_logits.shape == (2, 4, height, width)
    assert outputs.decoded.shape == (2, network.decoded_channels, height, width)
    assert outputs.fused.shape == (2, network.fused_channels, *(math.ceil(side / 32) for side in size))
    assert outputs.uncertainty is None and outputs.reconstruction is None


def test_the_heads_of_direct_do_not_teach_each_other() -> None:
    network = build_network(replace(NAMED["direct"], classes=CLASSES, segmentation_width=8)).train()
    network(torch.rand(2, 3, 64, 96)).anomaly_logits.square().sum().backward()
    reached = {name.split(".")[0] for name, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert reached == {"backbone", "anomaly"}


@pytest.mark.parametrize("class_count", [2, 19, 30])
def test_any_number_of_classes(class_count: int) -> None:
    classes = tuple(f"class {number}" for number in range(class_count))
    separate = Architecture(
        classes=classes, segmentation="separate", segmentation_backbone="resnet18", segmentation_width=8
    )
    network = build_network(separate).eval()
    with torch.inference_mode():
        outputs = network(torch.rand(1, 3, 64, 96))
    assert outputs.segmentation_logits.shape == (1, class_count, 16, 24)
    reached = {name.split(".")[0] for name, _ in network.named_parameters()}
    assert reached == {"backbone", "segmentation", "synthesis", "dissimilarity"}


def test_a_perceptual_backbone_of_its_own_changes_that_map_alone_and_is_not_trained() -> None:
    base = Architecture(classes=CLASSES, segmentation_width=8, dissimilarity_width=8, map_width=6)
    torch.manual_seed(0)
    without = MGCDA(base).eval()
    torch.manual_seed(0)
    with_vgg = MGCDA(replace(base, perceptual_backbone="vgg11")).eval()
    assert with_vgg.perceptual.strides == (1, 2, 4, 8, 16)
    assert not any(parameter.requires_grad for parameter in with_vgg.perceptual.parameters())
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        ours, theirs = without(image).uncertainty, with_vgg(image).uncertainty
    assert torch.equal(ours[:, :2], theirs[:, :2]) and not torch.equal(ours[:, 2], theirs[:, 2])


def test_an_architecture_comes_back_from_its_dictionary() -> None:
    for architecture in NAMED.values():
        assert Architecture(**asdict(architecture)) == architecture
