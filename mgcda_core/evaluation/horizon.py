"""Where the horizon is taken to lie in a picture of which nothing else is known."""

from __future__ import annotations

from mgcda_core.hazards.region_settings import HORIZON_SHARE


def horizon_row(height: int, share: float = HORIZON_SHARE) -> int:
    """Return the row of the horizon in a picture of height rows, at most the last; share in [0, 1)."""
    if not 0 <= share < 1:
        raise ValueError(f"horizon is {share}; allowed: a share of the picture's height, 0 to below 1")
    return min(height - 1, round(height * share))
