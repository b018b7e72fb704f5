"""Street sets on disk, opened by the name of their layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from mgcda_core.datasets.classes import ClassList
from mgcda_core.datasets.labels import label_tables
from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.datasets.streets import bdd100k, camvid, cityscapes, idd, idd_lite, mapillary, pairs
from mgcda_core.datasets.streets.files import Splits, StreetFiles

StreetLayout = Literal["camvid", "idd_lite", "idd", "cityscapes", "bdd100k", "mapillary", "pairs"]
STREET_LAYOUTS = get_args(StreetLayout)


class _Layout(NamedTuple):
    find: Callable[[Path, str], StreetFiles]
    splits: Splits


_LAYOUTS: dict[str, _Layout] = {
    "camvid": _Layout(camvid.camvid, camvid.SPLITS),
    "idd_lite": _Layout(idd_lite.idd_lite, idd_lite.SPLITS),
    "idd": _Layout(idd.idd, idd.SPLITS),
    "cityscapes": _Layout(cityscapes.cityscapes, cityscapes.SPLITS),
    "bdd100k": _Layout(bdd100k.bdd100k, bdd100k.SPLITS),
    "mapillary": _Layout(mapillary.mapillary, mapillary.SPLITS),
    "pairs": _Layout(pairs.pairs, pairs.SPLITS),
}


def open_street(
    layout: StreetLayout,
    root: Path,
    split: str | None,
    *,
    class_list: ClassList = "street",
    class_file: Path | None = None,
) -> list[StreetScene]:
    """Return the scenes of a split, ordered by id; only file names are looked at (street_check.py looks into them).

    split: the name on disk, splits_of() lists them; None for a set of pairs without splits. class_list: the common
    classes that labels are read in. class_file: of pairs, where it is not classes.json below root.
    Raises ValueError for an argument that does not fit the layout, for a folder that is missing or has no pictures, and
    naming the first picture without a label or label without a picture.
    """
    splits = splits_of(layout)
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder; give the folder that holds a set of the layout {layout}")
    allowed = [name for name in splits if name] + ([None] if layout == "pairs" else [])
    if split not in allowed:
        raise ValueError(f"{root}: split is {split!r}; allowed for {layout}: {', '.join(map(repr, allowed))}")
    if class_file is not None and layout != "pairs":
        raise ValueError(f"class_file is {class_file}, but {layout} has classes of its own; leave it out")
    found = pairs.pairs(root, split, class_file) if layout == "pairs" else _LAYOUTS[layout].find(root, str(split))
    tables = label_tables(found.labels, class_list)
    return [StreetScene(image, label, tables) for image, label in found.pairs]


def splits_of(layout: StreetLayout) -> Splits:
    """Return a layout's splits by what they are for; raises ValueError for a layout that does not exist."""
    if layout not in STREET_LAYOUTS:
        raise ValueError(f"layout is {layout!r}; allowed: {', '.join(STREET_LAYOUTS)}")
    return _LAYOUTS[layout].splits
