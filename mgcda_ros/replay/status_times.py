"""For how long the status was what: a frame speaks for the time until the next one, at most until it is overdue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mgcda_core.frame import Status


class Segment(NamedTuple):
    """A time in which the status was the same, nanoseconds."""

    start_ns: int
    end_ns: int
    status: Status


def status_segments(
    frames: Iterable[tuple[int, Status]], start_ns: int, end_ns: int, deadline_ns: int
) -> list[Segment]:
    """Return the status from the bag's start to its end; STALE before the first frame and where none came in time.

    frames: recorded time, nanoseconds, and status of each, in the order of the bag. deadline_ns: frame_deadline_s.
    """
    segments: list[Segment] = []

    def add(until_ns: int, status: Status) -> None:
        since_ns = segments[-1].end_ns if segments else start_ns
        if until_ns <= since_ns:
            return
        if segments and segments[-1].status == status:
            segments[-1] = segments[-1]._replace(end_ns=until_ns)
        else:
            segments.append(Segment(since_ns, until_ns, status))

    before: tuple[int, Status] | None = None
    for time_ns, status in frames:
        if before is not None:
            add(min(time_ns, before[0] + deadline_ns), before[1])
        add(time_ns, Status.STALE)
        before = (time_ns, status)
    if before is not None:
        add(min(end_ns, before[0] + deadline_ns), before[1])
    add(end_ns, Status.STALE)
    return segments


def seconds_by_status(segments: Iterable[Segment]) -> dict[str, float]:
    """Return seconds by the status' name, of every status."""
    seconds = {status.name: 0.0 for status in Status}
    for segment in segments:
        seconds[segment.status.name] += (segment.end_ns - segment.start_ns) / 1e9
    return seconds
