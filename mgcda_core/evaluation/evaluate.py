"""Sets and a source of scores in, files and a table out: what `mgcda evaluate` does once it knows what is asked."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import torch

from mgcda_core.datasets.benchmarks import LabelledSet
from mgcda_core.datasets.set_check import check
from mgcda_core.evaluation.corruption_runs import CorruptionRow, corruption_rows
from mgcda_core.evaluation.report import FRAMES, set_folder, write_files, write_set
from mgcda_core.evaluation.result_table import Row, rows_of
from mgcda_core.evaluation.score_files import benchmark_folder
from mgcda_core.evaluation.score_sources import ScoreSource
from mgcda_core.evaluation.set_evaluation import SetResult, evaluate_set


def evaluate(
    sets: Sequence[LabelledSet],
    source: ScoreSource,
    out: Path,
    *,
    about: Mapping[str, object],
    binned: bool = False,
    corruptions: bool = False,
    write_scores: str | None = None,
) -> list[Row]:
    """Evaluate a source on sets, write everything below out, and return the rows of the table.

    All sets and score files are checked first. write_scores: suffix (score_formats.py) of the first method's scores,
    which go to scores/ below out; .hdf5 as SegmentMeIfYouCan's benchmark looks for them. about: how it was done, for
    metrics.json. What is finished is written before the next set begins. Raises ValueError naming the file that is
    wrong.
    """
    for labelled in sets:
        summary = check(labelled.pictures)
        source.check(labelled.pictures)
        share = summary.anomaly_px / (summary.anomaly_px + summary.normal_px)
        print(
            f"{labelled.name}: {summary.pictures} images, {summary.with_anomaly} with anomalies, "
            f"{100 * share:.2f} % of the judged pixels"
        )
    results: list[SetResult] = []
    faults: list[CorruptionRow] = []
    for labelled in sets:
        folder = set_folder(out, labelled.name)
        written = None
        if write_scores is not None:
            written = (_scores_folder(out, source.methods[0], labelled.name, write_scores), write_scores)
        result = evaluate_set(labelled, source, frames=folder / FRAMES, binned=binned, written=written)
        results.append(result)
        here = list(corruption_rows(labelled, source, result)) if corruptions else []
        faults += here
        page = write_set(out, result, here)
        write_files(out, results, faults, about)
        print(f"{page}: the frames, worst first")
    return [row for result in results for row in rows_of(result)]


def about(layout: str, source: str, long_side_px: int | None = None) -> dict[str, object]:
    """Return what metrics.json says of an evaluation: when, of what, and on what."""
    return {
        "date": date.today().isoformat(),
        "source": source,
        "layout": layout,
        "long_side_px": long_side_px,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "machine": platform.platform(),
    }


def _scores_folder(out: Path, method: str, name: str, suffix: str) -> Path:
    if suffix == ".hdf5":
        return benchmark_folder(out / "scores", method, name)
    return out / "scores" / name.replace(" ", "_")
