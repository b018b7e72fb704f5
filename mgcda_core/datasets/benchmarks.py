"""Benchmark sets on disk: pictures with anomaly labels. For evaluation only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mgcda_core.datasets.street import PICTURE_SUFFIXES, read_picture

LABEL_NAMES = ("{id}_labels_semantic.png", "{id}.png")


@dataclass(frozen=True)
class LabelledPicture:
    """One picture of a benchmark and its labels: 0 normal, 1 anomaly, 255 ignored."""

    image_path: Path
    label_path: Path

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Return uint8 (H, W, 3) RGB and uint8 (H, W); raises ValueError naming the file that is wrong."""
        image = read_picture(self.image_path)
        labels = cv2.imread(str(self.label_path), cv2.IMREAD_UNCHANGED)
        if labels is None or labels.shape != image.shape[:2]:
            found = "unreadable" if labels is None else f"of shape {labels.shape}"
            raise ValueError(f"{self.label_path}: {found}; expected {image.shape[:2]} as {self.image_path.name} has")
        if unknown := set(np.unique(labels).tolist()) - {0, 1, 255}:
            raise ValueError(f"{self.label_path}: label values {sorted(unknown)} are not among 0, 1 and 255")
        return image, labels


def pairs(root: Path) -> list[LabelledPicture]:
    """Return the set below root: images/{id}.* with labels_masks/{id}_labels_semantic.png or labels_masks/{id}.png.

    Raises ValueError where a picture has no label, a label no picture, or there are none at all.
    """
    pictures = sorted(path for path in (root / "images").glob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise ValueError(f"{root / 'images'}: no pictures found; expected images/ and labels_masks/ below {root}")
    found: list[LabelledPicture] = []
    taken: dict[Path, Path] = {}
    for picture in pictures:
        candidates = [root / "labels_masks" / name.format(id=picture.stem) for name in LABEL_NAMES]
        label = next((path for path in candidates if path.is_file()), None)
        if label is None:
            raise ValueError(f"{picture}: its label {candidates[0]} is missing")
        if label in taken:
            raise ValueError(f"{picture}: {taken[label].name} has the same label {label}")
        taken[label] = picture
        found.append(LabelledPicture(picture, label))
    # SegmentMeIfYouCan ships each label a second time, in colours, for people to look at.
    orphans = {path for path in (root / "labels_masks").glob("*.png") if not path.stem.endswith("_color")}
    orphans -= taken.keys()
    if orphans:
        raise ValueError(f"{min(orphans)}: a label without a picture in {root / 'images'}")
    return found
