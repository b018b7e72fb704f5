"""An evaluation on disk: metrics.json and metrics.csv of all sets, and a page with plots and frames of each."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mgcda_core.evaluation.corruption_runs import CorruptionRow, corruption_cells
from mgcda_core.evaluation.false_regions import LEAST_PX
from mgcda_core.evaluation.frame_page import html_table, write_page
from mgcda_core.evaluation.metric_plots import SHOWN_CORRUPTIONS, plot_corruptions, plot_curves, plot_reliability
from mgcda_core.evaluation.result_table import finite, found_cells, rows_of, slice_cells, table_cells
from mgcda_core.evaluation.set_evaluation import MethodResult, SetResult

FRAMES = "frames"
"""Folder of a set's pictures, beside its page."""


def set_folder(out: Path, name: str) -> Path:
    """Return the folder of a set's page below out."""
    return out / name.replace(" ", "_")


def write_files(
    out: Path, results: Sequence[SetResult], corruptions: Sequence[CorruptionRow], about: Mapping[str, object]
) -> None:
    """Write metrics.json, with everything, and metrics.csv, the rows of the table with all their columns, to out.

    about: how the results came to be; stands first in metrics.json.
    """
    rows = [row for result in results for row in rows_of(result)]
    methods = [method for result in results for method in result.methods]
    detailed = [row | _details(method) for row, method in zip(rows, methods, strict=True)]
    everything = {
        **about,
        "results": detailed,
        "corruptions": [row._asdict() for row in corruptions],
        "seconds": {result.name: vars(result.seconds) for result in results},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(finite(everything), indent=1, allow_nan=False) + "\n", "utf-8")
    for name, table in (("metrics.csv", rows), ("corruptions.csv", [row._asdict() for row in corruptions])):
        if table:
            with (out / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, fieldnames=list(table[0]))
                writer.writeheader()
                writer.writerows(table)


def write_set(out: Path, result: SetResult, corruptions: Sequence[CorruptionRow]) -> Path:
    """Write the page of a set, whose frames' pictures are there already, with its plots, and return the page."""
    folder = set_folder(out, result.name)
    plot_curves(result, folder / "curves.png")
    first = result.methods[0]
    if first.reliability is not None:
        plot_reliability(first.method, first.reliability, folder / "reliability.png")
    if corruptions:
        plot_corruptions(
            corruptions, f"{result.name}: {first.method} under weather and camera faults", folder / "corruptions.png"
        )
    page = folder / "index.html"
    write_page(page, title=result.name, sections=_sections(result, corruptions, folder), entries=result.frames)
    return page


def _sections(result: SetResult, corruptions: Sequence[CorruptionRow], folder: Path) -> Iterator[str]:
    header, cells = table_cells(rows_of(result))
    yield html_table(header[1:], [row[1:] for row in cells])
    yield '<img src="curves.png" alt="precision over recall, and ROC">'
    yield (
        "<h2>Obstacles found, and what is reported where there is none</h2><p>At the threshold that a method has of "
        "its own, otherwise at the set's best. An obstacle is found where half of its pixels are above it; a false "
        f"region touches none and has {LEAST_PX} pixels or more.</p>"
    )
    yield html_table(*found_cells(result.methods))
    first = result.methods[0]
    for name, slices in (("size", first.recall.by_size()), ("region", first.recall.by_region())):
        yield f"<h3>{html.escape(first.method)}, by {name}</h3>{html_table(*slice_cells(slices))}"
    if first.reliability is not None:
        yield '<h2>Calibration</h2><img src="reliability.png" alt="reliability curve">'
    if corruptions:
        yield '<h2>Weather and camera faults</h2><img src="corruptions.png" alt="metrics by strength">'
        for column, label in SHOWN_CORRUPTIONS.items():
            yield f"<h3>{label}</h3>{html_table(*corruption_cells(corruptions, column))}"


def _details(method: MethodResult) -> dict[str, object]:
    reliability = method.reliability
    return {
        "recall_by_size": _slices(method.recall.by_size()),
        "recall_by_region": _slices(method.recall.by_region()),
        "reliability": None
        if reliability is None
        else {name: values.tolist() for name, values in reliability._asdict().items()},
    }


def _slices(slices: Mapping) -> dict[str, dict[str, float]]:
    return {
        name: each._asdict() | {"found_share": each.found_share, "hit_share": each.hit_share}
        for name, each in slices.items()
    }
