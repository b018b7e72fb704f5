"""Many bags into one folder: which are done, which are to do, and what is left of a run that was killed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.one_bag import replay_bag
from mgcda_ros.replay.report_files import REPORT

WORKING = ".working"
LOCK = ".lock"

Runner = Callable[[Sequence[BagJob]], Iterator[tuple[BagJob, str | None]]]
"""Replays bags in any order, each with replay_into_place(), and yields each with None, or why it failed, as it ends."""


@dataclass(frozen=True)
class BagResult:
    """name: of its folder. report: what report.json holds, None where the bag failed. error: why it did."""

    name: str
    bag: Path
    report: Mapping[str, Any] | None
    error: str | None = None


def folder_names(bags: Sequence[Path]) -> list[str]:
    """Return a folder's name for each bag: its own, with those of the folders above it where two would be the same.

    Raises ValueError where a bag is named twice.
    """
    paths = [bag.resolve() for bag in bags]
    if twice := sorted({str(path) for path in paths if paths.count(path) > 1}):
        raise ValueError(f"bags: {', '.join(twice)} is named more than once; name each bag once")
    depth = 1
    while True:
        names = ["_".join(path.parts[-depth:]).lstrip("/_") for path in paths]
        if len(set(names)) == len(names):
            return names
        depth += 1


@contextmanager
def own_folder(out: Path) -> Iterator[None]:
    """Make a folder for results and keep others from writing there meanwhile.

    Raises ValueError where it holds something else, or somebody else writes there.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"out: {out} is no folder")
    if out.exists() and any(out.iterdir()) and not (out / LOCK).is_file():
        raise ValueError(f"out: {out} holds something that is no replay's; name an empty or a new folder")
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"out: another replay writes to {out} now; wait for it, or name another folder") from None
        try:
            yield
        finally:
            shutil.rmtree(out / WORKING, ignore_errors=True)


def finished(job: BagJob) -> dict[str, Any] | None:
    """Return the report of a bag that was done before, None of one that was not.

    Raises ValueError where there is one of other settings, or of a bag that was changed since.
    """
    path = job.folder / REPORT
    if not path.is_file():
        if job.folder.exists():
            raise ValueError(f"out: {job.folder} is there without a {REPORT}; name another folder, or delete that one")
        return None
    report = json.loads(path.read_text(encoding="utf-8"))
    if report["fingerprint"] != job.fingerprint():
        raise ValueError(
            f"out: {job.folder} was made with other settings, or {job.bag} has changed since; name another folder, or "
            "delete that one"
        )
    return report


def replay_into_place(job: BagJob, *, is_quiet: bool = True) -> None:
    """Replay a bag so that its folder is there when it is finished, and never before; raises what replay_bag raises."""
    working = job.folder.parent / WORKING / job.folder.name
    shutil.rmtree(working, ignore_errors=True)
    replay_bag(replace(job, folder=working), is_quiet=is_quiet)
    os.replace(working, job.folder)


def replay_all(
    jobs: Sequence[BagJob], run: Runner, told: Callable[[list[BagResult]], None] = lambda results: None
) -> list[BagResult]:
    """Replay the bags that are not done yet, those that fail once more, and return what became of each, in order.

    told: called with all results so far: once with those that are done, and each time that there is one more. Raises
    what finished() raises.
    """
    order = {job.folder: place for place, job in enumerate(jobs)}
    results = {
        job.folder: BagResult(job.folder.name, job.bag, report) for job in jobs if (report := finished(job)) is not None
    }

    def tell() -> None:
        told([results[folder] for folder in sorted(results, key=order.__getitem__)])

    def add(job: BagJob, report: Mapping[str, Any] | None, error: str | None = None) -> None:
        results[job.folder] = BagResult(job.folder.name, job.bag, report, error)
        tell()

    if results:
        tell()
    waiting = [job for job in jobs if job.folder not in results]
    for is_last_try in (False, True):
        failed = []
        for job, error in run(waiting) if waiting else ():
            report = finished(job) if error is None else None
            if error is None and report is None:
                error = f"it was done, but {job.folder} is not here: all machines must share the folder of the results"
            if report is not None:
                add(job, report)
            elif is_last_try:
                add(job, None, error)
            else:
                failed.append(job)
        waiting = sorted(failed, key=lambda job: order[job.folder])
    return [results[job.folder] for job in jobs]
