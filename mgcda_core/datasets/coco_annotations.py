"""COCO's own files: where a set's annotations and pictures lie, and how they are read."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO

from mgcda_core.datasets.picture import read_picture


def locate_set(root: Path, split: str | None) -> tuple[Path, Path]:
    """Return the annotation file and the folder of the pictures.

    Without a split: the one file in annotations/ with images/. With one ("train2017"): COCO's own layout, which is
    annotations/instances_{split}.json with {split}/, or images/{split}/. Raises ValueError naming what is not there.
    """
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


def load_annotations(path: Path) -> COCO:
    """Return a set's index; raises ValueError naming the file where it is none, or has nothing in it."""
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


def read_annotated_picture(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Return uint8 (H, W, 3) RGB; raises ValueError naming a picture that is unreadable or not of size (H, W)."""
    image = read_picture(path)
    if image.shape[:2] != size:
        raise ValueError(
            f"{path}: size {image.shape[:2]} differs from {size} in the annotations; expected "
            "(height, width) to be the same; get the picture of the set again"
        )
    return image
