"""How well hazards are followed: identity switches, fragmentations and the time until one is confirmed.

Source: Bernardin and Stiefelhagen, Evaluating multiple object tracking performance: the CLEAR MOT metrics, 2008.

All take a sequence of frames. A frame is a mapping from the true identity of every object in sight to the id of the
track that is reported for it, or None where none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Reported = Mapping[int, int | None]


def identity_switches(frames: Iterable[Reported]) -> int:
    """Return how often an object is reported under another id than when it was reported last."""
    last: dict[int, int] = {}
    switches = 0
    for frame in frames:
        for truth, track in frame.items():
            if track is not None:
                switches += last.get(truth, track) != track
                last[truth] = track
    return switches


def fragmentations(frames: Iterable[Reported]) -> int:
    """Return how often an object in sight is reported again after a frame in which it was not.

    Frames in which it is out of sight are no interruption.
    """
    reported: set[int] = set()
    interrupted: set[int] = set()
    count = 0
    for frame in frames:
        for truth, track in frame.items():
            if track is None:
                interrupted |= reported & {truth}
            else:
                count += truth in interrupted
                interrupted.discard(truth)
                reported.add(truth)
    return count


def times_to_report(frames: Iterable[Reported], stamps_ns: Iterable[int]) -> dict[int, float]:
    """Return for each object the seconds from its first frame in sight to the first one that reports it; inf for never.

    stamps_ns: of the frames, nanoseconds. With frames that hold confirmed tracks only, it is the time to confirm.
    Raises ValueError where there are more or fewer stamps than frames.
    """
    first: dict[int, int] = {}
    times: dict[int, float] = {}
    for frame, stamp in zip(frames, stamps_ns, strict=True):
        for truth, track in frame.items():
            first.setdefault(truth, stamp)
            times.setdefault(truth, float("inf"))
            if track is not None:
                times[truth] = min(times[truth], (stamp - first[truth]) / 1e9)
    return times
