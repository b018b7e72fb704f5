"""What a network costs: parameters and multiply-adds of each of its parts."""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from mgcda_core.networks.external import ExternalSegmentation, ExternalSynthesis
from mgcda_core.networks.outputs import AnomalyNetwork


class PartCost(NamedTuple):
    """One part of a network. multiply_adds: for one picture, in convolutions and matrix products; None in a file."""

    name: str
    parameters: int
    multiply_adds: int | None


def part_costs(network: AnomalyNetwork, height: int, width: int) -> list[PartCost]:
    """Return the cost of every part of a network for one picture of height x width pixels; nothing is computed.

    An encoder that runs twice counts twice. The network itself is left as it was.
    """
    # On the meta device tensors have shapes and no values: the reference's 2.5 tera multiply-adds cost nothing there.
    shapes = copy.deepcopy(network).to("meta").eval()
    external = [
        name for name, part in shapes.named_children() if isinstance(part, (ExternalSegmentation, ExternalSynthesis))
    ]
    for name in external:
        setattr(shapes, name, _Placeholder(getattr(shapes, name), len(network.architecture.classes)))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        shapes(torch.empty(1, 3, height, width, device="meta"))
    counts = {name: sum(operators.values()) for name, operators in counter.get_flop_counts().items()}
    return [
        PartCost(
            name,
            sum(parameter.numel() for parameter in part.parameters()),
            None if name in external else counts.get(f"{type(shapes).__name__}.{name}", 0) // 2,
        )
        for name, part in network.named_children()
    ]


class _Placeholder(torch.nn.Module):
    """Stands for a user's file, which runs on the CPU alone, while the parts around it are counted."""

    def __init__(self, part: ExternalSegmentation | ExternalSynthesis, class_count: int) -> None:
        super().__init__()
        self.channels = class_count if isinstance(part, ExternalSegmentation) else 3

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values[:, :1].expand(-1, self.channels, -1, -1)
