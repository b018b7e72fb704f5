"""The overlay as a video, and a sheet of single pictures from it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

VIDEO_SIZE = (960, 540)
VIDEO_RATE = 10.0
SHEET_PICTURES = 12


class OverlayVideo:
    """Writes pictures of any size into one MP4, each fitted into VIDEO_SIZE, and keeps some for a sheet."""

    def __init__(self, path: Path) -> None:
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), VIDEO_RATE, VIDEO_SIZE)
        if not self._writer.isOpened():
            raise RuntimeError(f"{path}: OpenCV cannot write MP4 here; it was built without FFmpeg")
        self._kept: list[np.ndarray] = []
        self._stride = 1
        self.count = 0

    def add(self, picture: np.ndarray) -> None:
        """Add uint8 (H, W, 3), BGR."""
        scale = min(VIDEO_SIZE[0] / picture.shape[1], VIDEO_SIZE[1] / picture.shape[0])
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        canvas = np.zeros((VIDEO_SIZE[1], VIDEO_SIZE[0], 3), np.uint8)
        top, left = (VIDEO_SIZE[1] - size[1]) // 2, (VIDEO_SIZE[0] - size[0]) // 2
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        self._writer.write(canvas)
        if self.count % self._stride == 0:
            self._kept.append(canvas)
            if len(self._kept) >= 2 * SHEET_PICTURES:
                # Half of what is kept goes, so that any length ends in an even choice and bounded memory.
                self._kept, self._stride = self._kept[::2], self._stride * 2
        self.count += 1

    def close(self, sheet: Path) -> None:
        """Finish the video and write the sheet, three pictures to a row; without a picture there is no sheet."""
        self._writer.release()
        if not self._kept:
            return
        chosen = [self._kept[i] for i in np.linspace(0, len(self._kept) - 1, SHEET_PICTURES).astype(int)]
        small = [cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA) for picture in chosen]
        rows = [np.hstack(small[i : i + 3]) for i in range(0, len(small), 3)]
        cv2.imwrite(str(sheet), np.vstack(rows))
