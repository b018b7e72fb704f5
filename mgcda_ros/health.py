"""Everything that is wrong at this moment, and the status that follows from it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mgcda_core.frame import Status


class Health:
    """Keeps conditions by name; the worst of them is the status, and no condition is OK.

    log: called with (name, status, message) once when a condition appears or changes its status, and once, with OK,
    when it is over; never per frame. Safe to use from several threads.
    """

    def __init__(self, log: Callable[[str, Status, str], None]) -> None:
        self._log = log
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

    def clear(self, name: str) -> None:
        """Lift condition name."""
        self.report(name, Status.OK, "")

    def current(self) -> tuple[Status, str]:
        """Return the worst status and the messages of all conditions, worst first."""
        with self._lock:
            conditions = sorted(self._conditions.values(), key=lambda condition: condition[0], reverse=True)
        if not conditions:
            return Status.OK, "looking"
        return conditions[0][0], "; ".join(message for _, message in conditions)
