"""From a trained network with full 3x3 convolutions in its decoders to one with separable ones that starts near it."""

from __future__ import annotations

from dataclasses import replace

import torch

from mgcda_core.networks.build import build_network
from mgcda_core.networks.dissimilarity import SeparableJoin
from mgcda_core.networks.layers import SeparableBlock
from mgcda_core.networks.outputs import AnomalyNetwork


def factorised(kernel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the 1x1 kernel (out, in, 1, 1) and the depthwise one (out, 1, 3, 3) whose product is nearest to kernel.

    kernel: float (out, in, 3, 3). Nearest in the sum of squares: the first singular vectors of each filter's matrix of
    in x 9 (Eckart and Young, 1936).
    """
    filters = kernel.double().flatten(2)
    left, values, right = torch.linalg.svd(filters, full_matrices=False)
    scale = values[:, :1].sqrt()
    pointwise = (left[:, :, 0] * scale)[:, :, None, None]
    depthwise = (right[:, 0] * scale).reshape(-1, 1, *kernel.shape[2:])
    return pointwise.to(kernel.dtype), depthwise.to(kernel.dtype)


def separated(network: AnomalyNetwork) -> AnomalyNetwork:
    """Return a network with separable convolutions where this one has full ones, and the same weights elsewhere.

    Its answers are near the network's, not equal: it is meant to be trained, with the network for a teacher
    (training/teacher.py). Raises ValueError where the architecture allows no separable convolutions, or has a user's
    own networks, which lie in files of their own.
    """
    architecture = network.architecture
    if "file" in (architecture.segmentation, architecture.synthesis):
        raise ValueError("architecture.convolutions: 'separable' is not allowed with networks of your own, from files")
    separable = build_network(replace(architecture, convolutions="separable"))
    state = network.state_dict()
    for name, block in separable.named_modules():
        if isinstance(block, (SeparableBlock, SeparableJoin)):
            full = network.get_submodule(name)
            convolution, normalisation, _ = full
            fill = _filled_block if isinstance(block, SeparableBlock) else _filled_join
            parts = fill(*factorised(convolution.weight.detach()), normalisation.state_dict())
            for key in full.state_dict():
                del state[f"{name}.{key}"]
            state |= {f"{name}.{key}": value for key, value in parts.items()}
    separable.load_state_dict(state)
    return separable.train(network.training)


def _filled_block(
    pointwise: torch.Tensor, depthwise: torch.Tensor, normalisation: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    return {"0.weight": pointwise, "1.weight": depthwise} | {f"2.{key}": value for key, value in normalisation.items()}


def _filled_join(
    pointwise: torch.Tensor, depthwise: torch.Tensor, normalisation: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    width, read = pointwise.shape[:2]
    coarser = read - 1 - width  # the order of Fused.joined(): coarser, correlation, gated; the deepest has no coarser
    parts = {"correlation.weight": pointwise[:, coarser : coarser + 1], "gated.weight": pointwise[:, coarser + 1 :]}
    if coarser:
        parts["coarser.weight"] = pointwise[:, :coarser]
    parts["depthwise.weight"] = depthwise
    return parts | {f"normalise.{key}": value for key, value in normalisation.items()}
