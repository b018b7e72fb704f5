"""Sources of objects to paste, opened by the name of their layout."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal, get_args

from mgcda_core.datasets.coco_objects import coco_objects
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.datasets.rgba_objects import rgba_objects
from mgcda_core.datasets.street_categories import COCO_STREET_CATEGORIES, VOC_STREET_CATEGORIES
from mgcda_core.datasets.voc_objects import voc_objects

ObjectLayout = Literal["coco", "voc", "rgba"]
OBJECT_LAYOUTS = get_args(ObjectLayout)

STREET_CATEGORIES_OF: dict[str, tuple[str, ...]] = {
    "coco": tuple(COCO_STREET_CATEGORIES),
    "voc": tuple(VOC_STREET_CATEGORIES),
    "rgba": (),
}
"""What a street data set knows, by layout, and so is no anomaly; of a person's own cut-outs nothing is assumed."""


def open_objects(
    layout: ObjectLayout,
    root: Path,
    *,
    split: str | None = None,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    minimum_area_px: int = 900,
    maximum_side_px: int = 320,
) -> list[Cutout]:
    """Return the objects of a source in a fixed order; they are decoded when they are used.

    split: of coco ("train2017"; none for one annotation file with images/) and voc ("train" where nothing is said).
    include: only these categories. exclude: all but these; where neither is given, the street categories of the layout
    are left out. The filter looks at each object, not at what else its picture shows. minimum_area_px: smaller objects
    of coco and voc are left out. maximum_side_px: larger ones are scaled down to it.
    Raises ValueError for an argument that does not fit the layout, and naming the first folder or file that is wrong.
    """
    if layout not in OBJECT_LAYOUTS:
        raise ValueError(f"layout is {layout!r}; allowed: {', '.join(OBJECT_LAYOUTS)}")
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder; give the folder that holds a source of the layout {layout}")
    if maximum_side_px < 1:
        raise ValueError(f"maximum_side_px is {maximum_side_px}; it must be 1 or more")
    if exclude is None:
        exclude = STREET_CATEGORIES_OF[layout] if include is None else ()
    if layout == "rgba":
        if split is not None:
            raise ValueError(f"split is {split!r}, but a folder of cut-outs has none; leave it out")
        return rgba_objects(root, include=include, exclude=exclude, maximum_side_px=maximum_side_px)
    if layout == "voc":
        return voc_objects(
            root,
            split or "train",
            include=include,
            exclude=exclude,
            minimum_area_px=minimum_area_px,
            maximum_side_px=maximum_side_px,
        )
    return coco_objects(
        root,
        split,
        include=include,
        exclude=exclude,
        minimum_area_px=minimum_area_px,
        maximum_side_px=maximum_side_px,
    )
