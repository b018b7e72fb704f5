"""A bag of ROS 1 without its index, as a recorder leaves it that was killed (.bag.active).

Source: wiki.ros.org/Bags/Format/2.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from rosbags.typesys.msg import normalize_msgtype

from mgcda_ros.bags.salvage.chunks import decompressed, size_of
from mgcda_ros.bags.stored import ROS1, StoredMessage

MAGIC = b"#ROSBAG V2.0\n"
_MESSAGE, _CHUNK, _CONNECTION = 0x02, 0x05, 0x07

Fields = dict[str, bytes]


class _Cut(Exception):
    """The file ends inside a record; data: what of its data is there."""

    def __init__(self, position: int, header: Fields | None = None, data: bytes = b"") -> None:
        super().__init__(position)
        self.position, self.header, self.data = position, header, data


def rosbag1_messages(path: Path, problems: list[str]) -> Iterator[StoredMessage]:
    """Yield the messages of a ROS 1 bag in the order of the file.

    problems: gets a sentence for where the file ends too early, and one for each chunk that is damaged.
    """
    size = path.stat().st_size
    reader = _Reader(path.name, problems)
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        try:
            for position, header, data in _records(file):
                if _code(header) == _CHUNK and not data and _compression(header) != "none":
                    # Open when the recorder was killed: its size was never written, and it reaches to the end.
                    raise _Cut(position, header, file.read())
                yield from reader.record(position, header, data)
        except _Cut as cut:
            if cut.header is not None and _code(cut.header) == _CHUNK:
                yield from reader.chunk(cut.position, cut.header, cut.data)
            problems.append(f"{path.name} ends inside a record that begins at byte {cut.position} of {size}")


class _Reader:
    """Remembers connections, which come once, for all messages after them."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self._name, self._problems = name, problems
        self._connections: dict[bytes, tuple[str, str]] = {}

    def record(self, position: int, header: Fields, data: bytes) -> Iterator[StoredMessage]:
        """Yield the messages of a record: one, those of a chunk, or none."""
        code = _code(header)
        if code == _CHUNK:
            yield from self.chunk(position, header, data)
        elif code == _CONNECTION:
            kind = normalize_msgtype(_fields(data, position)["type"].decode())
            self._connections[header["conn"]] = (header["topic"].decode(), kind)
        elif code == _MESSAGE and header.get("conn") in self._connections:
            seconds, nanoseconds = struct.unpack("<II", header["time"])
            topic, kind = self._connections[header["conn"]]
            yield StoredMessage(topic, kind, seconds * 10**9 + nanoseconds, data, ROS1)

    def chunk(self, position: int, header: Fields, data: bytes) -> Iterator[StoredMessage]:
        """Yield the messages of a chunk, of which the end may be missing."""
        try:
            inner = decompressed(data, _compression(header))
        except Exception as error:  # of a codec; each has its own
            self._problems.append(
                f"{self._name}: the chunk at byte {position} is damaged ({error}); its messages are missing"
            )
            return
        try:
            for _, own, content in _records(BytesIO(inner)):
                yield from self.record(position, own, content)
        except _Cut:
            # Of a chunk that is whole no record is cut off; of one that is not, the caller says so.
            return


def _records(file: BinaryIO) -> Iterator[tuple[int, Fields, bytes]]:
    """Yield position, header and data of each record; raises _Cut where one is not whole."""
    end = size_of(file)

    def sized() -> tuple[bytes, bool]:
        """Return what a length and the bytes after it hold, and whether all of it is there."""
        length = file.read(4)
        wanted = int.from_bytes(length, "little")
        # A damaged length may be larger than any memory: no more is asked for than there is.
        found = file.read(min(wanted, end - file.tell()))
        return found, len(length) == 4 and len(found) == wanted

    while (position := file.tell()) < end:
        content, is_whole = sized()
        if not is_whole:
            raise _Cut(position)
        header = _fields(content, position)
        data, is_whole = sized()
        if not is_whole:
            raise _Cut(position, header, data)
        yield position, header, data


def _fields(content: bytes, position: int) -> Fields:
    """Return the fields of a header by name; raises _Cut where it is none."""
    found, place = {}, 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "little")
        name, equals, value = content[place + 4 : place + 4 + length].partition(b"=")
        if not equals:
            raise _Cut(position)
        found[name.decode("ascii", "replace")] = value
        place += 4 + length
    return found


def _code(header: Fields) -> int:
    return int.from_bytes(header.get("op", b""), "little")


def _compression(header: Fields) -> str:
    return header.get("compression", b"none").decode("ascii", "replace")
