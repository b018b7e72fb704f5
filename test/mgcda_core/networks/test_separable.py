"""Separable decoders: what they compute, what they cost, and how near they start to a network with full ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from mgcda_core.deploy.cost import part_costs
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.dissimilarity import SeparableJoin
from mgcda_core.networks.layers import SeparableBlock
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.networks.separable import factorised, separated


def test_a_kernel_of_one_pattern_per_filter_is_found_again() -> None:
    generator = torch.Generator().manual_seed(1)
    pointwise = torch.randn(5, 7, 1, 1, generator=generator)
    depthwise = torch.randn(5, 1, 3, 3, generator=generator)
    first, second = factorised(pointwise * depthwise)
    assert first.shape == pointwise.shape and second.shape == depthwise.shape
    assert torch.allclose(first * second, pointwise * depthwise, atol=1e-5)


def test_no_other_pattern_and_weights_are_nearer_to_a_kernel() -> None:
    """Against descent from other starts: alternating least squares on each filter, which only ever comes nearer."""
    generator = torch.Generator().manual_seed(2)
    kernel = torch.randn(4, 6, 3, 3, generator=generator).double()
    first, second = factorised(kernel)
    reached = (kernel - first * second).square().sum(dim=(1, 2, 3))
    filters = kernel.flatten(2)
    for _ in range(20):
        patterns = torch.randn(4, 9, generator=generator).double()
        for _ in range(200):
            weights = torch.einsum("oik,ok->oi", filters, patterns) / patterns.square().sum(1, keepdim=True)
            patterns = torch.einsum("oik,oi->ok", filters, weights) / weights.square().sum(1, keepdim=True)
        distance = (filters - weights[:, :, None] * patterns[:, None]).square().sum(dim=(1, 2))
        assert (reached <= distance + 1e-9).all()


@pytest.mark.parametrize("kind", ["dissimilarity", "direct"])
def test_a_network_whose_kernels_have_one_pattern_answers_alike_with_separable_ones(
    kind: str, architecture: Architecture, make_network: Callable[[Architecture], AnomalyNetwork]
) -> None:
    full = make_network(dataclasses.replace(architecture, kind=kind))
    separable = separated(full)
    with torch.no_grad():
        for name, block in separable.named_modules():
            if isinstance(block, (SeparableBlock, SeparableJoin)):
                kernel = full.get_submodule(name)[0].weight
                pointwise, depthwise = factorised(kernel)
                kernel.copy_(pointwise * depthwise)
        # Odd sizes: the levels are no halves of each other.
        image = torch.rand(2, 3, 67, 93, generator=torch.Generator().manual_seed(3))
        expected, found = full(image), separable(image)
    assert not separable.training
    assert torch.allclose(found.anomaly_logits, expected.anomaly_logits, atol=1e-4)
    assert torch.allclose(found.segmentation_logits, expected.segmentation_logits, atol=1e-4)
    assert torch.allclose(found.decoded, expected.decoded, atol=1e-4) and expected.decoded.std() > 0.01
    assert torch.allclose(found.fused, expected.fused, atol=1e-4)


def test_what_has_no_3x3_convolution_in_a_decoder_is_taken_over_unchanged(network: AnomalyNetwork) -> None:
    separable = separated(network)
    assert separable.architecture == dataclasses.replace(network.architecture, convolutions="separable")
    ours, theirs = network.state_dict(), separable.state_dict()
    changed = ("segmentation.smooth.", "dissimilarity.decoders.", "dissimilarity.penultimate.")
    kept = [name for name in ours if not name.startswith(changed)]
    assert len(kept) > 300
    assert all(torch.equal(ours[name], theirs[name]) for name in kept)
    assert all(name in ours for name in theirs if not name.startswith(changed))


def test_the_shipped_widths_cost_half_as_much_with_separable_decoders() -> None:
    """In closed form, at the finest level: per pixel 9 x in x out of a full kernel, in x out + 9 x out of the parts."""
    found = {
        convolutions: sum(
            part.multiply_adds
            for part in part_costs(build_network(Architecture(classes=("a", "b"), convolutions=convolutions)), 64, 128)
        )
        for convolutions in ("full", "separable")
    }
    pixels = [16 * 32 // 4**level for level in range(4)]
    joins = sum(
        pixels[level] * (9 * read * 64 - (65 * 64 + 9 * 64)) - (64 * 64 * pixels[level + 1] if level < 3 else 0)
        for level, read in enumerate((129, 129, 129, 65))
    )
    blocks = pixels[0] * (9 * 64 * 64 - (64 * 64 + 9 * 64) + 2 * (9 * 48 * 48 - (48 * 48 + 9 * 48)))
    assert found["full"] - found["separable"] == joins + blocks
    assert found["separable"] < 0.65 * found["full"]


def test_the_reference_wiring_and_networks_of_ones_own_are_not_taken_apart() -> None:
    with pytest.raises(ValueError, match="convolutions 'separable' is not allowed with dissimilarity 'reference'"):
        Architecture(classes=("a", "b"), dissimilarity="reference", convolutions="separable")
    with pytest.raises(ValueError, match="convolutions 'depthwise' is not allowed; it must be one of"):
        Architecture(classes=("a", "b"), convolutions="depthwise")
    own = Architecture(classes=("a", "b"), segmentation="file", segmentation_file="mine.onnx")
    with pytest.raises(ValueError, match="'separable' is not allowed with networks of your own"):
        separated(SimpleNamespace(architecture=own))
