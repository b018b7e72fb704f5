"""Objects cut out of Pascal VOC pictures along their segmentation masks.

JPEGImages/{id}.jpg, SegmentationObject/{id}.png (1, 2, ... per object), SegmentationClass/{id}.png (1 to 20 per class),
ImageSets/Segmentation/{split}.txt (an id a line). 0 is background, 255 the border that belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mgcda_core.datasets.cutout import Cutout, StoredCutout, require_categories, shrink, shrunk, wanted
from mgcda_core.datasets.labelled_picture import read_label_values
from mgcda_core.datasets.picture import read_picture
from mgcda_core.datasets.street_categories import VOC_STREET_CATEGORIES

VOC_CATEGORIES: tuple[str, ...] = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
"""Class 1 to 20, in the order of the VOC development kit."""
_BORDER = 255


@dataclass(frozen=True)
class VocReference:
    """An object in a VOC picture: value in its object mask; box: left, top, right and bottom, pixels."""

    image_path: Path
    mask_path: Path
    value: int
    box: tuple[int, int, int, int]
    maximum_side_px: int

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that decode() reads."""
        return (self.image_path, self.mask_path)

    @property
    def shape(self) -> tuple[int, int]:
        """Return height and width of what decode() returns; no file is read."""
        left, top, right, bottom = self.box
        return shrunk(bottom - top, right - left, self.maximum_side_px)

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return image and alpha of the box; raises ValueError naming a file that is unreadable or of other size."""
        image, mask = read_picture(self.image_path), read_label_values(self.mask_path)
        _require_size(self.mask_path, mask, self.image_path, image)
        left, top, right, bottom = self.box
        inside = np.s_[top:bottom, left:right]
        return shrink(image[inside], (mask[inside] == self.value) * np.uint8(255), self.maximum_side_px)


def voc_objects(
    root: Path,
    split: str = "train",
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = tuple(VOC_STREET_CATEGORIES),
    minimum_area_px: int = 900,
    maximum_side_px: int = 320,
) -> list[Cutout]:
    """Return the objects of the wanted categories, in the order of the split's list and then of their values.

    Every mask is read once, pictures stay on disk until they are used. Objects cut by the picture's border are left
    out, and larger ones than maximum_side_px are scaled down to it. image_id is VOC's, such as "2007_000032". Raises
    ValueError naming the first list, folder or file that is missing or wrong, and for a category that VOC lacks.
    """
    listing = root / "ImageSets" / "Segmentation" / f"{split}.txt"
    chosen, excluded = (None if include is None else set(include)), set(exclude)
    require_categories((chosen or set()) | excluded, set(VOC_CATEGORIES), listing)
    found: list[Cutout] = []
    for id_ in tqdm(_ids(listing), desc="VOC masks", unit="picture"):
        picture = root / "JPEGImages" / f"{id_}.jpg"
        objects, classes = (root / name / f"{id_}.png" for name in ("SegmentationObject", "SegmentationClass"))
        for path in (picture, objects, classes):
            if not path.is_file():
                raise ValueError(f"{path}: no such file; {listing} lists {id_}; get the set again")
        for value, category, box in _objects(objects, classes, minimum_area_px):
            if wanted(category, chosen, excluded):
                reference = VocReference(picture, objects, value, box, maximum_side_px)
                found.append(StoredCutout(reference, category, id_))
    return found


def _ids(listing: Path) -> list[str]:
    try:
        ids = listing.read_text(encoding="utf-8").split()
    except OSError:
        raise ValueError(f"{listing}: no such file; expected a list of ids, one a line; check root and split") from None
    if not ids:
        raise ValueError(f"{listing}: lists no pictures; expected an id a line; get the file again")
    return ids


def _objects(
    objects_path: Path, classes_path: Path, minimum_area_px: int
) -> Iterator[tuple[int, str, tuple[int, int, int, int]]]:
    """Yield value, category and box of the objects that have an outline of their own."""
    objects, classes = read_label_values(objects_path), read_label_values(classes_path)
    _require_size(classes_path, classes, objects_path, objects)
    for value in np.unique(objects).tolist():
        if value in (0, _BORDER):
            continue
        mask = objects == value
        kinds = np.unique(classes[mask]).tolist()
        if len(kinds) != 1 or not 1 <= kinds[0] <= len(VOC_CATEGORIES):
            raise ValueError(
                f"{classes_path}: object {value} of {objects_path} has the class values {kinds}; expected one of 1 to "
                f"{len(VOC_CATEGORIES)}; get both files again"
            )
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        cut = box[0] < 2 or box[1] < 2 or box[2] > mask.shape[1] - 2 or box[3] > mask.shape[0] - 2
        if not cut and np.count_nonzero(mask) >= minimum_area_px:
            yield value, VOC_CATEGORIES[kinds[0] - 1], box


def _require_size(path: Path, array: np.ndarray, other_path: Path, other: np.ndarray) -> None:
    if array.shape[:2] != other.shape[:2]:
        raise ValueError(
            f"{path}: size {array.shape[:2]} differs from {other.shape[:2]}, the size of {other_path}; expected "
            "(height, width) to be the same; get both files again"
        )
