"""Objects cut out of COCO pictures along their annotated outlines."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO

from mgcda_core.datasets.cutout import Cutout, StoredCutout, require_categories, shrink, shrunk, wanted
from mgcda_core.datasets.picture import read_picture
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
        image = read_picture(self.path)
        if image.shape[:2] != self.size:
            raise ValueError(
                f"{self.path}: size {image.shape[:2]} differs from {self.size} in the annotations; expected "
                "(height, width) to be the same; get the picture of the set again"
            )
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
    path, folder = _locate(root, split)
    coco = _load(path)
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


def _locate(root: Path, split: str | None) -> tuple[Path, Path]:
    """Return the annotation file and the folder of the pictures."""
    annotations = root / "annotations"
    if split is None:
        files = sorted(annotations.glob("*.json"))
        if len(files) != 1:
            raise ValueError(
                f"{annotations}: expected one annotation file, found {len(files)}; leave one, or name a split of "
                "instances_{split}.json"
            )
        path, folders = files[0], [root / "images"]
    else:
        path, folders = annotations / f"instances_{split}.json", [root / split, root / "images" / split]
        if not path.is_file():
            raise ValueError(f"{path}: no such file; expected COCO's instance annotations of {split}; get them")
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise ValueError(f"{folders[0]}: no such folder; expected the pictures that {path.name} lists; get them")
    return path, folder


def _load(path: Path) -> COCO:
    try:
        # pycocotools prints its progress, four lines a file.
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(str(path))
    except (json.JSONDecodeError, UnicodeDecodeError, AssertionError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not COCO annotations ({error!r}); get the file again") from None
    if not coco.anns or not coco.cats:
        raise ValueError(
            f"{path}: has no annotations with categories; expected COCO's instance annotations; get the file again"
        )
    return coco
