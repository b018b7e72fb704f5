"""The figures of a report as rows of a table, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHARES = {
    "ap": "AP %", "fpr95": "FPR95 %", "auroc": "AUROC %", "best_f1": "best F1 %", "siou": "sIoU %", "ppv": "PPV %",
    "f1_star": "F1* %", "mask_ap": "mask AP %", "box_ap": "box AP %", "found_share": "labelled obstacles found %",
}  # fmt: skip
"""By their names in report.json."""


def number(value: float | None) -> str:
    """Return a number with three digits, or a dash where it is not known."""
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def figures(summary: Mapping[str, Any]) -> list[list[str]]:
    """Return the main figures of a report as name and value."""
    statuses = ", ".join(f"{name} {count}" for name, count in summary["frames_by_status"].items())
    seconds = ", ".join(f"{name} {number(value)} s" for name, value in summary["seconds_by_status"].items() if value)
    rows = [
        ["start", summary["start"] or "-"],
        ["length", f"{number(summary['duration_s'])} s"],
        ["frames", f"{summary['frames']} ({statuses})" if statuses else "0"],
        ["time by status", seconds or "-"],
        ["times without a frame", str(summary["silences"])],
    ]
    if (rate := summary["rate_hz"]) is not None:
        rows.append(["camera", f"{number(rate['mean'])} frames per s, longest gap {number(rate['longest_gap_s'])} s"])
    if (latency := summary["latency_s"]) is not None:
        text = ", ".join(f"{name} {number(1000 * value)} ms" for name, value in latency.items())
        late = summary["slower_than_limit"]
        rows.append(["latency on this machine", f"{text}; {late} above maximum_latency_s"])
    if (age := summary["recorded_after_stamp_s"]) is not None:
        text = ", ".join(f"{name} {number(1000 * value)} ms" for name, value in age.items())
        rows.append(["recorded after its stamp", text])
    rows.append(["way", "not known" if summary["kilometres"] is None else f"{number(summary['kilometres'])} km"])
    rows.append(["hazards per frame", number(summary["hazards_per_frame"])])
    rows.append(["alarms", rates(summary["alarms"])])
    if summary["false_alarms"] is not None:
        rows.append(["false alarms", rates(summary["false_alarms"])])
    return rows


def rates(alarms: Mapping[str, Any] | None) -> str:
    """Return a number of alarms with its rates; alarms: None where they are not counted."""
    if alarms is None:
        return "not counted: hazards are not followed (follow_hazards)"
    text = f"{alarms['count']}"
    if alarms["per_minute"] is not None:
        text += f"; {number(alarms['per_minute'])} per minute"
    if alarms["per_km"] is not None:
        text += f"; {number(alarms['per_km'])} per km"
    if "true" in alarms:
        text += f" ({alarms['true']} true, {alarms['not_labelled']} where nothing is labelled)"
    return text


def figures_of_truth(truth: Mapping[str, Any]) -> list[list[str]]:
    """Return what ground truth says, as name and value."""
    rows = [["labelled frames", str(truth["labelled frames"])]]
    if blind := truth["labelled frames that nobody could look at"]:
        rows.append(["labelled frames that nobody could look at", str(blind)])
    for name, title in SHARES.items():
        if name in truth:
            rows.append([title, number(None if truth[name] is None else 100 * truth[name])])
    rows.append(["labelled obstacles", str(truth["obstacles"])])
    rows.append(["false regions per frame", number(truth["false_regions_per_frame"])])
    rows.append(["false regions per frame without an obstacle", number(truth["false_regions_per_clean_frame"])])
    for group in ("found_by_size", "found_by_region"):
        for name, found in truth[group].items():
            if found["obstacles"]:
                rows.append([f"found, {name}", f"{found['found']} of {found['obstacles']}"])
    return rows
