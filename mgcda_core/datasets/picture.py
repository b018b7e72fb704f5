"""Pictures on disk, read so that a broken file is named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


class UnreadableFileError(ValueError):
    """A file that is no picture, or breaks off: the one fault that a check may be told to skip."""


def read_picture(path: Path) -> np.ndarray:
    """Return a picture as uint8 (H, W, 3) RGB; raises UnreadableFileError naming the file where it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise UnreadableFileError(f"{path}: not a readable picture; get the file again")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
