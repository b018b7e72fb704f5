"""A picture of a benchmark with its anomaly labels, and the rule that turns a set's own label values into ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mgcda_core.datasets.picture import read_picture

NORMAL, ANOMALY, IGNORED = 0, 1, 255
_UNKNOWN = 254


@dataclass(frozen=True)
class LabelRule:
    """Which stored label values mean what; ignored is None where every other value is ignored.

    remedy: what a person can do about a value that the rule does not know; ends the error's sentence.
    """

    normal: tuple[int, ...]
    anomaly: tuple[int, ...]
    ignored: tuple[int, ...] | None
    remedy: str = ""

    def apply(self, stored: np.ndarray, path: Path) -> np.ndarray:
        """Return uint8 (H, W) of 0 normal, 1 anomaly and 255 ignored, for the uint8 (H, W) stored in path.

        Raises ValueError naming path and the values where there are some that the rule does not know.
        """
        table = np.full(256, IGNORED if self.ignored is None else _UNKNOWN, np.uint8)
        table[list(self.ignored or ())] = IGNORED
        table[list(self.normal)] = NORMAL
        table[list(self.anomaly)] = ANOMALY
        labels = cv2.LUT(stored, table)
        if unknown := np.unique(stored[labels == _UNKNOWN]).tolist():
            known = [str(value) for value in sorted({*self.normal, *self.anomaly, *(self.ignored or ())})]
            allowed = f"{', '.join(known[:-1])} and {known[-1]}"
            raise ValueError(f"{path}: label values {unknown} are not among {allowed}{self.remedy}")
        return labels


PLAIN_RULE = LabelRule(normal=(0,), anomaly=(1,), ignored=(255,))


@dataclass(frozen=True)
class LabelledPicture:
    """One picture of a benchmark and its labels.

    id: unique within its set; the name that benchmarks give the picture's score file. rule: turns the label file's
    values into 0 normal, 1 anomaly, 255 ignored.
    """

    image_path: Path
    label_path: Path
    id: str
    rule: LabelRule = PLAIN_RULE

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Return uint8 (H, W, 3) RGB and uint8 (H, W) labels; raises ValueError naming the file that is wrong."""
        image, labels = read_picture(self.image_path), self.read_labels()
        self.require_size(labels, image.shape[:2])
        return image, labels

    def read_labels(self) -> np.ndarray:
        """Return uint8 (H, W): 0 normal, 1 anomaly, 255 ignored; raises ValueError naming the file that is wrong."""
        return self.rule.apply(read_label_values(self.label_path), self.label_path)

    def require_size(self, labels: np.ndarray, size: tuple[int, ...]) -> None:
        """Raise ValueError naming the label file unless labels are of the picture's size, (height, width)."""
        if labels.shape != size:
            raise ValueError(
                f"{self.label_path}: of shape {labels.shape}; expected {size} as {self.image_path.name} has"
            )


def read_label_values(path: Path) -> np.ndarray:
    """Return the numbers stored in a label image, uint8 (H, W), without turning a palette's into colours.

    Raises ValueError naming path where it cannot be read or is not one channel of 8 bits or fewer.
    """
    try:
        with Image.open(path) as image:
            values = np.asarray(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: unreadable as a label image ({error})") from None
    if values.ndim != 2:
        raise ValueError(f"{path}: of shape {values.shape}; labels have one channel, (height, width)")
    # OpenCV would read 0 and 1 of a one-bit file as 0 and 255, which is "ignored" and not "anomaly".
    if values.dtype == bool:
        return values.astype(np.uint8)
    if values.dtype != np.uint8:
        raise ValueError(f"{path}: labels are of type {values.dtype}; expected 8 bits a pixel")
    return values
