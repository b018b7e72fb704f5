"""What alignment costs in training: seconds per step and peak memory of the four settings, with random pictures."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.build import build_network
from mgcda_core.networks.outputs import NOT_SWAPPED
from mgcda_core.training.errors import explained_memory
from mgcda_core.training.learning import Batch
from mgcda_core.training.precision import Precision
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stage_run import StageRun

MDAT = AlignmentSettings(feature_weight=1.0, output_weight=1.0)
CACL = AlignmentSettings(contrast_weight=1.0)
SETTINGS: dict[str, AlignmentSettings] = {
    "none": AlignmentSettings(), "MDAT": MDAT, "CACL": CACL, "both": replace(MDAT, contrast_weight=1.0),
}  # fmt: skip
WARM_UP_STEPS = 2
"""Not timed: the first steps allocate memory and choose algorithms."""


@dataclass(frozen=True)
class TrainingCost:
    """seconds: median of a step, without the making of its pictures. peak_bytes: of the GPU where there is one (what
    PyTorch's allocator held at most), otherwise of the whole process.
    """

    seconds: float
    peak_bytes: int
    device: str


def measure_costs(
    architecture: Architecture,
    batch_size: int,
    crop: tuple[int, int],
    precision: Precision,
    *,
    steps: int = 10,
    threads: int = 2,
) -> dict[str, TrainingCost]:
    """Return the cost of each of SETTINGS, one after the other, each in a process of its own.

    A process's peak memory is the highest that it ever had: in one process a setting would inherit its predecessor's.
    """
    if not architecture.classes:
        architecture = replace(architecture, classes=STREET_CLASSES)
    costs: dict[str, TrainingCost] = {}
    for name, alignment in SETTINGS.items():
        # Nothing is read or written; data and out are only there because every recipe has them.
        recipe = Recipe(
            data=Path(), out=Path(), architecture=architecture, alignment=alignment, steps=WARM_UP_STEPS + steps,
            batch_size=batch_size, crop=crop, precision=precision, threads=threads, frozen=(),
        )  # fmt: skip
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as executor:
            costs[name] = executor.submit(measure_cost, recipe).result()
    return costs


def measure_cost(recipe: Recipe) -> TrainingCost:
    """Return the cost of the recipe's steps in this process, with random weights and pictures."""
    processes = Processes(recipe.precision)
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.architecture).to(device=processes.device, memory_format=torch.channels_last)
    alignment = Alignment(recipe.alignment, network, len(recipe.domain_names)).to(processes.device)
    run = StageRun(recipe, recipe.plan()[0], network, alignment, processes)
    batch = random_batch(recipe)
    on_gpu = processes.device.type == "cuda"
    seconds: list[float] = []
    with explained_memory(recipe):
        for step in range(recipe.steps):
            started = time.perf_counter()
            run.step(batch, step)
            if on_gpu:
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - started)
    timed = seconds[WARM_UP_STEPS:] or seconds
    if on_gpu:
        peak, device = torch.cuda.max_memory_allocated(), torch.cuda.get_device_name()
    else:
        # Kilobytes on Linux, bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        device = f"CPU, {recipe.threads} thread(s)"
    return TrainingCost(statistics.median(timed), peak, device)


def random_batch(recipe: Recipe) -> Batch:
    """Return a batch of noise with something for every loss: both kinds of pixels, every domain in turn."""
    draw = torch.Generator().manual_seed(recipe.seed)
    size = (recipe.batch_size, *recipe.crop)
    classes = torch.randint(0, len(recipe.architecture.classes), size, generator=draw)
    anomaly = (torch.rand(size, generator=draw) < 0.1).to(torch.uint8)
    return Batch(
        image=torch.rand((recipe.batch_size, 3, *recipe.crop), generator=draw),
        masks=(1 << classes).int(),
        anomaly=anomaly,
        domains=torch.arange(recipe.batch_size) % len(recipe.domain_names),
        swapped=torch.full_like(anomaly, NOT_SWAPPED),
    )


def format_costs(costs: Mapping[str, TrainingCost]) -> str:
    """Return the costs as a Markdown table, with what each setting adds to a training without alignment."""
    plain = costs["none"]
    lines = [
        f"| alignment | s per step ({plain.device}) | more | peak memory, MiB | more |",
        "|---|---|---|---|---|",
    ]
    for name, cost in costs.items():
        longer = cost.seconds / plain.seconds - 1
        larger = cost.peak_bytes / plain.peak_bytes - 1
        lines.append(f"| {name} | {cost.seconds:.3f} | {longer:+.1%} | {cost.peak_bytes / 2**20:.0f} | {larger:+.1%} |")
    return "\n".join(lines)
