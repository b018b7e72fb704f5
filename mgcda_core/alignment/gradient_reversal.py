"""Gradient reversal: the identity forwards, minus the gradient backwards (Ganin et al., JMLR 2016, section 4.2)."""

from __future__ import annotations

import math
from typing import Any

import torch


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: torch.Tensor, strength: float) -> torch.Tensor:
        ctx.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -ctx.strength * gradient, None


def reverse_gradient(values: torch.Tensor, strength: float) -> torch.Tensor:
    """Return values unchanged; what flows back through them is multiplied by -strength."""
    return _Reversal.apply(values, strength)


def reversal_ramp(progress: float, *, steepness: float = 10.0) -> float:
    """Return the strength 2 / (1 + exp(-steepness * progress)) - 1, from 0 at the start of a training towards 1.

    progress: share of the training that is done, in [0, 1].
    """
    return 2 / (1 + math.exp(-steepness * progress)) - 1
