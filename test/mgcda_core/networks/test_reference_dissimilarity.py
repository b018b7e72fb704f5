"""The reference wiring: the published channel table, and any backbone in VGG16's place."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import NAMED, build_network
from mgcda_core.networks.mgcda import MGCDA
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.reference_dissimilarity import ReferenceDissimilarity
from mgcda_core.networks.spade import SpadeBlock, instance_norm
from mgcda_core.networks.spade_generator import SpadeGenerator

CITYSCAPES_CLASSES = 19


def convolution(layer: nn.Module) -> tuple[int, int, int, int]:
    """Return (in, out, kernel, stride) of a convolution, the row of a channel table."""
    assert isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))
    return layer.in_channels, layer.out_channels, layer.kernel_size[0], layer.stride[0]


@pytest.fixture(scope="module")
def reference() -> AnomalyNetwork:
    classes = tuple(f"class {number}" for number in range(CITYSCAPES_CLASSES))
    # Only what feeds the dissimilarity network is made small: 120 M parameters would take a while to draw.
    small = {"segmentation_backbone": "resnet18", "segmentation_width": 8, "synthesis_widths": (8, 4)}
    return build_network(replace(NAMED["reference"], classes=classes, perceptual_backbone="", **small))


def test_the_picture_encoder_is_vgg16_after_relu1_2_2_2_3_3_and_4_3(reference: AnomalyNetwork) -> None:
    assert reference.backbone.channels == (64, 128, 256, 512) and reference.backbone.strides == (1, 2, 4, 8)
    layers = [layer for layer in reference.backbone.features.modules() if isinstance(layer, nn.Conv2d)]
    assert [convolution(layer)[:2] for layer in layers] == [
        (3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256),
        (256, 512), (512, 512), (512, 512),
    ]  # fmt: skip
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in reference.backbone.modules())
    with torch.inference_mode():
        levels = reference.backbone(torch.randn(1, 3, 32, 48))
    assert [tuple(level.shape[1:]) for level in levels] == [(64, 32, 48), (128, 16, 24), (256, 8, 12), (512, 4, 6)]
    assert all(level.min() == 0 for level in levels), "features are read after the ReLU"


def test_the_channel_table_is_the_published_one(reference: AnomalyNetwork) -> None:
    """method.md, "Dissimilarity network, reference wiring"."""
    network = reference.dissimilarity
    assert isinstance(network, ReferenceDissimilarity)
    assert [convolution(layer) for layer in network.semantic_encoder] == [
        (19, 32, 7, 1), (32, 64, 3, 2), (64, 128, 3, 2), (128, 256, 3, 2),
    ]  # fmt: skip
    assert [convolution(layer) for layer in network.uncertainty_encoder] == [
        (3, 64, 7, 1), (64, 128, 3, 2), (128, 256, 3, 2), (256, 512, 3, 2),
    ]  # fmt: skip
    assert [convolution(layer) for layer in network.fusions] == [
        (2 * 64 + 32, 64, 1, 1), (2 * 128 + 64, 128, 1, 1), (2 * 256 + 128, 256, 1, 1), (2 * 512 + 256, 512, 1, 1),
    ]  # fmt: skip
    deepest_first = list(reversed(network.decoders))
    assert [convolution(level.convolution) for level in deepest_first] == [
        (513, 256, 3, 1), (513, 256, 3, 1), (385, 128, 3, 1), (193, 64, 3, 1),
    ]  # fmt: skip
    for level, width in zip(deepest_first, (256, 256, 128, 64), strict=True):
        block = level.spade
        assert block.shortcut is None and convolution(block.convolution_in)[:2] == (width, width)
        assert convolution(block.modulation_in.shared) == (19, 128, 3, 1)
        assert convolution(block.modulation_in.scale) == convolution(block.modulation_out.shift) == (128, width, 3, 1)
    assert [convolution(level.upscale) for level in deepest_first[:-1]] == [
        (256, 256, 2, 2), (256, 256, 2, 2), (128, 128, 2, 2),
    ]  # fmt: skip
    assert isinstance(deepest_first[-1].upscale, nn.Identity)
    assert convolution(network.classifier) == (64, 2, 1, 1)


def test_uncertainty_gates_the_mixture_but_not_the_correlation(reference: AnomalyNetwork) -> None:
    """With uncertainty features at zero, all that is left at the deepest level is the correlation channel."""
    network = reference.dissimilarity
    features = reference.encode(torch.rand(1, 3, 32, 48))
    semantics = torch.zeros(1, 19, 32, 48)
    silenced = [parameter.detach().clone() for parameter in network.uncertainty_encoder.parameters()]
    with torch.no_grad():
        for parameter in network.uncertainty_encoder.parameters():
            parameter.zero_()
        fused = network(features, features, semantics, torch.zeros(1, 3, 32, 48)).fused
        for parameter, value in zip(network.uncertainty_encoder.parameters(), silenced, strict=True):
            parameter.copy_(value)
    assert not fused[:, 1:].any()
    torch.testing.assert_close(fused[:, 0], features[-1].detach().square().mean(dim=1))


def test_the_logit_is_the_log_odds_of_the_two_class_softmax(reference: AnomalyNetwork) -> None:
    network = reference.dissimilarity.eval()
    with torch.inference_mode():
        features = reference.encode(torch.rand(1, 3, 16, 24))
        answer = network(features, features, torch.zeros(1, 19, 16, 24), torch.rand(1, 3, 16, 24))
        two = network.classifier(answer.decoded).softmax(dim=1)
    torch.testing.assert_close(answer.logits.sigmoid()[:, 0], two[:, 1])


BACKBONES = {
    "vgg16": (1, 2, 4, 8),
    "resnet18": (2, 4, 8, 16),
    "resnet50": (4, 8, 16, 32),
    "efficientnet_lite0": (2, 4, 8, 16),
    "mobilenetv3_large_100": (4, 8, 16, 32),
    "convnext_tiny": (4, 8, 16, 32),
}


@pytest.fixture(scope="module", params=BACKBONES)
def on_backbone(request: pytest.FixtureRequest) -> MGCDA:
    """The reference wiring on each backbone, with scales that are not the ones that timm starts residuals on (0)."""
    torch.manual_seed(2)
    architecture = Architecture(
        backbone=request.param,
        strides=BACKBONES[request.param],
        classes=("sky", "road", "car"),
        segmentation_width=8,
        synthesis="spade",
        synthesis_widths=(8, 6),
        dissimilarity="reference",
    )
    network = MGCDA(architecture).train()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d) and module.affine:
                module.weight.uniform_(0.5, 1.5)
    return network


@pytest.mark.parametrize("size", [(65, 97), (64, 96), (67, 61)], ids=str)
def test_any_backbone_and_any_size(on_backbone: MGCDA, size: tuple[int, int]) -> None:
    with torch.no_grad():
        outputs = on_backbone(torch.rand(1, 3, *size))
    finest, deepest = on_backbone.backbone.strides[0], on_backbone.backbone.strides[-1]
    # Most backbones round up; ConvNeXt's patches round down.
    for stride, found in ((finest, outputs.anomaly_logits), (finest, outputs.decoded), (deepest, outputs.fused)):
        for side, had in zip(found.shape[-2:], size, strict=True):
            assert side in (math.ceil(had / stride), had // stride)
    assert outputs.fused.shape[1] == on_backbone.fused_channels == 1 + on_backbone.backbone.channels[-1]
    assert outputs.decoded.shape[1] == on_backbone.decoded_channels == on_backbone.backbone.channels[0]
    assert outputs.segmentation_logits.shape[1] == 3 and outputs.reconstruction.shape[1] == 3
    assert all(output.isfinite().all() for output in outputs)


def test_channels_come_from_the_backbone(on_backbone: MGCDA) -> None:
    with torch.no_grad():
        levels = on_backbone.encode(torch.rand(1, 3, 64, 96))
    assert tuple(level.shape[1] for level in levels) == on_backbone.backbone.channels
    assert [layer.out_channels for layer in on_backbone.dissimilarity.fusions] == list(on_backbone.backbone.channels)


def test_a_gradient_reaches_every_parameter(on_backbone: MGCDA) -> None:
    on_backbone.zero_grad()
    outputs = on_backbone(torch.rand(2, 3, 65, 97, generator=torch.Generator().manual_seed(3)))
    loss = outputs.anomaly_logits.square().mean() + outputs.segmentation_logits.square().mean()
    (loss + outputs.reconstruction.square().mean()).backward()
    unreached = [
        name
        for name, parameter in on_backbone.named_parameters()
        if parameter.grad is None or not parameter.grad.isfinite().all() or not parameter.grad.any()
    ]
    assert unreached == []


def test_spade_follows_its_definition() -> None:
    """One modulation, pixel by pixel: the normalised value times one plus the scale, plus the shift."""
    torch.manual_seed(0)
    modulation = SpadeBlock(4, 4, 3).modulation_in
    values, semantics = torch.randn(2, 4, 5, 6), torch.rand(2, 3, 5, 6)
    hidden = modulation.shared(semantics).clamp_min(0)
    mean, deviation = values.mean(dim=(2, 3), keepdim=True), values.var(dim=(2, 3), keepdim=True, correction=0)
    expected = (values - mean) / (deviation + 1e-5).sqrt() * (1 + modulation.scale(hidden)) + modulation.shift(hidden)
    torch.testing.assert_close(modulation(values, semantics), expected)


def test_one_pixel_has_nothing_to_normalise() -> None:
    assert not instance_norm(torch.randn(2, 3, 1, 1)).any()


def test_the_generator_learns_what_a_class_looks_like() -> None:
    """Two classes, two colours: after a short training each is drawn in its own."""
    torch.manual_seed(0)
    generator = SpadeGenerator(2, (12, 8), hidden=16).train()
    semantics = torch.zeros(1, 2, 16, 24)
    semantics[:, 0, :, :12] = semantics[:, 1, :, 12:] = 1
    colours = torch.tensor([[0.2, 0.7, 0.3], [0.8, 0.1, 0.5]])
    picture = torch.einsum("bchw,cd->bdhw", semantics, colours)
    optimiser = torch.optim.Adam(generator.parameters(), lr=1e-2)
    for _ in range(80):
        optimiser.zero_grad()
        (generator(semantics) - picture).abs().mean().backward()
        optimiser.step()
    mirrored = generator(semantics.flip(3)).detach()
    assert (mirrored - picture.flip(3)).abs().mean() < 0.1


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("size", [(3, 5), (16, 24), (33, 47)], ids=str)
def test_the_generator_draws_a_picture_of_its_size_from_any_map(scale: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    generator = SpadeGenerator(4, (12, 8, 6, 4), scale=scale).eval()
    semantics = torch.zeros(1, 4, *size)
    with torch.inference_mode():
        void = generator(semantics)
        semantics[:, 1] = 1
        road = generator(semantics)
    assert void.shape == (1, 3, scale * size[0], scale * size[1])
    assert 0 <= road.min() and road.max() <= 1 and (road - void).abs().max() > 1e-4
