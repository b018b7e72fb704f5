"""Conditions come and go; the worst is the status; the log hears of each once."""

from __future__ import annotations

from mgcda_core.frame import Status
from mgcda_ros.health import Health


def make() -> tuple[Health, list[tuple[Status, str]]]:
    log: list[tuple[Status, str]] = []
    return Health(lambda name, status, message: log.append((status, message))), log


def test_no_condition_is_ok() -> None:
    assert make()[0].current()[0] == Status.OK


def test_worst_condition_is_the_status_and_all_messages_are_told_worst_first() -> None:
    health, _ = make()
    health.report("a", Status.DEGRADED, "slow")
    health.report("b", Status.BLIND, "no model")
    health.report("c", Status.STALE, "old")
    assert health.current() == (Status.BLIND, "no model; old; slow")
    health.clear("b")
    assert health.current()[0] == Status.STALE


def test_condition_that_stays_is_logged_once_and_once_when_over() -> None:
    health, log = make()
    for number in range(5):
        health.report("a", Status.BLIND, f"bad {number}")
    health.clear("a")
    health.clear("a")
    assert log == [(Status.BLIND, "bad 0"), (Status.OK, "over: bad 4")]


def test_condition_that_gets_worse_is_logged_again() -> None:
    health, log = make()
    health.report("a", Status.DEGRADED, "slow")
    health.report("a", Status.STALE, "too slow")
    assert [status for status, _ in log] == [Status.DEGRADED, Status.STALE]
