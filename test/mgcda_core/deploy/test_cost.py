"""Parameters and multiply-adds against what pencil and paper give."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from mgcda_core.deploy.cost import part_costs
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import AnomalyNetwork

CLASSES = ("sky", "road", "car")


def counted_by_hand(network: AnomalyNetwork, height: int, width: int) -> dict[str, int]:
    """Run the network and count, in every convolution: outputs x inputs per group x kernel area."""
    counts: dict[str, int] = {}
    handles = []

    def hook(part: str) -> object:
        def count(layer: nn.Conv2d, inputs: tuple, output: torch.Tensor) -> None:
            kernel = layer.kernel_size[0] * layer.kernel_size[1]
            per_output = layer.in_channels // layer.groups * kernel
            # A transposed convolution reads every input once per output channel and place in the kernel.
            elements = output.numel()
            if isinstance(layer, nn.ConvTranspose2d):
                elements, per_output = inputs[0].numel(), layer.out_channels * kernel
            counts[part] = counts.get(part, 0) + elements * per_output

        return count

    for name, layer in network.named_modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            handles.append(layer.register_forward_hook(hook(name.split(".")[0])))
    with torch.inference_mode():
        network(torch.rand(1, 3, height, width))
    for handle in handles:
        handle.remove()
    return counts


@pytest.mark.parametrize(
    "architecture",
    [
        Architecture(classes=CLASSES),
        Architecture(kind="direct", backbone="resnet18", classes=CLASSES),
        Architecture(classes=CLASSES, dissimilarity="reference", synthesis="spade", synthesis_widths=(8, 4)),
    ],
    ids=["lite", "direct", "reference wiring"],
)
def test_counts_are_those_of_every_convolution(architecture: Architecture) -> None:
    network = build_network(architecture).eval()
    before = copy.deepcopy(network.state_dict())
    costs = part_costs(network, 64, 96)
    assert {cost.name: cost.multiply_adds for cost in costs} == counted_by_hand(network, 64, 96)
    assert {cost.name for cost in costs} == {name for name, _ in network.named_children()}
    assert sum(cost.parameters for cost in costs) == sum(p.numel() for p in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_four_times_the_pixels_are_four_times_the_multiply_adds(network: AnomalyNetwork) -> None:
    for small, large in zip(part_costs(network, 128, 256), part_costs(network, 256, 512), strict=True):
        assert large.multiply_adds == 4 * small.multiply_adds and large.parameters == small.parameters


def test_a_users_file_is_named_and_not_counted(tmp_path: Path) -> None:
    class Flat(nn.Module):
        def forward(self, picture: torch.Tensor) -> torch.Tensor:
            return picture[:, :, ::4, ::4] * 2

    torch.jit.trace(Flat(), torch.rand(1, 3, 64, 64)).save(str(tmp_path / "mine.pt"))
    (tmp_path / "mine.json").write_text(
        '{"format": 1, "task": "segmentation", "name": "mine", "classes": ["sky", "road", "car"], "mean": [0, 0, 0],'
        ' "std": [1, 1, 1], "channel_order": "rgb", "output": "logits"}'
    )
    network = build_network(Architecture(classes=CLASSES, segmentation="file", segmentation_file="mine.pt"), tmp_path)
    costs = {cost.name: cost for cost in part_costs(network, 64, 96)}
    assert costs["segmentation"].multiply_adds is None and costs["segmentation"].parameters == 0
    assert costs["dissimilarity"].multiply_adds > 0
