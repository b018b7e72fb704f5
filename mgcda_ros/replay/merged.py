"""All bags in one report: index.html and summary.json."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mgcda_core.evaluation.frame_page import html_table
from mgcda_core.evaluation.result_table import finite
from mgcda_core.frame import Status
from mgcda_ros.replay.alarms import alarm_rates
from mgcda_ros.replay.figures import figures_of_truth, number, rates
from mgcda_ros.replay.fleet import BagResult
from mgcda_ros.replay.fleet_truth import FleetTruth
from mgcda_ros.replay.page import document, warning
from mgcda_ros.replay.timeline import colour_of, key

INDEX, SUMMARY = "index.html", "summary.json"
BAR_PX = 420


def merge(results: Sequence[BagResult], truth: FleetTruth) -> dict[str, Any]:
    """Return what all bags amount to, as plain values (docs/replay.md); rates are over all of them together."""
    reports = [result.report for result in results if result.report is not None]
    seconds: Counter[str] = Counter({status.name: 0.0 for status in Status})
    frames: Counter[str] = Counter()
    for report in reports:
        seconds.update(report["seconds_by_status"])
        frames.update(report["frames_by_status"])
    labelled = [report for report in reports if report["ground_truth"] is not None]
    return {
        "bags": len(results),
        "failed": {result.name: result.error for result in results if result.report is None},
        "not_whole": [result.name for result in results if result.report and not result.report["is_whole"]],
        "frames": sum(report["frames"] for report in reports),
        "frames_by_status": dict(frames),
        "seconds_by_status": {name: round(value, 3) for name, value in seconds.items()},
        "looked_s": sum(report["looked_s"] for report in reports),
        "kilometres": _sum(reports, lambda report: report["kilometres"]),
        "alarms": _rates(reports, "alarms"),
        "false_alarms": _rates(labelled, "false_alarms"),
        "labelled_frames": sum(report["ground_truth"]["labelled frames"] for report in labelled),
        "obstacles": sum(report["ground_truth"]["obstacles"] for report in labelled),
        "obstacles_found": sum(
            found["found"] for report in labelled for found in report["ground_truth"]["found_by_size"].values()
        ),
        "ground_truth": truth.values(results),
        "names": {result.name: str(result.bag) for result in results},
    }


def write_merged(out: Path, results: Sequence[BagResult], truth: FleetTruth | None = None) -> dict[str, Any]:
    """Write the page and the data of all bags to out, and return the data.

    truth: of the bags in out; by default it is read anew.
    """
    merged = merge(results, FleetTruth(out) if truth is None else truth)
    for name, text in (
        (SUMMARY, json.dumps(finite(merged), indent=1, allow_nan=False) + "\n"),
        (INDEX, _page(merged, results)),
    ):
        # Never half a file, for it is written anew after each bag while somebody may be reading.
        part = out / f".{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(out / name)
    return merged


def _sum(reports: Iterable[Mapping[str, Any]], value: Callable[[Mapping[str, Any]], float | None]) -> float | None:
    known = [each for report in reports if (each := value(report)) is not None]
    return sum(known) if known else None


def _rates(all_reports: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any] | None:
    """Return alarms of all bags that count them, None where none does."""
    reports = [report for report in all_reports if report[name] is not None]
    if not reports:
        return None
    looked_s = sum(report["looked_s"] for report in reports)
    driven = [report for report in reports if report["kilometres"]]
    found = alarm_rates(
        sum(report[name]["count"] for report in reports),
        looked_s,
        sum(report["kilometres"] for report in driven),
        sum(report[name]["count"] for report in driven),
    )
    for key_ in ("true", "not_labelled"):
        if all(key_ in report[name] for report in reports):
            found[key_] = sum(report[name][key_] for report in reports)
    return found


def _page(merged: Mapping[str, Any], results: Sequence[BagResult]) -> str:
    seconds = ", ".join(f"{name} {number(value)} s" for name, value in merged["seconds_by_status"].items() if value)
    rows = [
        ["bags", str(merged["bags"])],
        ["frames", str(merged["frames"])],
        ["time by status", seconds or "-"],
        ["way", "not known" if merged["kilometres"] is None else f"{number(merged['kilometres'])} km"],
        ["alarms", rates(merged["alarms"])],
    ]
    if merged["false_alarms"] is not None:
        rows.append(["false alarms", rates(merged["false_alarms"])])
    if merged["labelled_frames"]:
        rows.append(["labelled obstacles found", f"{merged['obstacles_found']} of {merged['obstacles']}"])
    failed = [f"{name}: {str(error).splitlines()[0]}" for name, error in merged["failed"].items()]
    body = warning("Bags that failed twice", failed)
    body += warning("Bags that are not whole; their reports say where they end", merged["not_whole"])
    body += html_table(["", ""], rows)
    body += f'<p class="key">status:{key((status.name, colour_of(status)) for status in Status)}</p>'
    body += _bags(results)
    if merged["ground_truth"] is not None:
        body += _truth(merged["ground_truth"])
    return document("Replay", body)


def _truth(truth: Mapping[str, Any]) -> str:
    """Return the metrics over all frames, and of which bags they are not."""
    body = "<h2>Against ground truth, all frames as one set</h2>"
    heading = "Not in these figures; a bag is replayed anew once its folder is deleted"
    body += warning(heading, [f"{name}: {reason}" for name, reason in truth["left_out"].items()])
    if len(truth["without_regions"]) < truth["bags"]:
        body += warning("No regions, for these were looked at without pycocotools", truth["without_regions"])
    bags = f"{truth['bags']} of {truth['bags'] + len(truth['left_out'])} with ground truth"
    return body + html_table(["", ""], [["bags", bags], *figures_of_truth(truth)])


def _bags(results: Sequence[BagResult]) -> str:
    longest_s = max((result.report["duration_s"] for result in results if result.report), default=0.0)
    head = "".join(
        f"<th>{title}</th>"
        for title in ("bag", "length", "frames", "status", "alarms", "per minute", "per km", "false", "AP %")
    )
    return f"<table><tr>{head}</tr>{''.join(_row(result, longest_s) for result in results)}</table>"


def _row(result: BagResult, longest_s: float) -> str:
    name, report = html.escape(result.name), result.report
    if report is None:
        return f'<tr><td>{name}</td><td colspan="8">failed</td></tr>'
    alarms, false, truth = report["alarms"], report["false_alarms"], report["ground_truth"]
    cells = [
        f'<a href="{name}/report.html">{name}</a>{"" if report["is_whole"] else " (not whole)"}',
        f"{number(report['duration_s'])} s",
        str(report["frames"]),
        _bar(report, longest_s),
        *(["-"] * 3 if alarms is None else _rate_cells(alarms)),
        "-" if false is None else str(false["count"]),
        "-" if truth is None or truth["ap"] is None else number(100 * truth["ap"]),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _rate_cells(alarms: Mapping[str, Any]) -> list[str]:
    return [str(alarms["count"]), number(alarms["per_minute"]), number(alarms["per_km"])]


def _bar(report: Mapping[str, Any], longest_s: float) -> str:
    """Return the time by status as a bar, as long as the bag is against the longest one."""
    parts, x = [], 0.0
    for status in Status:
        width = BAR_PX * report["seconds_by_status"][status.name] / longest_s if longest_s else 0.0
        if width:
            parts.append(f'<rect x="{x:.1f}" width="{width:.1f}" height="14" fill="{colour_of(status)}"/>')
        x += width
    return f'<svg width="{BAR_PX}" height="14" role="img" aria-label="time by status">{"".join(parts)}</svg>'
