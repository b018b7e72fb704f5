"""One labelled street picture on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mgcda_core.datasets.labelled_picture import read_label_values
from mgcda_core.datasets.labels import LabelTables
from mgcda_core.datasets.picture import UnreadableFileError, read_picture

_LABEL_MODES = ("1", "L", "P")
"""Pillow's names of one channel of 8 bits or fewer: bits, grey levels, places in a palette."""


@dataclass(frozen=True)
class StreetScene:
    """One labelled picture; tables say what the values in its label file mean in the common class list."""

    image_path: Path
    label_path: Path
    tables: LabelTables

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the picture, uint8 (H, W, 3) RGB, and the allowed classes, int32 (H, W) bit masks, 0 where void.

        Raises ValueError naming the file where one cannot be read, the two differ in size, or a label value is not in
        the set's class list.
        """
        image, allowed, _ = self.read_with_artefacts()
        return image, allowed

    def read_with_artefacts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what read() returns and, bool (H, W), where void is the camera's and not the scene's.

        What a set left unlabelled in the scene is (allowed == 0) & ~artefact. Raises as read() does.
        """
        image = read_picture(self.image_path)
        values = _read_values(self.label_path)
        if values.shape != image.shape[:2]:
            raise ValueError(
                f"{self.label_path}: size {values.shape} differs from {image.shape[:2]}, the size of "
                f"{self.image_path}; expected (height, width) to be the same; get both files again from one source"
            )
        if unknown := np.flatnonzero((np.bincount(values.ravel(), minlength=256) > 0) & ~self.tables.listed).tolist():
            raise ValueError(
                f"{self.label_path}: label values {unknown} are not in the class list of its set, which has "
                f"{ranges(np.flatnonzero(self.tables.listed).tolist())}; is this the right layout for the set?"
            )
        return image, self.tables.allowed[values], self.tables.artefact[values]


def _read_values(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            mode = image.mode
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableFileError(f"{path}: not a readable label image ({error}); get the file again") from None
    if mode not in _LABEL_MODES:
        raise ValueError(
            f"{path}: labels are of mode {mode}; expected a single-channel image of 8 bits a pixel that holds label "
            "values; is this the set's picture for people to look at?"
        )
    try:
        return read_label_values(path)
    except ValueError as error:
        raise UnreadableFileError(f"{error}; get the file again") from None


def ranges(values: list[int]) -> str:
    """Return rising whole numbers as text, runs of them shortened: "0 to 11, 255"."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
