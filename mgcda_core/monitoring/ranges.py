"""What a setting may be."""

from __future__ import annotations

import math


def require(name: str, value: float, lowest: float, highest: float, unit: str = "") -> None:
    """Raise ValueError where value is not a number from lowest to highest, both allowed."""
    if not (math.isfinite(value) and lowest <= value <= highest):
        allowed = f"from {lowest:g} to {highest:g}{' ' if unit else ''}{unit}"
        raise ValueError(f"{name}: {value} is not allowed; it must be a number {allowed}")
