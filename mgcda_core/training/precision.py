"""Which precision a training computes in: what the machine is fast in, unless the recipe names one."""

from __future__ import annotations

from typing import Literal

import torch

Precision = Literal["auto", "bf16", "fp16", "fp32"]


def chosen_precision(precision: Precision) -> Precision:
    """Return bf16, fp16 or fp32: what is asked for, and for auto the fastest that this machine computes in itself.

    A GPU: bf16 where its units have it (NVIDIA from compute capability 8.0 on, AMD's), otherwise fp16. A CPU: bf16
    where it has instructions for it, otherwise, or where PyTorch is too old to tell, fp32: in software a step in bf16
    takes ten times as long.
    """
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        has_bf16 = torch.version.hip is not None or torch.cuda.get_device_capability() >= (8, 0)
        return "bf16" if has_bf16 else "fp16"
    # PyTorch's own names: avx512_bf16, amx_bf16, and bf16 on other processors.
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if any(name.endswith("bf16") and has for name, has in capabilities.items()) else "fp32"
