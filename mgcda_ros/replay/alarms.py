"""Alarms: hazards that became confirmed, each counted once however long it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED
from mgcda_core.frame import Hazard, HazardState
from mgcda_ros.replay.looker import Look
from mgcda_ros.result import is_confirmed

KNOWN_SHARE = 0.5
"""Of a hazard's pixels that must be labelled for a frame to tell whether it is a false alarm."""


@dataclass
class Alarm:
    """number: from 1, in the order that they began in. start_ns, end_ns: recorded times of the frames that it was first
    and last confirmed in, nanoseconds.

    box_px: where it was in that first frame, as Hazard has it. score: its highest. distance_m: its least, None where it
    had none. labelled: whether any frame with ground truth tells what it is. true: whether it touched something
    labelled in one of them.
    """

    number: int
    epoch: int
    id: int
    start_ns: int
    end_ns: int
    box_px: tuple[int, int, int, int]
    score: float
    distance_m: float | None = None
    frames: int = 0
    labelled: bool = False
    true: bool = False

    @property
    def is_false(self) -> bool:
        """Return whether ground truth was looked at and shows nothing there."""
        return self.labelled and not self.true


@dataclass
class Alarms:
    """all: in the order that they began in."""

    all: list[Alarm] = field(default_factory=list)
    _by_id: dict[tuple[int, int], Alarm] = field(default_factory=dict)

    def add(self, look: Look, labels: np.ndarray | None = None) -> list[Alarm]:
        """Take in a frame and return the alarms that begin in it.

        labels: uint8 (H, W) of 0 normal, 1 anomaly, 255 ignored, where the frame has ground truth.
        """
        new: list[Alarm] = []
        for hazard in look.report.hazards:
            if not is_confirmed(hazard):
                continue
            key = (look.epoch, hazard.id)
            alarm = self._by_id.get(key)
            if alarm is None:
                alarm = self._by_id[key] = Alarm(
                    len(self.all) + 1, *key, look.time_ns, look.time_ns, hazard.box_px, hazard.score
                )
                self.all.append(alarm)
                new.append(alarm)
            alarm.end_ns, alarm.frames = look.time_ns, alarm.frames + 1
            alarm.score = max(alarm.score, hazard.score)
            if hazard.distance_m is not None:
                known = [each for each in (alarm.distance_m, hazard.distance_m) if each is not None]
                alarm.distance_m = min(known)
            if labels is not None and hazard.state != HazardState.COASTING:
                _judge(alarm, hazard, labels)
        return new


def alarm_rates(count: int, looked_s: float, kilometres: float | None, on_the_way: int | None = None) -> dict[str, Any]:
    """Return a number of alarms as a rate too; rates are None where nobody looked, or no way is known.

    on_the_way: how many came on these kilometres, where that is not all: the others have no kilometre to be counted on.
    """
    return {
        "count": count,
        "per_minute": 60 * count / looked_s if looked_s > 0 else None,
        "per_km": (count if on_the_way is None else on_the_way) / kilometres if kilometres else None,
    }


def hazard_mask(hazards: tuple[Hazard, ...], size: tuple[int, int]) -> np.ndarray:
    """Return bool (height, width): where hazards are that this frame shows, as ~/mask has it."""
    mask = np.zeros(size, np.uint8)
    for hazard in hazards:
        if hazard.state != HazardState.COASTING:
            cv2.fillPoly(mask, [hazard.polygon_px.astype(np.int32)], 1)
    return mask.astype(bool)


def _judge(alarm: Alarm, hazard: Hazard, labels: np.ndarray) -> None:
    inside = labels[hazard_mask((hazard,), (labels.shape[0], labels.shape[1]))]
    if (inside == ANOMALY).any():
        alarm.labelled = alarm.true = True
    elif inside.size and np.mean(inside != IGNORED) > KNOWN_SHARE:
        alarm.labelled = True
