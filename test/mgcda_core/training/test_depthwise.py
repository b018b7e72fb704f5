"""Depthwise convolutions learn the same, only sooner: against float32 and against PyTorch's own mixed precision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from mgcda_core.networks.architecture import Architecture
from mgcda_core.training import depthwise
from mgcda_core.training.depthwise import depthwise_backward_in_float32

CPU = torch.device("cpu")


def gradients(convolution: nn.Conv2d, inputs: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, ...]:
    leaf = inputs.clone().requires_grad_()
    output = convolution(leaf)
    of_input, of_weight = torch.autograd.grad((output.float() * weights).sum(), (leaf, convolution.weight))
    return output.detach().float(), of_input, of_weight


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the convolutions that went the other way."""
    calls: list[int] = []
    apply = depthwise._Depthwise.apply
    monkeypatch.setattr(depthwise._Depthwise, "apply", lambda *args: (calls.append(1), apply(*args))[1])
    return calls


@pytest.mark.parametrize("kernel, stride, dilation", [(5, 1, 1), (5, 2, 1), (3, 2, 1), (3, 1, 2)], ids=str)
def test_gradients_are_those_of_single_precision(counted: list[int], kernel: int, stride: int, dilation: int) -> None:
    torch.manual_seed(0)
    padding = dilation * (kernel // 2)
    convolution = nn.Conv2d(24, 24, kernel, stride, padding, dilation, groups=24, bias=False)
    inputs = torch.randn(2, 24, 17, 22).bfloat16().float()
    weights = torch.randn_like(convolution(inputs)).bfloat16().float()
    expected = gradients(convolution, inputs, weights)
    with torch.autocast("cpu", torch.bfloat16), depthwise_backward_in_float32(CPU):
        found = gradients(convolution, inputs, weights)
    assert len(counted) == 1
    # The forward pass is bf16's, and so is the gradient that comes from above; what is summed here is not.
    torch.testing.assert_close(found[0], expected[0], rtol=0.02, atol=0.02)
    for ours, theirs in zip(found[1:], expected[1:], strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_step_of_a_network_is_that_of_mixed_precision(
    make_network: Callable, architecture: Architecture, counted: list[int]
) -> None:
    network = make_network(architecture)
    image = torch.rand(2, 3, 64, 96)

    def gradient() -> torch.Tensor:
        network.zero_grad(set_to_none=True)
        outputs = network(image)
        loss = outputs.anomaly_logits.float().square().mean() + outputs.segmentation_logits.float().square().mean()
        loss.backward()
        return torch.cat([each.grad.flatten() for each in network.parameters() if each.grad is not None])

    single = gradient()
    with torch.autocast("cpu", torch.bfloat16):
        mixed = gradient()
        with depthwise_backward_in_float32(CPU):
            ours = gradient()
    depthwise_count = sum(isinstance(m, nn.Conv2d) and m.groups > 1 for m in network.modules())
    assert len(counted) >= depthwise_count > 10, "the encoder's depthwise convolutions did not go the other way"
    # A random network's ReLUs flip in bf16: what counts is that ours is not farther from the truth.
    away = [float((each - single).norm() / single.norm()) for each in (ours, mixed)]
    assert away[0] < 1.05 * away[1] < 0.7


@pytest.mark.parametrize("make", [
    lambda: nn.Conv2d(8, 8, 3, bias=False), lambda: nn.Conv2d(8, 8, 3, groups=8), lambda: nn.Conv2d(8, 8, 3, groups=4),
    lambda: nn.Conv2d(8, 16, 3, groups=8, bias=False), lambda: nn.Conv2d(8, 8, 3, groups=8, padding="same", bias=False),
], ids=["dense", "with bias", "in groups", "two per channel", "padding by name"])  # fmt: skip
def test_other_convolutions_are_left_alone(make: Callable[[], nn.Conv2d], counted: list[int]) -> None:
    with torch.autocast("cpu", torch.bfloat16), depthwise_backward_in_float32(CPU):
        make()(torch.rand(1, 8, 9, 9)).sum().backward()
    assert not counted


@pytest.mark.parametrize("setting", ["single precision", "no gradient", "GPU"])
def test_where_it_does_not_help_nothing_changes(setting: str, counted: list[int]) -> None:
    convolution = nn.Conv2d(8, 8, 3, groups=8, bias=False)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=setting != "single precision")
    device = torch.device("cuda") if setting == "GPU" else CPU
    with autocast, depthwise_backward_in_float32(device), torch.set_grad_enabled(setting != "no gradient"):
        convolution(torch.rand(1, 8, 9, 9))
    assert not counted
