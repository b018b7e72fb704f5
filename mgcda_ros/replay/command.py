"""`mgcda replay BAG...`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Literal

RAY_THREADS = 2
"""CPUs that a bag asks a cluster for: one replays, and another decodes, draws and writes."""


def replay(
    bags: tuple[Path, ...],
    topic: str | None = None,
    ground_truth: str | None = None,
    out: Path = Path("out/replay"),
    params_file: Path | None = None,
    node_name: str = "mgcda",
    camera: str = "",
    video: Literal["mp4", "webm", "none"] = "mp4",
    output_bag: bool = True,
    jobs: int | None = None,
    ray: str | None = None,
) -> None:
    """Look at every frame of bags as the node would, and write a report, a video and a bag of outputs of each.

    What is finished is kept: the same command goes on where it was stopped. Ends with 1 where a bag failed twice.

    Args:
        bags: rosbag2 folders, .mcap, .db3 (also .zstd) and ROS 1 .bag files, whole or not; may be given without the
            option's name, before all others.
        topic: the pictures, sensor_msgs/Image or CompressedImage; default: the bag's only one.
        ground_truth: folder of label images named by stamp, or a topic of the bag (docs/replay.md).
        out: folder for index.html, and a folder per bag.
        params_file: the node's own parameter file; default: the node's defaults.
        node_name: whose section of it counts, without a namespace.
        camera: whose pictures and parameters, where the file names several cameras.
        video: for players, for browsers (slower to write), or none.
        output_bag: write the bag with all outputs beside the inputs.
        jobs: bags at a time on this machine; default: one per two cores.
        ray: address of a Ray cluster to use instead, such as auto or ray://head:10001; local: start one here.
    """
    from tqdm import tqdm

    from mgcda_core.deploy.weights import named_weights
    from mgcda_ros.parameters.file import overrides_of, read_parameter_file
    from mgcda_ros.replay.bag_job import BagJob
    from mgcda_ros.replay.fleet import (
        BagResult,
        finished,
        folder_names,
        own_folder,
        replay_all,
        replay_into_place,
    )
    from mgcda_ros.replay.fleet_truth import FleetTruth
    from mgcda_ros.replay.merged import INDEX, write_merged
    from mgcda_ros.replay.processes import run_in_processes
    from mgcda_ros.replay.ray_cluster import run_on_ray

    if not bags:
        raise ValueError("bags: name at least one")
    if missing := [str(bag) for bag in bags if not bag.exists()]:
        raise FileNotFoundError(f"bags: no such file or folder: {', '.join(missing)}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs: {jobs} is not allowed; it must be 1 or more")
    if ray is not None and jobs is not None:
        raise ValueError("jobs: Ray itself decides how many bags it takes at a time; leave jobs or ray out")
    cores = os.cpu_count() or 1
    count = min(len(bags), jobs or max(1, cores // 2))
    overrides = {} if params_file is None else read_parameter_file(params_file, node_name)
    # Before anything is loaded: a misspelt parameter is the same for every bag.
    overrides = overrides_of(overrides, camera)
    if overrides.get("weights"):
        # Other machines have other working directories.
        overrides["weights"] = str(named_weights(overrides["weights"]).resolve())
    if ground_truth is not None and Path(ground_truth).expanduser().is_dir():
        ground_truth = str(Path(ground_truth).expanduser().resolve())
    all_jobs = [
        BagJob(
            bag.resolve(),
            out.resolve() / name,
            topic=topic,
            ground_truth=ground_truth,
            overrides=overrides,
            threads=RAY_THREADS if ray is not None else max(1, cores // count),
            write_bag=output_bag,
            video=video,
        )
        for bag, name in zip(bags, folder_names(bags), strict=True)
    ]
    with own_folder(out):
        if len(bags) == 1 and ray is None:
            # Here and not in a process of its own: with progress by the frame, and errors as they are.
            if finished(all_jobs[0]) is None:
                replay_into_place(all_jobs[0], is_quiet=False)
            write_merged(out, [BagResult(all_jobs[0].folder.name, bags[0], finished(all_jobs[0]))])
            print(f"{out / all_jobs[0].folder.name / 'report.html'}")
            return
        run = partial(run_in_processes, count=count) if ray is None else partial(run_on_ray, address=ray)
        truth = FleetTruth(out)
        with tqdm(total=len(bags), desc="bags", unit="bag") as bar:

            def told(results: list[BagResult]) -> None:
                write_merged(out, results, truth)
                bar.update(len(results) - bar.n)

            results = replay_all(all_jobs, run, told)
    for result in results:
        if result.error is not None:
            print(f"{result.bag} failed twice: {result.error}")
    print(f"{out / INDEX}")
    if any(result.error is not None for result in results):
        raise SystemExit(1)
