"""Objects cut out of COCO pictures along their annotated outlines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pycocotools import mask as run_lengths

from mgcda_core.datasets.coco_annotations import load_annotations, locate_set, read_annotated_picture
from mgcda_core.datasets.cutout import Cutout, StoredCutout, require_categories, shrink, shrunk, wanted
from mgcda_core.datasets.street_categories import COCO_STREET_CATEGORIES


@dataclass(frozen=True)
class CocoReference:
    """An object in a COCO picture: its outline as COCO's compressed run lengths, over a picture of size (H, W).

    box: left, top, right and bottom, pixels.
    """

    path: Path
    size: tuple[int, int]
    run_lengths: bytes
    box: tuple[int, int, int, int]
    maximum_side_px: int

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that decode() reads."""
        return (self.path,)

    @property
    def shape(self) -> tuple[int, int]:
        """Return height and width of what decode() returns; no file is read."""
        left, top, right, bottom = self.box
        return shrunk(bottom - top, right - left, self.maximum_side_px)

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return image and alpha of the box; raises ValueError naming a picture that is unreadable or of other size."""
        image = read_annotated_picture(self.path, self.size)
        left, top, right, bottom = self.box
        inside = np.s_[top:bottom, left:right]
        alpha = run_lengths.decode({"size": list(self.size), "counts": self.run_lengths})[inside] * np.uint8(255)
        return shrink(image[inside], alpha, self.maximum_side_px)


def coco_objects(
    root: Path,
    split: str | None = None,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = tuple(COCO_STREET_CATEGORIES),
    minimum_area_px: int = 900,
    maximum_side_px: int = 320,
) -> list[Cutout]:
    """Return the objects of the wanted categories, by picture number and then in the file's order.

    Without a split: the one file in annotations/ with images/. With one ("train2017"): COCO's own layout, which is
    annotations/instances_{split}.json with {split}/, or images/{split}/. Pictures stay on disk until they are used.
    Crowd annotations and objects cut by the picture's border are left out: they have no outline of their own.
    Objects larger than maximum_side_px are scaled down to it. Raises ValueError for a missing or broken annotation
    file, a missing folder or picture, and a category that the set does not have.
    """
    path, folder = locate_set(root, split)
    coco = load_annotations(path)
    names = {number: category["name"] for number, category in coco.cats.items()}
    chosen, excluded = (None if include is None else set(include)), set(exclude)
    # A part of COCO may lack trains, which are left out by default.
    require_categories((chosen or set()) | (excluded - set(COCO_STREET_CATEGORIES)), set(names.values()), path)
    found: list[Cutout] = []
    for image_id in sorted(coco.imgs):
        entry = coco.imgs[image_id]
        picture = folder / entry["file_name"]
        taken = [
            annotation
            for annotation in coco.imgToAnns[image_id]
            if _has_outline(annotation, entry, minimum_area_px)
            and wanted(names[annotation["category_id"]], chosen, excluded)
        ]
        if taken and not picture.is_file():
            raise ValueError(f"{picture}: no such picture; {path.name} lists it; get the pictures again")
        for annotation in taken:
            x, y, width, height = annotation["bbox"]
            box = (int(x), int(y), int(np.ceil(x + width)), int(np.ceil(y + height)))
            size = (entry["height"], entry["width"])
            reference = CocoReference(picture, size, coco.annToRLE(annotation)["counts"], box, maximum_side_px)
            found.append(StoredCutout(reference, names[annotation["category_id"]], image_id))
    return found


def _has_outline(annotation: dict, entry: dict, minimum_area_px: int) -> bool:
    x, y, width, height = annotation["bbox"]
    touches_border = x < 2 or y < 2 or x + width > entry["width"] - 2 or y + height > entry["height"] - 2
    return not (annotation["iscrowd"] or annotation["area"] < minimum_area_px or touches_border)
