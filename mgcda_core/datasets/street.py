"""Street scenes on disk: pictures with semantic labels, from CamVid and IDD Lite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mgcda_core.datasets.classes import CAMVID_LABELS, IDD_LITE_LABELS, label_table

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class StreetScene:
    """One labelled picture; label_table (256,) turns its label values into masks of allowed classes."""

    image_path: Path
    label_path: Path
    label_table: np.ndarray

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the picture, uint8 (H, W, 3) RGB, and the allowed classes, uint16 (H, W).

        Raises ValueError naming the file where one cannot be read or the two differ in size.
        """
        image = read_picture(self.image_path)
        labels = cv2.imread(str(self.label_path), cv2.IMREAD_UNCHANGED)
        if labels is None or labels.ndim != 2:
            raise ValueError(f"{self.label_path}: not a readable single-channel label image")
        if labels.shape != image.shape[:2]:
            raise ValueError(f"{self.label_path}: size {labels.shape} differs from its picture's {image.shape[:2]}")
        return image, self.label_table[labels]


def read_picture(path: Path) -> np.ndarray:
    """Return a picture as uint8 (H, W, 3) RGB; raises ValueError naming the file where it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path}: not a readable picture")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _scenes(pairs: list[tuple[Path, Path]], folder: Path, table: np.ndarray) -> list[StreetScene]:
    if not pairs:
        raise ValueError(f"{folder}: no pictures found; is this the data set's folder?")
    for image, label in pairs:
        if not label.is_file():
            raise ValueError(f"{image}: its label {label} is missing")
    return [StreetScene(image, label, table) for image, label in pairs]


def camvid_scenes(root: Path, split: str) -> list[StreetScene]:
    """Return CamVid's scenes in the SegNet layout: {split}/{id}.jpg or .png with {split}annot/{id}.png."""
    folder = root / split
    pictures = sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    pairs = [(path, root / f"{split}annot" / f"{path.stem}.png") for path in pictures]
    return _scenes(pairs, folder, label_table(CAMVID_LABELS))


def idd_lite_scenes(root: Path, split: str) -> list[StreetScene]:
    """Return IDD Lite's scenes: leftImg8bit/{split}/{seq}/{id}_image.jpg with gtFine/.../{id}_label.png."""
    folder = root / "leftImg8bit" / split
    pairs = [
        (path, root / "gtFine" / split / path.parent.name / path.name.replace("_image.jpg", "_label.png"))
        for path in sorted(folder.glob("*/*_image.jpg"))
    ]
    return _scenes(pairs, folder, label_table(IDD_LITE_LABELS))
