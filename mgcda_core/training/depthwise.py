"""Depthwise convolutions whose backward pass is in single precision: on a CPU in bf16 it is half of a step otherwise.

oneDNN has no fast bf16 gradient of them. Of a 5 x 5 kernel on (6, 672, 22, 30), two cores of an AMD EPYC (Zen 4), the
weights' gradient takes 58 ms in bf16 and 11 ms in float32, and the input's with a stride of 2 four times as long
(PyTorch 2.14.1, measured). The forward pass, where bf16 is the faster one, is left as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode


def depthwise_backward_in_float32(device: torch.device) -> AbstractContextManager:
    """Return a context whose depthwise convolutions are differentiated in float32, where that is faster.

    On GPUs, and without autocast, it changes nothing.
    """
    is_mixed = device.type == "cpu" and torch.is_autocast_enabled("cpu")
    return _DepthwiseMode() if is_mixed else nullcontext()


class _DepthwiseMode(TorchFunctionMode):
    def __torch_function__(
        self, func: Callable, types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.conv2d and not kwargs and len(args) == 7 and torch.is_grad_enabled():
            inputs, weight, bias, stride, padding, dilation, groups = args
            if bias is None and groups > 1 and weight.shape[:2] == (groups, 1) and not isinstance(padding, str):
                return _Depthwise.apply(inputs, weight, stride, padding, dilation)
        return func(*args, **kwargs)


class _Depthwise(torch.autograd.Function):
    """conv2d without bias, one group per channel: inputs (B, C, H, W), weight (C, 1, k, k)."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        weight: torch.Tensor,
        stride: Sequence[int],
        padding: Sequence[int],
        dilation: Sequence[int],
    ) -> torch.Tensor:
        ctx.save_for_backward(inputs, weight)
        ctx.geometry = list(stride), list(padding), list(dilation)
        return F.conv2d(inputs, weight, None, stride, padding, dilation, weight.shape[0])

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        inputs, weight = ctx.saved_tensors
        single = (values.to(torch.float32, memory_format=torch.channels_last) for values in (gradient, inputs))
        needs = [*ctx.needs_input_grad[:2], False]
        of_inputs, of_weight, _ = torch.ops.aten.convolution_backward(
            *single, weight.float(), None, *ctx.geometry, False, [0, 0], weight.shape[0], needs
        )
        return (
            None if of_inputs is None else of_inputs.to(inputs.dtype),
            None if of_weight is None else of_weight.to(weight.dtype),
            None, None, None,
        )  # fmt: skip
