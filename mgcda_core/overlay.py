"""A picture for people: the camera's image with its hazards and status drawn in."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mgcda_core.frame import Hazard, HazardState, Status

HAZARD_COLOUR = (255, 64, 32)
STATE_COLOURS = {
    HazardState.TENTATIVE: (255, 200, 40),
    HazardState.CONFIRMED: HAZARD_COLOUR,
    HazardState.COASTING: (190, 90, 230),
}
STATUS_COLOURS = {
    Status.OK: (30, 140, 60),
    Status.DEGRADED: (200, 140, 0),
    Status.STALE: (120, 120, 120),
    Status.BLIND: (190, 20, 20),
}


def draw_overlay(
    image: np.ndarray,
    hazards: Sequence[Hazard],
    status: Status,
    text: str,
    *,
    probability: np.ndarray | None = None,
    tint_above: float = 0.5,
) -> np.ndarray:
    """Return a copy of image, uint8 (H, W, 3) RGB, with hazards boxed in their state's colour and a status line.

    probability: float32 (H, W); where it exceeds tint_above the picture is tinted red. text: follows the status in
    the line on top, and is cut off at the picture's edge.
    """
    drawn = image.copy()
    if probability is not None:
        mask = cv2.compare(probability, tint_above, cv2.CMP_GT)
        x, y, width, height = cv2.boundingRect(mask)
        if width and height:
            # Only the part that changes is blended, and with a colour, not with a picture of one colour.
            window = np.s_[y : y + height, x : x + width]
            halved = cv2.convertScaleAbs(drawn[window], alpha=0.5)
            cv2.add(halved, (*(channel / 2 for channel in HAZARD_COLOUR), 0), drawn[window], mask[window])
    unit = max(1, round(image.shape[0] / 360))
    for hazard in hazards:
        x_min, y_min, x_max, y_max = hazard.box_px
        colour = STATE_COLOURS[hazard.state]
        cv2.rectangle(drawn, (x_min - unit, y_min - unit), (x_max, y_max), colour, unit)
        label = f"{hazard.id}: {hazard.score:.2f}"
        if hazard.distance_m is not None:
            label += f" {hazard.distance_m:.0f} m"
        _text(drawn, label, (x_min, max(20 * unit, y_min - 3 * unit)), unit, colour)
    drawn[: 15 * unit] = STATUS_COLOURS[status]
    _text(drawn, f"{status.name}  {text}", (4 * unit, 11 * unit), unit, (255, 255, 255))
    return drawn


def _text(image: np.ndarray, text: str, origin: tuple[int, int], unit: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.37 * unit, colour, unit, cv2.LINE_AA)
