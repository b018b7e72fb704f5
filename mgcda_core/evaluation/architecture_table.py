"""What architectures cost, side by side: the table of docs/method.md."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from mgcda_core.deploy.cost import part_costs
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.backbone import Backbone
from mgcda_core.networks.build import NAMED, build_network


class Row(NamedTuple):
    """name: what is compared. parameters and multiply_adds: of the whole. milliseconds: median of a forward pass."""

    name: str
    parameters: int
    multiply_adds: int
    milliseconds: float


def variants(backbones: Sequence[str]) -> Iterator[tuple[str, Architecture]]:
    """Yield both kinds, separable decoders, and the reference wiring, on each backbone."""
    for backbone in backbones:
        strides = [stride for stride in Backbone(backbone).strides if stride >= 4]
        lite = replace(NAMED["lite"], backbone=backbone, strides=tuple(strides))
        yield f"direct, {backbone}", replace(lite, kind="direct")
        yield f"dissimilarity (small), {backbone}", lite
        yield f"dissimilarity (small, separable), {backbone}", replace(lite, convolutions="separable")
        yield f"dissimilarity (reference wiring), {backbone}", replace(lite, dissimilarity="reference")


def architecture_rows(
    architectures: Sequence[tuple[str, Architecture]], *, class_count: int, height: int, width: int, frames: int
) -> list[Row]:
    """Return a row for each, with random weights, on a picture of height x width pixels, after one pass to warm up."""
    rows: list[Row] = []
    classes = tuple(f"class {number}" for number in range(class_count))
    for name, architecture in tqdm(architectures, desc="architectures"):
        network = build_network(replace(architecture, classes=classes)).eval().to(memory_format=torch.channels_last)
        costs = part_costs(network, height, width)
        image = torch.rand(1, 3, height, width).to(memory_format=torch.channels_last)
        seconds: list[float] = []
        with torch.inference_mode():
            for _ in range(frames + 1):
                started = time.perf_counter()
                network(image)
                seconds.append(time.perf_counter() - started)
        parameters, multiply_adds = (sum(counts) for counts in zip(*(cost[1:] for cost in costs), strict=True))
        rows.append(Row(name, parameters, multiply_adds, 1000 * float(np.median(seconds[1:]))))
    return rows


def format_rows(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| architecture | parameters, M | multiply-adds, G | ms |", "|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row.name} | {row.parameters / 1e6:.2f} | {row.multiply_adds / 1e9:.1f} | {row.milliseconds:.0f} |"
        )
    return "\n".join(lines)
