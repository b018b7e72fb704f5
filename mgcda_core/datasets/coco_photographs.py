"""Whole COCO pictures with the outlines of what is in them: things as cameras see them, nothing pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pycocotools import mask as run_lengths

from mgcda_core.datasets.coco_annotations import load_annotations, locate_set, read_annotated_picture


@dataclass(frozen=True)
class Outline:
    """A thing in a picture: COCO's compressed run lengths; crowd: a group that nobody told apart."""

    category: str
    run_lengths: bytes
    crowd: bool = False


@dataclass(frozen=True)
class Photograph:
    """path: of the picture, which is of size (H, W), pixels. outlines: the largest first. image_id: COCO's number."""

    path: Path
    size: tuple[int, int]
    outlines: Sequence[Outline]
    image_id: int

    def read(self) -> np.ndarray:
        """Return uint8 (H, W, 3) RGB; raises ValueError naming a picture that is unreadable or of another size."""
        return read_annotated_picture(self.path, self.size)

    def mask(self, outline: Outline) -> np.ndarray:
        """Return bool (H, W): the pixels of one of the outlines."""
        return run_lengths.decode({"size": list(self.size), "counts": outline.run_lengths}).astype(bool)


def coco_photographs(root: Path, split: str | None = None) -> list[Photograph]:
    """Return every picture of a set that has outlines, by picture number; they are read when they are used.

    root, split: as locate_set() takes them. Raises ValueError for a folder or file that is missing or wrong.
    """
    path, folder = locate_set(root, split)
    coco = load_annotations(path)
    found: list[Photograph] = []
    for image_id in sorted(image_id for image_id in coco.imgs if coco.imgToAnns[image_id]):
        entry = coco.imgs[image_id]
        outlines = tuple(
            Outline(
                coco.cats[annotation["category_id"]]["name"],
                coco.annToRLE(annotation)["counts"],
                bool(annotation["iscrowd"]),
            )
            for annotation in sorted(coco.imgToAnns[image_id], key=lambda each: -each["area"])
        )
        found.append(Photograph(folder / entry["file_name"], (entry["height"], entry["width"]), outlines, image_id))
    return found
