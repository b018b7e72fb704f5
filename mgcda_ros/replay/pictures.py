"""What people look at: every frame with its hazards drawn in, as a video, and some as pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mgcda_core.overlay import draw_overlay
from mgcda_ros.replay.looker import Look

VIDEO_SIZE = (960, 540)
CODECS = {"mp4": "mp4v", "webm": "VP80"}
"""By the file's ending. Browsers play WebM only, which takes 0.15 s a frame to write instead of 0.01 s (measured)."""
SLOWEST, FASTEST = 1.0, 60.0
"""Frames per second of a video."""
PICTURE_WIDTH_PX = 480
MOST_PICTURES = 24
JPEG_QUALITY = 85


def drawn(look: Look) -> np.ndarray:
    """Return the frame as uint8 (H, W, 3) RGB with hazards and status drawn in; grey where nobody could look."""
    report, result = look.report, look.result
    text = f"{len(report.hazards)} hazard(s)  {report.message}"
    if result is None:
        grey = np.full((VIDEO_SIZE[1], VIDEO_SIZE[0], 3), 90, np.uint8)
        return draw_overlay(grey, (), report.status, text)
    return draw_overlay(
        result.frame.image,
        report.hazards,
        report.status,
        text,
        probability=result.score_map.probability,
        tint_above=result.threshold,
    )


class ReplayVideo:
    """path: ends like one of CODECS. rate: frames per second. Raises RuntimeError where OpenCV cannot write it."""

    def __init__(self, path: Path, rate: float) -> None:
        self.rate = min(FASTEST, max(SLOWEST, rate))
        code = cv2.VideoWriter_fourcc(*CODECS[path.suffix[1:]])
        self._writer = cv2.VideoWriter(str(path), code, self.rate, VIDEO_SIZE)
        if not self._writer.isOpened():
            raise RuntimeError(
                f"OpenCV cannot write {path.suffix} here; it was built without FFmpeg, or without its codec"
            )

    def add(self, picture: np.ndarray) -> None:
        """Add uint8 (H, W, 3) RGB of any size, fitted into VIDEO_SIZE."""
        scale = min(VIDEO_SIZE[0] / picture.shape[1], VIDEO_SIZE[1] / picture.shape[0])
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        canvas = np.zeros((VIDEO_SIZE[1], VIDEO_SIZE[0], 3), np.uint8)
        top, left = (VIDEO_SIZE[1] - size[1]) // 2, (VIDEO_SIZE[0] - size[0]) // 2
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=method)
        self._writer.write(cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Finish the file."""
        self._writer.release()


class AlarmPictures:
    """Keeps pictures of alarms in a folder, MOST_PICTURES at most: an even choice of any number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[tuple[int, Path]] = []
        self._stride = 1
        self._count = 0

    def add(self, number: int, picture: np.ndarray, box_px: tuple[int, int, int, int]) -> None:
        """Add the picture, uint8 (H, W, 3) RGB, of the alarm with this number, and frame where it is."""
        self._count += 1
        if (self._count - 1) % self._stride:
            return
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"alarm_{number:05d}.jpg"
        height = max(1, round(picture.shape[0] * PICTURE_WIDTH_PX / picture.shape[1]))
        small = cv2.resize(picture, (PICTURE_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
        # There may be other hazards in the picture: this one stands out.
        x_min, y_min, x_max, y_max = (round(side * PICTURE_WIDTH_PX / picture.shape[1]) for side in box_px)
        cv2.rectangle(small, (x_min - 5, y_min - 5), (x_max + 4, y_max + 4), (255, 255, 255), 2)
        quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        if not cv2.imwrite(str(path), cv2.cvtColor(small, cv2.COLOR_RGB2BGR), quality):
            raise OSError(f"{path}: the picture could not be written")
        self._kept.append((number, path))
        if len(self._kept) > MOST_PICTURES:
            for _, left_out in self._kept[1::2]:
                left_out.unlink()
            self._kept, self._stride = self._kept[::2], self._stride * 2

    def files(self) -> dict[int, str]:
        """Return the pictures' files, relative to the report, by the alarm's number."""
        return {number: f"{self._folder.name}/{path.name}" for number, path in self._kept}
