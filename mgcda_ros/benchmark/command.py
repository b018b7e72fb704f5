"""`mgcda benchmark`: what every step from message in to messages out costs, and how much memory the whole takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import SHIPPED_WEIGHTS
from mgcda_core.processing import Processor
from mgcda_ros.benchmark.chain import benchmark_node
from mgcda_ros.benchmark.growth import measure_growth
from mgcda_ros.benchmark.options import checked_options
from mgcda_ros.benchmark.reference import format_reference, time_reference
from mgcda_ros.benchmark.results import Results, write_results
from mgcda_ros.benchmark.size_run import WARM_UP, time_size
from mgcda_ros.benchmark.surroundings import surroundings
from mgcda_ros.benchmark.table import format_about, format_size

AUTOMATIC = RuntimeSettings()


def benchmark(
    sizes: str = "1024x512 1920x1080",
    frames: int = 200,
    regions: int = 0,
    weights: Path = SHIPPED_WEIGHTS,
    threads: int | None = None,
    json_file: Path | None = None,
    batch_sizes: str = "",
    growth: Path | None = None,
    reference: bool = False,
    runtime: RuntimeSettings = AUTOMATIC,
) -> None:
    """Print the time of every step from image message to published messages as percentiles, and the memory.

    Args:
        sizes: width x height of the camera's pictures, pixels, several separated by spaces.
        frames: how many to time, after three to warm up; percentiles want 200.
        regions: this many made-up regions in every frame instead of what the network finds; 0: what it finds.
        weights: a .safetensors file with its card beside it, a file that `mgcda export` wrote, or mgcda_fast.
        threads: CPU threads of the network; default: PyTorch's choice.
        json_file: also write the figures there, to be compared with mgcda benchmark-compare.
        batch_sizes: also time this many pictures as one batch, several separated by spaces.
        growth: also measure how the cost grows with pixels, cameras and hazards, and write growth.json and growth.png
            into this folder.
        reference: also time our reference-sized network, with random weights: a minute or two and up to 4 GB.
        runtime: what runs the network, on which device, how precisely.
    """
    options = checked_options(
        sizes=sizes, batch_sizes=batch_sizes, frames=frames, regions=regions, threads=threads, json_file=json_file,
        growth=growth,
    )  # fmt: skip
    if growth is not None:
        # Before anything is timed: where matplotlib is missing, that should be said at once.
        from mgcda_ros.benchmark.growth_report import format_growth, plot_growth
    detector = Detector(weights, threads=threads, runtime=runtime)
    processor = Processor(detector)
    about = surroundings(detector, threads) | {"frames": frames, "made-up regions": regions}
    print(format_about(about))
    results = Results(about, {})

    def keep() -> None:
        if json_file is not None:
            write_results(results, json_file)

    with benchmark_node() as node:
        for name, size in options.sizes.items():
            times = time_size(processor, node, size, frames=frames, regions=regions, batch_sizes=options.batch_sizes)
            results.sizes[name] = times
            print(f"\n{name}\n{format_size(times, WARM_UP)}")
        keep()
        if growth is not None:
            results = replace(results, growth=measure_growth(processor, node, frames))
            print(f"\n{format_growth(results.growth)}")
            write_results(results, growth / "growth.json")
            names = ("model", "runtime", "cpu", "date")
            title = ", ".join(str(about[name]) for name in names) + f", {frames} frame(s) per point"
            plot_growth(results.growth, growth / "growth.png", title)
            keep()
    if reference:
        results = replace(results, reference=time_reference(detector))
        print(f"\n{format_reference(results.reference)}")
        keep()
