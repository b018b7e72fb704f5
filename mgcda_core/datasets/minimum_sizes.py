"""The smallest components that count in SegmentMeIfYouCan's component metrics, which differ between its tracks."""

from __future__ import annotations

from typing import NamedTuple


class MinimumSizes(NamedTuple):
    """The smallest components that count, in pixels: smaller predicted ones are dropped, smaller objects ignored."""

    predicted_px: int
    object_px: int


ANOMALY_TRACK = MinimumSizes(predicted_px=500, object_px=100)
OBSTACLE_TRACK = MinimumSizes(predicted_px=50, object_px=10)
TRACKS = {"anomaly": ANOMALY_TRACK, "obstacle": OBSTACLE_TRACK}


def track_of(folder_name: str) -> str | None:
    """Return which of TRACKS a folder's name speaks of, or None."""
    return next((track for track in TRACKS if f"{track}track" in folder_name.lower().replace("_", "")), None)
