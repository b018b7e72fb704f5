"""The results as numbers by name: what metrics.json and metrics.csv hold, and the table that is printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mgcda_core.evaluation.reliability import expected_calibration_error
from mgcda_core.evaluation.set_evaluation import MethodResult, SetResult
from mgcda_core.evaluation.slices import Recall

Row = dict[str, str | int | float]
"""One method on one set. Metrics are fractions of 1; NaN where a metric is not defined."""

COLUMNS = {
    "ap": "AP %",
    "fpr95": "FPR95 %",
    "auroc": "AUROC %",
    "best_f1": "best F1 %",
    "siou": "sIoU %",
    "ppv": "PPV %",
    "f1_star": "F1* %",
    "mask_ap": "mask AP %",
    "box_ap": "box AP %",
}
"""Of the table, by their names in metrics.json."""


def rows_of(result: SetResult) -> list[Row]:
    """Return a row per method: the same names in each, in the order of the files' columns."""
    return [_row(result, method) for method in result.methods]


def _row(result: SetResult, method: MethodResult) -> Row:
    pixels, components, regions = method.pixels, method.components, method.regions
    recall, false = method.recall.total(), method.false_regions
    return {
        "set": result.name,
        "method": method.method,
        "images": result.images,
        "ap": pixels.ap,
        "fpr95": pixels.fpr95,
        "auroc": pixels.auroc,
        "best_f1": pixels.best_f1,
        "best_f1_threshold": pixels.best_f1_threshold,
        "siou": components.mean_siou,
        "ppv": components.mean_ppv,
        "f1_star": components.f1_star,
        "mask_ap": regions.mask_ap,
        "mask_ap50": regions.mask_ap50,
        "box_ap": regions.box_ap,
        "box_ap50": regions.box_ap50,
        "threshold": method.threshold,
        "obstacles": recall.obstacles,
        "found_share": recall.found_share,
        "false_regions_per_frame": false.per_frame,
        "clean_frames": false.clean_frames,
        "false_regions_per_clean_frame": false.per_clean_frame,
        "calibration_error": math.nan if method.reliability is None else expected_calibration_error(method.reliability),
        "seconds_per_image": result.seconds.scoring / result.images,
    }


def format_table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, metrics in percent."""
    header, cells = table_cells(rows)
    lines = [header, ["---"] * len(header), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_cells(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table as text."""
    header = ["set", "method", *COLUMNS.values(), "images", "s/image"]
    return header, [
        [
            str(row["set"]),
            str(row["method"]),
            *(percent(float(row[column])) for column in COLUMNS),
            str(row["images"]),
            f"{row['seconds_per_image']:.2f}",
        ]
        for row in rows
    ]


def found_cells(methods: Sequence[MethodResult]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a table of obstacles found and of false regions, binned mode left out."""
    header = ["method", "threshold", "labelled", "found", "found %", "false regions per frame", "per clean frame"]
    return header, [
        [
            method.method,
            f"{method.threshold:.4g}",
            str(method.recall.total().obstacles),
            str(method.recall.total().found),
            percent(method.recall.total().found_share),
            f"{method.false_regions.per_frame:.2f}",
            f"{method.false_regions.per_clean_frame:.2f}" if method.false_regions.clean_frames else "no clean frame",
        ]
        for method in methods
        if not method.binned
    ]


def slice_cells(slices: Mapping[str, Recall]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a table of recall as text."""
    header = ["obstacles", "labelled", "found", "found %", "pixels %"]
    return header, [
        [name, str(each.obstacles), str(each.found), percent(each.found_share), percent(each.hit_share)]
        for name, each in slices.items()
    ]


def percent(share: float) -> str:
    """Return a share in percent, or a dash where it is not defined."""
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def finite(value: object) -> object:
    """Return value with None for every number that is not one, as JSON has it; dicts and lists are gone through."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value
