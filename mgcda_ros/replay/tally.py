"""What is kept of every frame for the report: numbers only, a hundred bytes a frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from mgcda_core.frame import Status
from mgcda_ros.replay.looker import Look
from mgcda_ros.result import is_confirmed


@dataclass
class Tally:
    """Of each picture message, in order: times_ns: when it was recorded. ages_s: recorded after its stamp.

    statuses. latencies_s: conversion to tracks, on this machine; None where nobody could look. hazards: how many
    were reported. nearest_m: to the nearest confirmed hazard, None where there is none or it has no position.
    """

    times_ns: list[int] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    latencies_s: list[float | None] = field(default_factory=list)
    hazards: list[int] = field(default_factory=list)
    nearest_m: list[float | None] = field(default_factory=list)

    def add(self, look: Look) -> None:
        """Take in a frame."""
        report = look.report
        self.times_ns.append(look.time_ns)
        self.statuses.append(report.status)
        if look.stamp_ns is not None:
            self.ages_s.append((look.time_ns - look.stamp_ns) / 1e9)
        self.latencies_s.append(None if look.result is None else look.latency_s)
        self.hazards.append(len(report.hazards))
        distances = [each.distance_m for each in report.hazards if is_confirmed(each) and each.distance_m is not None]
        self.nearest_m.append(min(distances, default=None))
