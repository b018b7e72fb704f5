"""The size of a JPEG, PNG or WebP picture, read from its header before anything is decoded."""

from __future__ import annotations

# Every start-of-frame marker of ITU-T T.81 Table B.1; C4, C8 and CC are other segments.
_JPEG_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_FILL = 0xFF


def compressed_size(data: bytes | memoryview) -> tuple[int, int] | None:
    """Return (width, height) in pixels, or None where data is no JPEG, PNG or WebP.

    A damaged or oversized header would otherwise cost gigabytes of memory before it is noticed.
    Sources: ITU-T T.81 annex B, PNG (ISO/IEC 15948) 11.2.2, RFC 9649 (WebP).
    """
    head = bytes(data[:30])
    if head[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp_size(head)
    return None


def _jpeg_size(data: bytes | memoryview) -> tuple[int, int] | None:
    """Walk the segments up to the start of frame."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _JPEG_FILL:
            position += 1
            continue
        if marker in _JPEG_START_OF_FRAME:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            return width, height
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """Read the first chunk: lossy, lossless or extended."""
    chunk = head[12:16]
    if chunk == b"VP8 ":
        width, height = (int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
        return width & 0x3FFF, height & 0x3FFF
    if chunk == b"VP8L":
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    return None
