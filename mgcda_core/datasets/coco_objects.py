"""Objects cut out of COCO pictures along their annotated outlines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pycocotools.coco import COCO

from mgcda_core.datasets.street import read_picture

STREET_CATEGORIES: dict[str, str] = {
    "person": "pedestrian", "car": "car", "truck": "car", "bus": "car", "bicycle": "bicyclist",
    "motorcycle": "bicyclist", "train": "car", "traffic light": "pole", "stop sign": "sign",
}  # fmt: skip
"""COCO categories that a street data set knows, with our class for each: never anomalies."""


@dataclass(frozen=True)
class Cutout:
    """An object without its surroundings: image uint8 (H, W, 3) RGB, alpha uint8 (H, W), 255 on the object.

    category: COCO's name. image_id: COCO's picture, so that a split by picture keeps parts of one apart.
    """

    image: np.ndarray
    alpha: np.ndarray
    category: str
    image_id: int


def coco_cutouts(
    root: Path, *, minimum_area_px: int = 900, maximum_side_px: int = 320
) -> tuple[list[Cutout], list[Cutout]]:
    """Return (objects no street data set knows, objects of street categories) from annotations/ and images/.

    Crowd annotations and objects cut by the picture's border are left out: they have no outline of their own.
    Objects larger than maximum_side_px are scaled down to it. Raises ValueError for a missing annotation file.
    """
    annotations = sorted((root / "annotations").glob("*.json"))
    if len(annotations) != 1:
        raise ValueError(f"{root / 'annotations'}: expected one annotation file, found {len(annotations)}")
    coco = COCO(str(annotations[0]))
    unknown: list[Cutout] = []
    known: list[Cutout] = []
    for image_id in sorted(coco.imgs):
        entry = coco.imgs[image_id]
        image = read_picture(root / "images" / entry["file_name"])
        for annotation in coco.imgToAnns[image_id]:
            x, y, width, height = annotation["bbox"]
            touches_border = x < 2 or y < 2 or x + width > entry["width"] - 2 or y + height > entry["height"] - 2
            if annotation["iscrowd"] or annotation["area"] < minimum_area_px or touches_border:
                continue
            category = coco.cats[annotation["category_id"]]["name"]
            box = np.s_[int(y) : int(np.ceil(y + height)), int(x) : int(np.ceil(x + width))]
            alpha = coco.annToMask(annotation)[box] * np.uint8(255)
            cutout = Cutout(*_shrink(image[box], alpha, maximum_side_px), category, image_id)
            (known if category in STREET_CATEGORIES else unknown).append(cutout)
    return unknown, known


def _shrink(image: np.ndarray, alpha: np.ndarray, maximum_side_px: int) -> tuple[np.ndarray, np.ndarray]:
    scale = min(1.0, maximum_side_px / max(alpha.shape))
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    return (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(alpha, size, interpolation=cv2.INTER_AREA),
    )
