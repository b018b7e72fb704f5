"""The newest frame wins, and the overtaken ones are counted."""

from __future__ import annotations

import threading
import time

from mgcda_ros.mailbox import Mailbox


def test_newest_item_is_handed_out_and_the_overtaken_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in (1, 2, 3):
        mailbox.put(item)
    assert mailbox.take(0) == 3
    assert (mailbox.received, mailbox.dropped) == (3, 2)


def test_item_is_handed_out_once() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    assert mailbox.take(0) == 1
    assert mailbox.take(0.01) is None
    assert mailbox.dropped == 0


def test_take_gives_up_at_its_deadline() -> None:
    started = time.monotonic()
    assert Mailbox[int]().take(0.2) is None
    assert 0.15 < time.monotonic() - started < 2


def test_put_wakes_a_waiting_taker() -> None:
    mailbox: Mailbox[str] = Mailbox()
    threading.Timer(0.1, mailbox.put, ["late"]).start()
    assert mailbox.take(5) == "late"


def test_close_wakes_a_waiting_taker_and_hands_nothing_out() -> None:
    mailbox: Mailbox[str] = Mailbox()
    threading.Timer(0.1, mailbox.close).start()
    started = time.monotonic()
    assert mailbox.take(5) is None
    assert time.monotonic() - started < 2
    mailbox.put("after")
    assert mailbox.take(0) is None


def test_under_load_every_item_is_either_taken_or_counted_as_dropped_and_order_is_kept() -> None:
    mailbox: Mailbox[int] = Mailbox()
    count = 20_000
    taken: list[int] = []

    def consume() -> None:
        while (item := mailbox.take(5)) is not None:
            taken.append(item)
            if item == count - 1:
                return
            if len(taken) % 50 == 0:
                time.sleep(0.001)  # a slow detector: frames must be dropped, not queued

    consumer = threading.Thread(target=consume, daemon=True)
    consumer.start()
    slowest_put_s = 0.0
    for item in range(count):
        started = time.perf_counter()
        mailbox.put(item)
        slowest_put_s = max(slowest_put_s, time.perf_counter() - started)
    consumer.join(10)
    assert not consumer.is_alive()
    assert taken == sorted(taken)
    assert taken[-1] == count - 1
    assert len(taken) + mailbox.dropped == mailbox.received == count
    assert mailbox.dropped > 0
    assert slowest_put_s < 1.0  # a camera callback never waits for the detector
