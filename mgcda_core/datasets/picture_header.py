"""What a picture file says about itself without being decoded: its size, and whether it is all there."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
_TAIL_BYTES = 65_536


def picture_size(path: Path) -> tuple[int, int]:
    """Return (height, width) in pixels, as read_picture() will return them: a camera's orientation tag is followed.

    Raises ValueError naming path where it is no picture or breaks off.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            form = image.format
            # Not image.getexif(): that decodes a PNG without the tag to its end, to look for it there.
            exif = Image.Exif()
            exif.load(image.info.get("exif", b""))
            lying = exif.get(_ORIENTATION) in _LYING
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from None
    if not _complete(path, form):
        raise ValueError(f"{path}: breaks off before its end; get the file again")
    return (width, height) if lying else (height, width)


def _complete(path: Path, form: str | None) -> bool:
    """Return whether the mark that ends a file of this format is there; True for formats that have none."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read()
    # Some cameras append data of their own, so the mark need not be the very end.
    mark = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}.get(form or "", b"")
    return mark in tail
