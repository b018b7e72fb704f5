"""What a recording amounts to: rate, latency, and what was found against the truth, where there is one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from mgcda_ros.demo.photos import UNKNOWN
from mgcda_ros.demo.recorder import FrameRecord, Recording
from mgcda_ros.stamps import SECOND

VISIBLE_PX = 40
"""A hazard counts as visible in a frame from this many pixels on: 6 x 7, at 640 x 360 a 0.5 m box 35 m away."""


@dataclass
class Judgement:
    """Regions against truth in one frame: ids of visible hazards, those of them that a region touches, and regions
    that touch none, on known ground (false) or where nothing is labelled (unjudged)."""

    visible: set[int]
    touched: set[int]
    false_regions: int
    unjudged_regions: int


def judge(record: FrameRecord, *, visible_px: int = VISIBLE_PX) -> Judgement | None:
    """Compare a frame's mask with its truth; None where either is missing."""
    if record.mask is None or record.instances is None or record.truth is None:
        return None
    count, regions = cv2.connectedComponents((record.mask > 0).astype(np.uint8), connectivity=8)
    touched: set[int] = set()
    false = unjudged = 0
    for region in range(1, count):
        inside = record.instances[regions == region]
        objects = set(inside[(inside > 0) & (inside != UNKNOWN)].tolist())
        touched |= objects
        if not objects:
            on_known = bool((inside != UNKNOWN).mean() > 0.5)
            false += on_known
            unjudged += not on_known
    sizes = np.bincount(record.instances.ravel(), minlength=256)
    visible = {int(i) for i in np.flatnonzero(sizes >= visible_px) if i not in (0, UNKNOWN)}
    return Judgement(visible, touched, false, unjudged)


def summarise(recording: Recording) -> dict[str, Any]:
    """Return the summary's lines by name; times in seconds, shares in [0, 1]."""
    reported = recording.reported()
    reports = [record.report for _, record in reported]
    last = (reports or recording.heartbeats or [{}])[-1]
    summary: dict[str, Any] = {
        "frames published": recording.published,
        "frames reported on": len(reported),
        "frames received by the node": int(last.get("received", 0)),
        "frames dropped by the node, for a newer one": int(last.get("dropped", 0)),
        "model": last.get("model", ""),
        "statuses": dict(Counter(report["status"] for report in reports)),
    }
    if not reports:
        return summary
    times = [int(report["received_ns"]) for report in reports]
    if times[-1] > times[0]:
        summary["rate, reports per second"] = (len(times) - 1) / ((times[-1] - times[0]) / SECOND)
    for title, key in (("latency, arrival to report", "latency_s"), ("age, stamp to report", "input_age_s")):
        values = [float(report[key]) for report in reports]
        summary[f"{title}, p50 s"] = float(np.percentile(values, 50))
        summary[f"{title}, p95 s"] = float(np.percentile(values, 95))
    summary["hazard regions per frame"] = float(np.mean([int(report["hazard_count"]) for report in reports]))
    summary |= _against_truth([record for _, record in reported])
    return summary


def _against_truth(records: list[FrameRecord]) -> dict[str, Any]:
    judged = [(record, judgement) for record in records if (judgement := judge(record)) is not None]
    if not judged:
        return {}
    with_hazard = [judgement for _, judgement in judged if judgement.visible]
    pairs = sum(len(judgement.visible) for judgement in with_hazard)
    found = sum(len(judgement.visible & judgement.touched) for judgement in with_hazard)
    summary: dict[str, Any] = {
        "frames with truth": len(judged),
        f"frames with a hazard of {VISIBLE_PX} px or more": len(with_hazard),
        "of these, frames in which a region touches one": sum(bool(j.visible & j.touched) for j in with_hazard),
        "recall, per hazard and frame": found / pairs if pairs else float("nan"),
        "false regions per frame": float(np.mean([judgement.false_regions for _, judgement in judged])),
        "frames without a false region": sum(judgement.false_regions == 0 for _, judgement in judged),
    }
    if unjudged := sum(judgement.unjudged_regions for _, judgement in judged):
        summary["regions per frame where nothing is labelled"] = unjudged / len(judged)
    summary |= _per_hazard(judged)
    return summary


def _per_hazard(judged: list[tuple[FrameRecord, Judgement]]) -> dict[str, Any]:
    """Count the hazards of a drive over its whole length, and how far off they were when first found."""
    seen: set[int] = set()
    first_found_m: dict[int, float] = {}
    for record, judgement in judged:
        for hazard in record.truth:
            if "distance_m" not in hazard:
                return {}
            code = hazard["id"] % UNKNOWN
            if code in judgement.visible:
                seen.add(code)
                if code in judgement.touched:
                    first_found_m.setdefault(code, float(hazard["distance_m"]))
    if not seen:
        return {}
    summary: dict[str, Any] = {"hazards passed": len(seen), "hazards found": len(first_found_m)}
    if first_found_m:
        summary["distance when first found, median m"] = float(np.median(list(first_found_m.values())))
    return summary


def format_summary(summary: dict[str, Any]) -> str:
    """Return the summary as a Markdown table."""
    lines = ["| | |", "|---|---|"]
    for name, value in summary.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {count}" for key, count in value.items())
        lines.append(f"| {name} | {f'{value:.3f}' if isinstance(value, float) else value} |")
    return "\n".join(lines)
