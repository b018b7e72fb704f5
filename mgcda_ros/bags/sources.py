"""One file or folder of a bag, read by rosbags where it can be, and by salvage/ where it cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag2 import Reader as Reader2

from mgcda_ros.bags.salvage import mcap, rosbag1, sqlite
from mgcda_ros.bags.stored import CDR, ROS1, StoredMessage, Topic

Scan = Callable[[Path, list[str]], Iterator[StoredMessage]]
_SCANS: dict[bytes, Scan] = {
    mcap.MAGIC: mcap.mcap_messages,
    sqlite.MAGIC: sqlite.sqlite_messages,
    rosbag1.MAGIC: rosbag1.rosbag1_messages,
}


class Contents(NamedTuple):
    """topics: by name. start_ns, end_ns: times of the first and the last message, nanoseconds; None without any."""

    topics: dict[str, Topic]
    start_ns: int | None
    end_ns: int | None


class Source(Protocol):
    """Part of a bag. contents: what is in it."""

    contents: Contents

    def messages(self, topics: Collection[str], problems: list[str]) -> Iterator[StoredMessage]:
        """Yield the messages of these topics; several may be read at once. problems: gets what is wrong."""


def open_source(path: Path, problems: list[str]) -> Source:
    """Return a file of a bag, or a folder with its metadata; raises ValueError where it is none.

    problems: gets what is wrong with it, where rosbags refuses it and it is read from its start all the same.
    """
    try:
        return IndexedSource(path)
    except PermissionError:
        raise
    except Exception as error:  # rosbags meets damage with whatever its parts raise
        reason = f"{type(error).__name__}: {error}"
    if path.is_dir():
        raise ValueError(f"{path.name}: {reason}")
    scan = scan_of(path)
    if scan is None:
        raise ValueError(f"{path} is no bag of ROS 1 or rosbag2 (MCAP or SQLite); {reason}")
    problems.append(f"{path.name} has no usable index ({reason}): it was read from its start as far as it goes")
    return ScannedSource(path, scan, problems)


def scan_of(path: Path) -> Scan | None:
    """Return what reads a file of this kind without its index, or None where it is no bag."""
    with path.open("rb") as file:
        head = file.read(max(map(len, _SCANS)))
    return next((scan for magic, scan in _SCANS.items() if head.startswith(magic)), None)


class IndexedSource:
    """A bag that rosbags reads; raises whatever rosbags does where it does not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_ros1 = path.is_file() and scan_of(path) is rosbag1.rosbag1_messages
        with self._reader() as reader:
            topics: dict[str, Topic] = {}
            for connection in reader.connections:
                encoding = ROS1 if self._is_ros1 else connection.ext.serialization_format
                before = topics.get(connection.topic)
                count = connection.msgcount + (before.count if before else 0)
                topics[connection.topic] = Topic(connection.topic, connection.msgtype, count, encoding or CDR)
            has_any = reader.message_count > 0
            # rosbags' end is the nanosecond after the last message.
            self.contents = Contents(
                topics, reader.start_time if has_any else None, reader.end_time - 1 if has_any else None
            )

    def _reader(self) -> Reader1 | Reader2:
        return (Reader1 if self._is_ros1 else Reader2)(self._path)

    def messages(self, topics: Collection[str], problems: list[str]) -> Iterator[StoredMessage]:
        """Yield the messages of these topics in the order of their times."""
        count, last = 0, None
        # A reader of its own: two that share a file would each move the other's place in it.
        with self._reader() as reader:
            wanted = [connection for connection in reader.connections if connection.topic in topics]
            if not wanted:
                return
            found = reader.messages(connections=wanted)
            while True:
                try:
                    connection, time_ns, raw = next(found)
                except StopIteration:
                    expected = sum(topic.count for name, topic in self.contents.topics.items() if name in topics)
                    if count != expected:
                        problems.append(f"{self._path.name}: its index lists {expected} messages, and has {count}")
                    return
                except Exception as error:  # as above
                    problems.append(
                        f"{self._path.name} cannot be read after {count} messages"
                        f"{f', the last at {last} ns' if count else ''}: {type(error).__name__}: {error}"
                    )
                    return
                count, last = count + 1, time_ns
                encoding = self.contents.topics[connection.topic].encoding
                yield StoredMessage(connection.topic, connection.msgtype, time_ns, bytes(raw), encoding)


class ScannedSource:
    """A file without an index: read once for what is in it, and then as often as its messages are asked for."""

    def __init__(self, path: Path, scan: Scan, problems: list[str]) -> None:
        self._path, self._scan = path, scan
        counts: Counter[tuple[str, str, str]] = Counter()
        start_ns = end_ns = None
        for message in scan(path, problems):
            counts[message.topic, message.message_type, message.encoding] += 1
            start_ns = message.time_ns if start_ns is None else min(start_ns, message.time_ns)
            end_ns = message.time_ns if end_ns is None else max(end_ns, message.time_ns)
        topics = {name: Topic(name, kind, count, encoding) for (name, kind, encoding), count in counts.items()}
        self.contents = Contents(topics, start_ns, end_ns)

    def messages(self, topics: Collection[str], problems: list[str]) -> Iterator[StoredMessage]:
        """Yield the messages of these topics in the order of the file; what is wrong was said when it was opened."""
        return (message for message in self._scan(self._path, []) if message.topic in topics)
