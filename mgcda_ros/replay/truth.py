"""Ground truth for a bag's frames: label images in a folder, or a topic of the bag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from mgcda_core.datasets.labelled_picture import PLAIN_RULE, LabelRule, read_label_values
from mgcda_ros.bags.recording import Recording
from mgcda_ros.bags.stored import StoredMessage, deserialize
from mgcda_ros.stamps import SECOND, to_nanoseconds

WINDOW_NS = SECOND
"""How long before or after its picture a label may have been recorded."""
INSTANCE_RULE = LabelRule(normal=(0,), anomaly=tuple(range(1, 255)), ignored=(255,))
"""Of a topic: 0 nothing, 255 not judged, every other number an object."""
_STAMPS = (re.compile(r"(?P<nanoseconds>\d{10,})"), re.compile(r"(?P<seconds>\d+)[._](?P<rest>\d{9})"))


class Truth(Protocol):
    """problems: what was wrong with labels."""

    problems: list[str]

    def labels(self, stamp_ns: int, time_ns: int, size: tuple[int, ...] | None) -> np.ndarray | None:
        """Return uint8 (H, W) of 0 normal, 1 anomaly, 255 ignored for a picture, or None without a usable label.

        size: of the picture, (height, width), which its label must have; None where the picture is not known.
        """

    def unused(self) -> str | None:
        """Return in a sentence that labels matched no frame, once all frames were asked for, or None."""


class FolderTruth:
    """Label images named by the stamp of their picture: {nanoseconds}.png, or {seconds}.{nanoseconds, 9 digits}.png.

    Raises ValueError where the folder has none.
    """

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self._files = {stamp: path for path in sorted(folder.glob("*.png")) if (stamp := _stamp_of(path)) is not None}
        if not self._files:
            raise ValueError(
                f"ground_truth: {folder} has no label image named by its picture's stamp, such as "
                "1700000000123456789.png or 1700000000.123456789.png"
            )
        self._left = set(self._files)

    def labels(self, stamp_ns: int, time_ns: int, size: tuple[int, ...] | None) -> np.ndarray | None:
        """Return what Truth.labels returns."""
        path = self._files.get(stamp_ns)
        if path is None:
            return None
        self._left.discard(stamp_ns)
        return _usable(lambda: PLAIN_RULE.apply(read_label_values(path), path), size, path.name, self.problems)

    def unused(self) -> str | None:
        """Return what Truth.unused returns."""
        if not self._left:
            return None
        return f"{len(self._left)} of {len(self._files)} label images have the stamp of no frame that was looked at"


class TopicTruth:
    """Labels of a sensor_msgs/Image topic (mono8 or 8UC1) that have their picture's stamp."""

    def __init__(self, recording: Recording, topic: str) -> None:
        self.problems: list[str] = []
        self._topic = topic
        self._stream: Iterator[StoredMessage] = recording.messages({topic}, is_main=False)
        self._waiting: dict[int, tuple[int, np.ndarray]] = {}
        self._ahead: StoredMessage | None = None
        self._unused = 0

    def labels(self, stamp_ns: int, time_ns: int, size: tuple[int, ...] | None) -> np.ndarray | None:
        """Return what Truth.labels returns."""
        self._read_until(time_ns + WINDOW_NS)
        _, values = self._waiting.pop(stamp_ns, (0, None))
        for stamp in [stamp for stamp, (recorded, _) in self._waiting.items() if recorded < time_ns - WINDOW_NS]:
            del self._waiting[stamp]
            self._unused += 1
        if values is None:
            return None
        return _usable(lambda: INSTANCE_RULE.apply(values, Path(self._topic)), size, self._topic, self.problems)

    def unused(self) -> str | None:
        """Return what Truth.unused returns."""
        count = self._unused + len(self._waiting)
        return f"{count} labels on {self._topic} have the stamp of no frame that was looked at" if count else None

    def _read_until(self, time_ns: int) -> None:
        while (message := self._ahead or next(self._stream, None)) is not None:
            self._ahead = message
            if message.time_ns > time_ns:
                return
            self._ahead = None
            try:
                image = deserialize(message)
                if image.encoding not in ("mono8", "8UC1"):
                    raise ValueError(f"encoding {image.encoding!r} is not allowed; allowed are mono8 and 8UC1")
                rows = np.frombuffer(image.data, np.uint8).reshape(image.height, image.step)
            except Exception as error:  # of rosbags, for bytes that are no message
                self.problems.append(f"{self._topic}: a label recorded at {message.time_ns} ns cannot be read: {error}")
                continue
            self._waiting[to_nanoseconds(image.header.stamp)] = (message.time_ns, rows[:, : image.width].copy())


def _usable(
    read: Callable[[], np.ndarray], size: tuple[int, ...] | None, name: str, problems: list[str]
) -> np.ndarray | None:
    """Return labels of the picture's size, or None with a word in problems."""
    try:
        labels = read()
    except ValueError as error:
        problems.append(str(error))
        return None
    if size is not None and labels.shape != size:
        problems.append(f"{name}: the label is of shape {labels.shape}; its picture has {size}")
        return None
    return labels


def _stamp_of(path: Path) -> int | None:
    """Return the stamp that a file is named by, nanoseconds, or None where it is not."""
    whole, parts = (pattern.fullmatch(path.stem) for pattern in _STAMPS)
    if parts is not None:
        return int(parts["seconds"]) * SECOND + int(parts["rest"])
    return None if whole is None else int(whole["nanoseconds"])
