"""What the node says of each hazard of a simulated drive, frame by frame, beside where it truly is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mgcda_core.evaluation.track_metrics import fragmentations, identity_switches, times_to_report
from mgcda_core.hazards.association import intersection_over_union
from mgcda_ros.demo.recorder import FrameRecord, Recording
from mgcda_ros.demo.summary import VISIBLE_PX

BANDS_M = ((0.0, 15.0), (15.0, 25.0), (25.0, 40.0), (40.0, 65.0))
LEAST_OVERLAP = 0.1
"""Of two boxes, intersection over union, to be the same hazard."""


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
    # The nearest first: where two overlap in the picture, it hides the other.
    truths = sorted(
        (truth for truth in record.truth if truth["visible_px"] >= VISIBLE_PX), key=lambda each: each["distance_m"]
    )
    overlaps = intersection_over_union(_boxes(truths), _boxes(reported))
    found = []
    for truth, overlap in zip(truths, overlaps, strict=True):
        seen = Sighting(stamp, truth["id"], truth["distance_m"])
        if len(overlap) and overlap.max() > LEAST_OVERLAP:
            best = int(overlap.argmax())
            overlaps[:, best] = 0.0  # each hazard stands for one true one
            track = reported[best]["id"]
            seen = replace(
                seen,
                track_id=track,
                estimated_m=record.nearest_x_m.get(track),
                sigma_m=reported[best]["distance_sigma_m"],
            )
        found.append(seen)
    return found


def _boxes(hazards: Sequence[Mapping[str, Any]]) -> np.ndarray:
    return np.array([hazard["box_px"] for hazard in hazards], np.float64).reshape(-1, 4)


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
