"""What is written of every frame, one line each: the same bag gives the same bytes."""

from __future__ import annotations

import json
import math
from typing import Any

from mgcda_ros.hazard_fields import hazard_fields
from mgcda_ros.replay.looker import Look


def frame_record(look: Look) -> dict[str, Any]:
    """Return a frame as plain values (docs/replay.md); nothing in it depends on the machine's speed."""
    stop_m = math.nan if look.result is None else look.result.stop_distance_m
    return {
        "frame": look.number,
        "time_ns": look.time_ns,
        "stamp_ns": look.stamp_ns,
        "status": look.report.status.name,
        "message": look.report.message,
        "hazards": [hazard_fields(hazard) for hazard in look.report.hazards],
        "epoch": look.epoch,
        "stop_distance_m": _plain(stop_m),
    }


def record_line(record: dict[str, Any]) -> str:
    """Return a record as a line of JSON."""
    return json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(distance_m: float) -> float | str | None:
    """Return a distance as JSON has it: None where it is not known, "inf" where the way is clear."""
    if math.isnan(distance_m):
        return None
    return "inf" if math.isinf(distance_m) else round(distance_m, 3)
