"""Bags in parallel on one machine: a process for each, so that one that dies takes no other with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.fleet import replay_into_place

END_DEADLINE_S = 10.0


class _Running(NamedTuple):
    job: BagJob
    process: BaseProcess
    told: Connection


def run_in_processes(jobs: Sequence[BagJob], count: int) -> Iterator[tuple[BagJob, str | None]]:
    """Replay bags, count at a time, and yield each with None, or why it failed, as it ends.

    All processes end with the iterator, however that ends.
    """
    # Spawned and not forked: a fork of a process that has run PyTorch may hang.
    context = multiprocessing.get_context("spawn")
    # Threads that spin while they wait for each other would take the cores from the other bags.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    waiting, running = list(jobs), dict[int, _Running]()
    try:
        while waiting or running:
            while waiting and len(running) < count:
                job = waiting.pop(0)
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(job, sender), name=f"replay {job.folder.name}")
                process.start()
                sender.close()
                running[process.sentinel] = _Running(job, process, receiver)
            for sentinel in wait(list(running)):
                done = running.pop(int(sentinel))  # a sentinel of POSIX is a file's number
                done.process.join()
                yield done.job, _error(done)
    finally:
        for left in running.values():
            _end(left.process)


def _work(job: BagJob, told: Connection) -> None:
    # Ctrl-C reaches the whole group; the parent ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        replay_into_place(job)
    except Exception as error:  # whatever it is, the report must say so, and other bags go on
        told.send(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    else:
        told.send(None)


def _error(done: _Running) -> str | None:
    try:
        return done.told.recv()
    except EOFError:
        code = done.process.exitcode or 0
        return f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
    finally:
        done.told.close()


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join(END_DEADLINE_S)
    if process.is_alive():
        process.kill()
        process.join()
