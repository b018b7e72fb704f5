"""Settings that make no sense are refused by name."""

from __future__ import annotations

import math

import pytest

from mgcda_core.hazards.track_settings import TrackSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm_hits", 4),
        ("confirm_hits", 0),
        ("confirm_window", 2.5),
        ("confirm_window", True),
        ("time_to_live_s", 0.0),
        ("maximum_gap_s", math.nan),
        ("minimum_overlap", 0.0),
        ("minimum_overlap", 1.1),
        ("maximum_deviation", -1.0),
        ("process_noise", 0.0),
        ("unknown_speed_mps", -1.0),
        ("maximum_sigma_m", math.inf),
    ],
)
def test_wrong_settings_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: {value} is not allowed; it must be"):
        TrackSettings(**{name: value})
