"""Sequences counted by hand."""

from __future__ import annotations

import math

import pytest

from mgcda_core.evaluation.track_metrics import fragmentations, identity_switches, times_to_report


def frames(**rows: str) -> list[dict[int, int | None]]:
    """Return frames from one row of signs per object: the track's id, - not reported, blank out of sight."""
    length = max(map(len, rows.values()))
    return [
        {
            int(name[1:]): None if row[number] == "-" else int(row[number])
            for name, row in rows.items()
            if number < len(row) and row[number] != " "
        }
        for number in range(length)
    ]


@pytest.mark.parametrize(
    ("row", "switches", "fragments"),
    [
        ("1111", 0, 0),
        ("----", 0, 0),
        ("--11", 0, 0),
        ("11--", 0, 0),
        ("1122", 1, 0),
        ("1-1-1", 0, 2),
        ("1--2", 1, 1),
        ("1212", 3, 0),
        ("11  11", 0, 0),
        ("11  22", 1, 0),
        ("1-  -1", 0, 1),
    ],
)
def test_one_object(row: str, switches: int, fragments: int) -> None:
    assert identity_switches(frames(o1=row)) == switches
    assert fragmentations(frames(o1=row)) == fragments


def test_objects_that_swap_their_tracks_switch_both() -> None:
    assert identity_switches(frames(o1="1122", o2="2211")) == 2
    assert fragmentations(frames(o1="1122", o2="2211")) == 0


def test_times_run_from_the_first_sight_of_each_object() -> None:
    stamps = [0, 100_000_000, 250_000_000, 1_000_000_000]
    found = times_to_report(frames(o1="--11", o2=" -- ", o3="  3-", o4=" --4"), stamps)
    assert found == pytest.approx({1: 0.25, 2: math.inf, 3: 0.0, 4: 0.9})


def test_stamps_must_be_as_many_as_frames() -> None:
    with pytest.raises(ValueError):
        times_to_report(frames(o1="11"), [0])
