"""What the node says of each hazard of a simulated drive, frame by frame, beside where it truly is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mgcda_core.evaluation.track_metrics import fragmentations, identity_switches, times_to_report
from mgcda_ros.demo.recorder import FrameRecord, Recording
from mgcda_ros.demo.summary import VISIBLE_PX

BANDS_M = ((0.0, 15.0), (15.0, 25.0), (25.0, 40.0), (40.0, 65.0))


@dataclass(frozen=True)
class Sighting:
    """One hazard in one frame; distances along the road from the camera to its nearest point, metres.

    stamp_ns: of the frame. hazard_id: the true one. track_id: the one reported, None where none is confirmed there.
    estimated_m, sigma_m: None where the hazard has no position.
    """

    stamp_ns: int
    hazard_id: int
    true_m: float
    track_id: int | None = None
    estimated_m: float | None = None
    sigma_m: float | None = None


def sightings(recording: Recording) -> list[Sighting]:
    """Return every hazard in every frame that was reported on, from VISIBLE_PX on; none without positions."""
    found: list[Sighting] = []
    for stamp, record in recording.reported():
        if record.truth and record.nearest_x_m is not None and all("box_px" in truth for truth in record.truth):
            found += _in_frame(stamp, record)
    return found


def _in_frame(stamp: int, record: FrameRecord) -> list[Sighting]:
    reported = [hazard for hazard in record.report["hazards"] if hazard["state"] != "TENTATIVE"]
    taken: set[int] = set()
    found = []
    # The nearest first: where two overlap in the picture, it hides the other.
    for truth in sorted(record.truth, key=lambda each: each["distance_m"]):
        if truth["visible_px"] < VISIBLE_PX:
            continue
        overlaps = {
            hazard["id"]: overlap
            for hazard in reported
            if hazard["id"] not in taken
            and (overlap := intersection_over_union(hazard["box_px"], truth["box_px"])) > 0.1
        }
        track = max(overlaps, key=overlaps.__getitem__, default=None)
        seen = Sighting(stamp, truth["id"], truth["distance_m"])
        if track is not None:
            taken.add(track)
            sigma = next(hazard["distance_sigma_m"] for hazard in reported if hazard["id"] == track)
            seen = Sighting(stamp, truth["id"], truth["distance_m"], track, record.nearest_x_m.get(track), sigma)
        found.append(seen)
    return found


def intersection_over_union(one: list[int], other: list[int]) -> float:
    """Return the overlap of two boxes (x_min, y_min, x_max, y_max), in [0, 1]."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, across) * max(0, down)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / max(1, sum(areas) - shared)


def followed(seen: list[Sighting]) -> dict[str, Any]:
    """Return the summary's lines about distances and ids by name; none for no sightings."""
    if not seen:
        return {}
    summary: dict[str, Any] = {}
    for low, high in BANDS_M:
        errors = [
            each.estimated_m / each.true_m - 1
            for each in seen
            if each.estimated_m is not None and max(low, 0.1) <= each.true_m < high
        ]
        if errors:
            name = f"error of the distance, {low:g} to {high:g} m"
            summary[f"{name}, frames"] = len(errors)
            summary[f"{name}, median of its size"] = float(np.median(np.abs(errors)))
            summary[f"{name}, median"] = float(np.median(errors))
    frames: dict[int, dict[int, int | None]] = {}
    for each in seen:
        frames.setdefault(each.stamp_ns, {})[each.hazard_id] = each.track_id
    inside = [
        abs(each.estimated_m - each.true_m) <= each.sigma_m
        for each in seen
        if each.estimated_m is not None and each.sigma_m
    ]
    if inside:
        summary["distances within their standard deviation"] = float(np.mean(inside))
    summary["id switches"] = identity_switches(frames.values())
    summary["fragmentations"] = fragmentations(frames.values())
    times = [time for time in times_to_report(frames.values(), frames.keys()).values() if math.isfinite(time)]
    if times:
        summary["in sight to confirmed, median s"] = float(np.median(times))
    return summary
