"""An MCAP file record by record, without its summary.

Source: the MCAP format specification, mcap.dev/spec.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zlib import crc32

from mgcda_ros.bags.salvage.chunks import decompressed, size_of
from mgcda_ros.bags.stored import StoredMessage

MAGIC = b"\x89MCAP0\r\n"
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 0x03, 0x04, 0x05, 0x06, 0x0F
_HEAD = struct.Struct("<BQ")
_MESSAGE_HEAD = struct.Struct("<HIQQ")
_CHUNK_HEAD = struct.Struct("<QQQI")


class _Record(NamedTuple):
    """One record; content is shorter than length where the file ends inside."""

    code: int
    length: int
    content: bytes
    position: int

    @property
    def is_whole(self) -> bool:
        return len(self.content) == self.length


class _Channel(NamedTuple):
    topic: str
    message_type: str
    encoding: str


def mcap_messages(path: Path, problems: list[str]) -> Iterator[StoredMessage]:
    """Yield the messages of an MCAP file in the order of the file, those of a chunk in the order of their times.

    problems: gets a sentence for where the file ends too early, and one for each chunk that is damaged.
    """
    size = path.stat().st_size
    reader = _Reader(path.name, problems)
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        for record in _records(file):
            if not record.is_whole:
                if record.code == _CHUNK:
                    yield from reader.chunk(record)
                problems.append(f"{path.name} ends inside a record that begins at byte {record.position} of {size}")
                return
            if record.code == _DATA_END:
                return
            if record.code == _CHUNK:
                yield from reader.chunk(record)
            elif (message := reader.record(record)) is not None:
                yield message
    problems.append(f"{path.name} ends at byte {size} without an end record: the recording was not closed")


class _Reader:
    """Remembers schemas and channels, which come once, for all messages after them."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self._name, self._problems = name, problems
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, _Channel] = {}

    def record(self, record: _Record) -> StoredMessage | None:
        """Take in a whole record and return the message that it is, if it is one."""
        content = record.content
        if record.code == _SCHEMA:
            number = int.from_bytes(content[:2], "little")
            self._schemas[number] = _text(content, 2)[0]
        elif record.code == _CHANNEL:
            number, schema = struct.unpack_from("<HH", content)
            topic, position = _text(content, 4)
            encoding, _ = _text(content, position)
            self._channels[number] = _Channel(topic, self._schemas.get(schema, ""), encoding)
        elif record.code == _MESSAGE and len(content) >= _MESSAGE_HEAD.size:
            number, _, time_ns, _ = _MESSAGE_HEAD.unpack_from(content)
            channel = self._channels.get(number)
            if channel is not None:
                return StoredMessage(
                    channel.topic, channel.message_type, time_ns, content[_MESSAGE_HEAD.size :], channel.encoding
                )
        return None

    def chunk(self, record: _Record) -> list[StoredMessage]:
        """Return the messages of a chunk, of which the end may be missing."""
        content = record.content
        try:
            _, _, size, checksum = _CHUNK_HEAD.unpack_from(content)
            compression, position = _text(content, _CHUNK_HEAD.size)
            inner = decompressed(content[position + 8 :], compression)
            if record.is_whole and (len(inner) != size or (checksum and crc32(inner) != checksum)):
                raise ValueError("its checksum or size is wrong")
            found = [self.record(each) for each in _records(BytesIO(inner)) if each.is_whole]
        except Exception as error:  # of struct, or of a codec; each has its own
            what = "is damaged" if record.is_whole else "is cut off, and nothing in it can be read"
            self._problems.append(
                f"{self._name}: the chunk at byte {record.position} {what} ({error}); its messages are missing"
            )
            return []
        return sorted((message for message in found if message is not None), key=lambda message: message.time_ns)


def _records(file: BinaryIO) -> Iterator[_Record]:
    end = size_of(file)
    while head := file.read(_HEAD.size):
        position = file.tell() - len(head)
        if len(head) < _HEAD.size:
            yield _Record(0, _HEAD.size, head, position)
            return
        code, length = _HEAD.unpack(head)
        # A damaged length may be larger than any memory: no more is asked for than there is.
        content = file.read(min(length, end - file.tell()))
        yield _Record(code, length, content, position)
        if len(content) < length:
            return


def _text(content: bytes, position: int) -> tuple[str, int]:
    """Return a string and where it ends."""
    (length,) = struct.unpack_from("<I", content, position)
    end = position + 4 + length
    return content[position + 4 : end].decode(), end
