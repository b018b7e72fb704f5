"""A hazard as ~/status and the replay's files have it."""

from __future__ import annotations

from typing import Any

from mgcda_core.frame import Hazard


def hazard_fields(hazard: Hazard) -> dict[str, Any]:
    """Return a hazard as plain values: see docs/interfaces.md."""
    return {
        "id": hazard.id,
        "box_px": list(hazard.box_px),
        "score": round(hazard.score, 4),
        "area_px": hazard.area_px,
        "on_road": _rounded(hazard.on_road),
        "state": hazard.state.name,
        "age_s": round(hazard.age_s, 3),
        "distance_m": _rounded(hazard.distance_m),
        "distance_sigma_m": _rounded(hazard.distance_sigma_m),
        "width_m": _rounded(hazard.width_m),
        "width_sigma_m": _rounded(hazard.width_sigma_m),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
