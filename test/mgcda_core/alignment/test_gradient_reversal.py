"""Gradient reversal by its definition, and the ramp at points where it is known."""

from __future__ import annotations

import math

import pytest
import torch

from mgcda_core.alignment.gradient_reversal import reversal_ramp, reverse_gradient


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 2.5])
def test_the_gradient_is_exactly_minus_strength_times_and_the_values_are_untouched(strength: float) -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, 3, 4, generator=generator, requires_grad=True)
    weights = torch.randn(2, 3, 4, generator=generator)
    passed = reverse_gradient(values, strength)
    assert torch.equal(passed, values)
    (passed * weights).sum().backward()
    assert torch.equal(values.grad, -strength * weights)


def test_what_is_behind_the_reversal_learns_the_right_way_round() -> None:
    weight = torch.tensor(2.0, requires_grad=True)
    (reverse_gradient(torch.tensor(3.0, requires_grad=True), 0.7) * weight).backward()
    assert weight.grad.item() == 3.0


def test_the_ramp_rises_from_zero_towards_one() -> None:
    assert reversal_ramp(0.0) == 0.0
    assert reversal_ramp(1.0) == pytest.approx(0.99990920)
    # 2 / (1 + exp(-ln 3)) - 1 = 1/2
    assert reversal_ramp(math.log(3) / 10) == pytest.approx(0.5)
    assert reversal_ramp(0.5, steepness=0.0) == 0.0
