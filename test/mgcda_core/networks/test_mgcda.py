"""The three networks composed: sizes, which loss teaches whom, and other backbones."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.build import build_network
from mgcda_core.networks.mgcda import MGCDA, Architecture, swap_classes
from mgcda_core.networks.synthesis import SynthesisNetwork
from mgcda_core.training.losses import total_loss

MakePicture = Callable[..., np.ndarray]


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("size", [(65, 97), (64, 96), (127, 191), (33, 32)], ids=str)
def test_every_output_has_its_size_and_range_for_odd_sizes_too(
    network: MGCDA, make_picture: MakePicture, size: tuple[int, int]
) -> None:
    height, width = (math.ceil(side / 4) for side in size)
    with torch.inference_mode():
        outputs = network(tensor(make_picture(*size)))
    assert outputs.anomaly_logits.shape == (1, 1, height, width)
    assert outputs.segmentation_logits.shape == (1, 11, height, width)
    assert outputs.uncertainty.shape == (1, 3, height, width)
    assert outputs.reconstruction.shape == (1, 3, 2 * height, 2 * width)
    assert all(torch.isfinite(output).all() for output in outputs)
    for bounded in (outputs.uncertainty, outputs.reconstruction):
        assert 0 <= bounded.min() and bounded.max() <= 1 + 1e-6


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_black_and_a_white_picture_give_numbers(network: MGCDA, value: float) -> None:
    with torch.inference_mode():
        outputs = network(torch.full((1, 3, 64, 96), value))
    assert all(torch.isfinite(output).all() for output in outputs)


def test_a_picture_gets_the_same_answer_alone_and_in_a_batch(network: MGCDA, make_picture: MakePicture) -> None:
    pictures = [tensor(make_picture(64, 96, seed)) for seed in (1, 2)]
    with torch.inference_mode():
        together = network(torch.cat(pictures))
        for index, picture in enumerate(pictures):
            alone = network(picture)
            torch.testing.assert_close(together.anomaly_logits[index], alone.anomaly_logits[0], atol=1e-4, rtol=1e-4)


def test_the_picture_matters_to_the_answer(network: MGCDA, make_picture: MakePicture) -> None:
    with torch.inference_mode():
        one, other = (network(tensor(make_picture(64, 96, seed))).anomaly_logits for seed in (1, 2))
    assert (one - other).abs().max() > 1e-3


def gradients(network: MGCDA) -> dict[str, float]:
    """Return the largest gradient of every parameter; 0 where none arrived."""
    return {
        name: 0.0 if parameter.grad is None else float(parameter.grad.abs().max())
        for name, parameter in network.named_parameters()
    }


@pytest.fixture
def learner(architecture: Architecture) -> MGCDA:
    torch.manual_seed(1)
    return MGCDA(architecture).train()


@pytest.mark.parametrize("size", [(64, 96), (65, 97)], ids=str)
def test_every_parameter_learns_from_the_whole_loss(
    learner: MGCDA, make_picture: MakePicture, size: tuple[int, int]
) -> None:
    image = torch.cat([tensor(make_picture(*size, seed)) for seed in (1, 2)])
    generator = torch.Generator().manual_seed(0)
    masks = 1 << torch.randint(0, 11, (2, *size), generator=generator)
    anomaly = torch.randint(0, 2, (2, *size), generator=generator).to(torch.uint8)
    loss, parts = total_loss(learner(image), image, masks, anomaly)
    assert float(loss.detach()) == pytest.approx(sum(parts.values()), rel=1e-5)
    loss.backward()
    unreached = [name for name, largest in gradients(learner).items() if not 0 < largest < math.inf]
    assert unreached == []


def test_the_anomaly_answer_teaches_neither_segmentation_nor_synthesis(
    learner: MGCDA, make_picture: MakePicture
) -> None:
    learner(torch.cat([tensor(make_picture(64, 96, seed)) for seed in (1, 2)])).anomaly_logits.square().sum().backward()
    reached = {name.split(".")[0] for name, largest in gradients(learner).items() if largest > 0}
    assert reached == {"backbone", "dissimilarity"}


def test_synthesis_and_segmentation_teach_only_themselves_and_the_encoder(
    learner: MGCDA, make_picture: MakePicture
) -> None:
    image = torch.cat([tensor(make_picture(64, 96, seed)) for seed in (1, 2)])
    learner(image).reconstruction.square().sum().backward()
    assert {name.split(".")[0] for name, largest in gradients(learner).items() if largest > 0} == {"synthesis"}
    learner.zero_grad()
    learner(image).segmentation_logits.square().sum().backward()
    reached = {name.split(".")[0] for name, largest in gradients(learner).items() if largest > 0}
    assert reached == {"backbone", "segmentation"}


def test_training_mode_leaves_the_encoders_batch_statistics_alone(learner: MGCDA, make_picture: MakePicture) -> None:
    before = {name: buffer.clone() for name, buffer in learner.named_buffers()}
    learner(torch.cat([tensor(make_picture(64, 96, seed)) for seed in (1, 2)]))
    changed = {name for name, buffer in learner.named_buffers() if not torch.equal(buffer, before[name])}
    assert changed and not any(name.startswith("backbone") for name in changed)


def test_a_void_pixel_is_synthesised_from_the_zero_vector() -> None:
    synthesis = SynthesisNetwork(5, widths=(6, 4)).eval()
    semantics = torch.zeros(1, 5, 7, 9)
    with torch.inference_mode():
        void = synthesis(semantics)
        semantics[:, 2] = 1
        assert void.shape == (1, 3, 14, 18) and torch.isfinite(void).all()
        assert (synthesis(semantics) - void).abs().max() > 1e-4


def test_channels_and_strides_come_from_the_backbone(architecture: Architecture) -> None:
    backbone = Backbone("resnet18")
    assert backbone.channels == (64, 64, 128, 256, 512)
    assert backbone.strides == (2, 4, 8, 16, 32)
    with torch.inference_mode():
        levels = backbone.eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in levels] == [
        (channels, 64 // stride, 96 // stride)
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


def test_the_network_stands_on_another_backbone(architecture: Architecture) -> None:
    other = MGCDA(dataclasses.replace(architecture, backbone="resnet18")).eval()
    with torch.inference_mode():
        assert other(torch.rand(1, 3, 64, 96)).anomaly_logits.shape == (1, 1, 16, 24)


def test_an_unknown_backbone_is_named(architecture: Architecture) -> None:
    with pytest.raises(ValueError, match="'resnet_of_tomorrow' is not a timm model"):
        MGCDA(dataclasses.replace(architecture, backbone="resnet_of_tomorrow"))


@pytest.mark.parametrize("classes", [(), ("road",)], ids=["none", "one"])
def test_fewer_than_two_classes_are_refused(classes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="two classes or more"):
        MGCDA(Architecture(classes=classes))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64], ids=str)
def test_a_swapped_class_changes_what_is_compared_and_neither_picture_nor_segmentation(
    network: MGCDA, make_picture: MakePicture, dtype: torch.dtype
) -> None:
    image = tensor(make_picture(64, 96))
    swapped = torch.full((1, 64, 96), 255, dtype=dtype)
    swapped[:, 16:48, 32:64] = 8
    with torch.inference_mode():
        seen, told = network(image), network(image, swapped)
    assert torch.equal(seen.segmentation_logits, told.segmentation_logits)
    inside = torch.zeros(1, 1, 16, 24, dtype=torch.bool)
    inside[..., 4:12, 8:16] = True
    entropy_and_distance = told.uncertainty[:, :2]
    assert (entropy_and_distance[inside.expand_as(entropy_and_distance)] == 0).all(), "sure of the swapped class"
    assert torch.equal(
        entropy_and_distance[~inside.expand(1, 2, -1, -1)], seen.uncertainty[:, :2][~inside.expand(1, 2, -1, -1)]
    )
    moved = (seen.reconstruction - told.reconstruction).abs().amax(dim=1)
    assert moved[:, 12:20, 20:28].mean() > 2 * moved[:, 28:, 44:].mean()
    assert not torch.equal(seen.anomaly_logits, told.anomaly_logits)


@pytest.mark.parametrize("kind", ["dissimilarity", "direct"])
def test_where_nothing_is_swapped_every_output_is_the_same_bit_for_bit(
    architecture: Architecture, make_picture: MakePicture, kind: str
) -> None:
    network = build_network(dataclasses.replace(architecture, kind=kind)).eval()
    image = tensor(make_picture(65, 97))
    for mode in (torch.contiguous_format, torch.channels_last):
        network, picture = network.to(memory_format=mode), image.to(memory_format=mode)
        with torch.inference_mode():
            plain, told = network(picture), network(picture, torch.full((1, 65, 97), 255, dtype=torch.uint8))
        for ours, theirs in zip(plain, told, strict=True):
            assert (ours is None and theirs is None) or torch.equal(ours, theirs)


def test_without_a_reconstruction_a_swapped_class_changes_nothing(
    architecture: Architecture, make_picture: MakePicture
) -> None:
    network = build_network(dataclasses.replace(architecture, kind="direct")).eval()
    assert not network.uses_swapped and MGCDA.uses_swapped
    image = tensor(make_picture(64, 96))
    with torch.inference_mode():
        plain, told = network(image), network(image, torch.zeros(1, 64, 96, dtype=torch.uint8))
    assert torch.equal(plain.anomaly_logits, told.anomaly_logits)


def test_swapped_classes_are_read_at_the_nearest_pixel() -> None:
    probabilities = torch.rand(2, 5, 3, 4, generator=torch.Generator().manual_seed(0)).softmax(dim=1)
    swapped = torch.tensor([0, 3, 4, 255], dtype=torch.uint8)[
        torch.randint(0, 4, (2, 12, 16), generator=torch.Generator().manual_seed(1))
    ]
    found = swap_classes(probabilities, swapped)
    for picture in range(2):
        for row in range(3):
            for column in range(4):
                number = int(swapped[picture, 4 * row, 4 * column])
                expected = probabilities[picture, :, row, column]
                if number != 255:
                    expected = torch.eye(5)[number]
                assert torch.equal(found[picture, :, row, column], expected)
    with pytest.raises(RuntimeError):
        swap_classes(probabilities, torch.full_like(swapped, 5))
