"""Bags on a Ray cluster, whose machines share the file system that bags and results lie on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.fleet import replay_into_place

LOCAL = "local"
"""The address of a cluster that is started on this machine and ends with the run."""


def run_on_ray(jobs: Sequence[BagJob], address: str) -> Iterator[tuple[BagJob, str | None]]:
    """Replay bags on a cluster and yield each with None, or why it failed, as it ends; threads of a job are its CPUs.

    address: as ray.init has it, such as "auto" or "ray://head:10001", or LOCAL. Raises ModuleNotFoundError without ray,
    ValueError where no cluster answers.
    """
    # Ray reports its use to its makers over the network unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    try:
        ray.init(address=address, include_dashboard=False if address == LOCAL else None, log_to_driver=False)
    except ConnectionError as error:
        raise ValueError(f"ray: no cluster answers at {address!r}; start one with ray start --head ({error})") from None
    try:
        # No retries of Ray's own: a bag that fails is tried once more, on whichever machine it failed.
        remote = ray.remote(max_retries=0)(replay_into_place)
        running = {remote.options(num_cpus=max(1, job.threads)).remote(job): job for job in jobs}
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            job = running.pop(done)
            try:
                ray.get(done)
            except Exception as error:  # of the bag, or of Ray for a worker or machine that is gone
                cause = getattr(error, "cause", None) or error
                yield job, f"{type(cause).__name__}: {cause}"
            else:
                yield job, None
    finally:
        ray.shutdown()
