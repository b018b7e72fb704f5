"""A rosbag2 in SQLite whose end is missing, or whose tables are damaged further back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mgcda_ros.bags.stored import StoredMessage

MAGIC = b"SQLite format 3\x00"


def sqlite_messages(path: Path, problems: list[str]) -> Iterator[StoredMessage]:
    """Yield the messages of a .db3 file in the order that they were recorded in.

    problems: gets a sentence for where it cannot be read any further. Nothing is written beside the file.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        # Without this, a file that is shorter than its header says is refused as a whole.
        connection.execute("PRAGMA writable_schema=ON")
        count, last = 0, None
        try:
            rows = connection.execute("SELECT id, name, type, serialization_format FROM topics")
            topics = {number: (name, kind, encoding) for number, name, kind, encoding in rows}
            # By number and not by time: the index of times lies at the end of the file.
            found = connection.execute("SELECT topic_id, timestamp, data FROM messages NOT INDEXED ORDER BY id")
            for number, time_ns, raw in found:
                if number in topics:
                    name, kind, encoding = topics[number]
                    yield StoredMessage(name, kind, time_ns, raw, encoding)
                count, last = count + 1, time_ns
        except sqlite3.DatabaseError as error:
            after = f"after {count} messages, the last at {last} ns" if count else "from the first message on"
            problems.append(f"{path.name} cannot be read {after}: {error}")


def unmerged_log(path: Path) -> str | None:
    """Return in a sentence that the newest messages lie in a write-ahead log that is not read, or None."""
    log = path.with_name(f"{path.name}-wal")
    if not log.is_file() or log.stat().st_size == 0:
        return None
    return (
        f"{log.name} holds messages that were never merged into {path.name}, and they are not read; on a copy of the "
        f"bag, run: sqlite3 {path.name} 'PRAGMA wal_checkpoint(TRUNCATE)'"
    )
