"""What a replay amounts to, as plain numbers by name: report.json."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
import torch

from mgcda_ros.replay.alarms import Alarm, alarm_rates
from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.looker import Condition
from mgcda_ros.replay.status_times import Segment, seconds_by_status, status_segments
from mgcda_ros.replay.tally import Tally
from mgcda_ros.replay.topics import ChosenTopics
from mgcda_ros.stamps import SECOND


@dataclass(frozen=True)
class Outcome:
    """All that was gathered on the way through a bag.

    start_ns, end_ns: of what could be read of it, nanoseconds; None where that is nothing. problems: of the bag.
    remarks: on ground truth and transforms. failures: what could not be read or written, with how often. missing: files
    that could not be written, with the reason. metrics: against ground truth, None without. video_rate: frames per
    second, None without a video.
    """

    job: BagJob
    start_ns: int | None
    end_ns: int | None
    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    failures: Mapping[str, int]
    missing: Mapping[str, str]
    topics: ChosenTopics
    values: Mapping[str, Any]
    model: str
    threshold: float
    tally: Tally
    alarms: Sequence[Alarm]
    alarm_pictures: Mapping[int, str]
    conditions: Sequence[Condition]
    kilometres: float | None
    metrics: Mapping[str, Any] | None
    video_rate: float | None

    @property
    def segments(self) -> list[Segment]:
        """Return the status over the time of the bag."""
        if self.start_ns is None or self.end_ns is None:
            return []
        frames = zip(self.tally.times_ns, self.tally.statuses, strict=True)
        return status_segments(frames, self.start_ns, self.end_ns, round(self.values["frame_deadline_s"] * SECOND))


def summarise(outcome: Outcome, *, seconds: float) -> dict[str, Any]:
    """Return the report as plain values (docs/replay.md). seconds: that the replay took."""
    tally, start_ns, end_ns = outcome.tally, outcome.start_ns or 0, outcome.end_ns or 0
    follows = outcome.values["follow_hazards"]
    by_status = seconds_by_status(outcome.segments)
    looked_s = by_status["OK"] + by_status["DEGRADED"]
    latencies_s = [each for each in tally.latencies_s if each is not None]
    false = [alarm for alarm in outcome.alarms if alarm.is_false]
    return {
        "bag": str(outcome.job.bag),
        "fingerprint": outcome.job.fingerprint(),
        "start": _clock(outcome.start_ns),
        "start_ns": outcome.start_ns,
        "end_ns": outcome.end_ns,
        "duration_s": (end_ns - start_ns) / 1e9,
        "is_whole": not outcome.problems,
        "problems": list(outcome.problems),
        "remarks": list(outcome.remarks),
        "failures": dict(outcome.failures),
        "missing": dict(outcome.missing),
        "topics": vars(outcome.topics),
        "frames": len(tally.times_ns),
        "frames_by_status": dict(Counter(status.name for status in tally.statuses)),
        "seconds_by_status": {name: round(value, 3) for name, value in by_status.items()},
        "silences": sum(segment.status.name == "STALE" for segment in outcome.segments),
        "rate_hz": _rate(tally.times_ns),
        "latency_s": _percentiles(latencies_s),
        "slower_than_limit": sum(each > outcome.values["maximum_latency_s"] for each in latencies_s),
        "recorded_after_stamp_s": _percentiles(tally.ages_s),
        "looked_s": looked_s,
        "kilometres": outcome.kilometres,
        "hazards_per_frame": float(np.mean(tally.hazards)) if tally.hazards else None,
        # None, and not none: where hazards are not followed, no alarm is ever confirmed.
        "alarms": alarm_rates(len(outcome.alarms), looked_s, outcome.kilometres) if follows else None,
        "false_alarms": None
        if outcome.metrics is None or not follows
        else {
            **alarm_rates(len(false), looked_s, outcome.kilometres),
            "true": sum(alarm.true for alarm in outcome.alarms),
            "not_labelled": sum(not alarm.labelled for alarm in outcome.alarms),
        },
        "conditions": [
            {
                "name": each.name,
                "status": each.status.name,
                "message": each.message,
                "start_s": (each.start_ns - start_ns) / 1e9,
                "end_s": None if each.end_ns is None else (each.end_ns - start_ns) / 1e9,
            }
            for each in outcome.conditions
        ],
        "ground_truth": outcome.metrics if outcome.metrics is None else dict(outcome.metrics),
        "model": outcome.model,
        "threshold": outcome.threshold,
        "parameters": dict(outcome.job.overrides),
        "replay": {
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
            "frames_per_second": len(tally.times_ns) / seconds,
            "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}",
        },
    }


def _percentiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    found = np.percentile(values, [50, 95, 100])
    return {name: float(value) for name, value in zip(("p50", "p95", "max"), found, strict=True)}


def _rate(times_ns: Sequence[int]) -> dict[str, float] | None:
    """Return frames per second over the whole, and the longest time between two frames, seconds."""
    if len(times_ns) < 2 or times_ns[-1] <= times_ns[0]:
        return None
    steps = np.diff(np.array(times_ns, np.int64)) / 1e9
    return {"mean": (len(times_ns) - 1) * 1e9 / (times_ns[-1] - times_ns[0]), "longest_gap_s": float(steps.max())}


def _clock(time_ns: int | None) -> str | None:
    if time_ns is None:
        return None
    try:
        return datetime.fromtimestamp(time_ns / 1e9, timezone.utc).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return None
