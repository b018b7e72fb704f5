"""The newest frame of a camera, and how many were overtaken by a newer one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds one item between two threads: putting never waits, and the newest wins.

    A detector that is slower than its camera must look at what is in front of the car now, not at a queue.
    wake: called after each item and on closing, for who waits for several boxes.
    """

    def __init__(self, wake: Callable[[], object] = lambda: None) -> None:
        self._wake = wake
        self._condition = threading.Condition()
        self._item: Item | None = None
        self._closed = False
        self._received = 0
        self._dropped = 0

    def put(self, item: Item) -> None:
        """Leave item; one that nobody took yet is dropped and counted."""
        with self._condition:
            self._received += 1
            self._dropped += self._item is not None
            self._item = item
            self._condition.notify()
        self._wake()

    def take(self, timeout_s: float) -> Item | None:
        """Return the item and empty the box; None after timeout_s seconds without one, or when closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> None:
        """Wake whoever waits; from now on nothing is handed out."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._wake()

    @property
    def closed(self) -> bool:
        """Return whether close() was called."""
        with self._condition:
            return self._closed

    @property
    def received(self) -> int:
        """Return how many items were put in."""
        with self._condition:
            return self._received

    @property
    def dropped(self) -> int:
        """Return how many items were overtaken before anybody took them."""
        with self._condition:
            return self._dropped
