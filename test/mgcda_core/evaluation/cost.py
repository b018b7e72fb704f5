"""Prints what metrics and reports cost beside reading and scoring: the last figures of docs/evaluation.md.

Not a test: `OMP_WAIT_POLICY=PASSIVE python test/mgcda_core/evaluation/cost.py --root SET` takes minutes, and other work
on the machine shows in it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mgcda_core.datasets.benchmarks import open_sets
from mgcda_core.deploy.detector import Detector
from mgcda_core.evaluation.report import FRAMES, set_folder, write_set
from mgcda_core.evaluation.score_sources import DetectorScores
from mgcda_core.evaluation.set_evaluation import SetResult, evaluate_set


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the least of several runs of each, and the share of what is not reading and scoring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    (labelled,) = open_sets("pairs", arguments.root)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        source = DetectorScores(Detector(), baselines=False, kept=out)
        found: list[SetResult] = []

        def score() -> None:
            for picture in labelled.pictures:
                source.scores(picture, picture.read()[0])

        def evaluate() -> None:
            found.append(evaluate_set(labelled, source, frames=set_folder(out, labelled.name) / FRAMES))

        score()
        pieces = (score, evaluate, lambda: write_set(out, found[-1], []))
        times = [[seconds(piece) for piece in pieces] for _ in range(arguments.runs)]
    alone, evaluation, report = (min(values) for values in zip(*times, strict=True))
    whole = evaluation + report
    print(f"{labelled.name}: {len(labelled.pictures)} frames, the least of {len(times)} runs")
    print(f"reading and scoring {alone:.2f} s, evaluation {evaluation:.2f} s, report {report:.2f} s")
    print(f"metrics and reports: {100 * (whole - alone) / whole:.1f} % of the run")


if __name__ == "__main__":
    main()
