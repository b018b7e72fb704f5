"""Everything that is wrong at this moment, and the status that follows from it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mgcda_core.frame import Status


class Health:
    """Keeps conditions by name; the worst of them is the status, and no condition is OK.

    log: called with (name, status, message) once when a condition appears or changes its status, and once, with OK,
    when it is over; never per frame. shared: whose conditions count here as well, those of the whole node for one of
    its cameras. Safe to use from several threads.
    """

    def __init__(self, log: Callable[[str, Status, str], None], shared: Health | None = None) -> None:
        self._log = log
        self._shared = shared
        self._lock = threading.Lock()
        self._conditions: dict[str, tuple[Status, str]] = {}

    def report(self, name: str, status: Status, message: str) -> None:
        """Set condition name, or lift it where status is OK (the message then says so in the log)."""
        with self._lock:
            before = self._conditions.pop(name, None)
            if status != Status.OK:
                self._conditions[name] = (status, message)
        if (before[0] if before else Status.OK) != status:
            self._log(name, status, message if status != Status.OK else f"over: {before[1] if before else name}")

    def degrade(self, name: str, problem: str | None) -> None:
        """Report condition name as DEGRADED, or lift it where there is no problem."""
        self.report(name, Status.DEGRADED if problem else Status.OK, problem or "")

    def clear(self, name: str) -> None:
        """Lift condition name."""
        self.report(name, Status.OK, "")

    def current(self) -> tuple[Status, str]:
        """Return the worst status and the messages of all conditions, worst first."""
        conditions = sorted(self._all(), key=lambda condition: condition[0], reverse=True)
        if not conditions:
            return Status.OK, "looking"
        return conditions[0][0], "; ".join(message for _, message in conditions)

    def _all(self) -> list[tuple[Status, str]]:
        with self._lock:
            own = list(self._conditions.values())
        return own if self._shared is None else [*self._shared._all(), *own]
