"""Compressed parts of a bag, of which the end may be missing."""

from __future__ import annotations

import bz2
from typing import BinaryIO

from lz4.frame import LZ4FrameDecompressor

from mgcda_ros.bags.stored import zstd


def decompressed(data: bytes, compression: str) -> bytes:
    """Return what data holds, as far as it is there; raises ValueError for an unknown compression.

    Data that is damaged, and not only cut off, raises an error of its codec.
    """
    if compression in ("", "none"):
        return data
    codecs = {"zstd": zstd.ZstdDecompressor, "lz4": LZ4FrameDecompressor, "bz2": bz2.BZ2Decompressor}
    if compression not in codecs:
        raise ValueError(f"the compression {compression!r} is not known; known are {', '.join(codecs)}")
    return codecs[compression]().decompress(data)


def size_of(file: BinaryIO) -> int:
    """Return how many bytes a file has, and leave it where it is."""
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size
