"""The two common lists of street classes, and how one reads in the other.

"street" is what the shipped weights know, "cityscapes" the 19 classes that Cityscapes is evaluated on. A label of a
coarse data set means "one of these classes", so every label value maps to a set of classes, kept as a bit mask: bit
c is set where class c is allowed. A mask of zero is void: nothing is known of the pixel.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

ClassList = Literal["street", "cityscapes"]

STREET_CLASSES: tuple[str, ...] = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
CITYSCAPES_CLASSES: tuple[str, ...] = (
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain",
    "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
)  # fmt: skip
"""In the order of the train ids: "road" is 0, "bicycle" is 18."""
CLASS_LISTS: dict[str, tuple[str, ...]] = {"street": STREET_CLASSES, "cityscapes": CITYSCAPES_CLASSES}

DRIVABLE_CLASSES: tuple[str, ...] = ("road",)
VOID = 255

CITYSCAPES_TO_STREET: dict[str, tuple[str, ...]] = {
    "road": ("road",),
    "sidewalk": ("pavement",),
    "building": ("building",),
    # The street classes are CamVid's eleven, which count walls among the buildings and traffic lights among the signs.
    "wall": ("building",),
    "fence": ("fence",),
    "pole": ("pole",),
    "traffic light": ("sign",),
    "traffic sign": ("sign",),
    "vegetation": ("tree",),
    "terrain": ("pavement", "tree"),  # grass and bare ground: CamVid has no class for them
    "sky": ("sky",),
    "person": ("pedestrian",),
    "rider": ("bicyclist",),
    "car": ("car",),
    "truck": ("car",),
    "bus": ("car",),
    "train": ("car",),
    "motorcycle": ("bicyclist",),
    "bicycle": ("bicyclist",),
}
"""The one table between the lists; a set of classes reads as the union of what its members read as."""


def to_street(names: Iterable[str]) -> tuple[str, ...]:
    """Return the street classes that a set of Cityscapes classes allows, in the list's order."""
    found = {street for name in names for street in CITYSCAPES_TO_STREET[name]}
    return tuple(name for name in STREET_CLASSES if name in found)


def to_cityscapes(names: Iterable[str]) -> tuple[str, ...]:
    """Return the Cityscapes classes that may read as one of the named street classes, in the list's order."""
    wanted = set(names)
    return tuple(name for name in CITYSCAPES_CLASSES if wanted & set(CITYSCAPES_TO_STREET[name]))


def require_class_list(class_list: str) -> None:
    """Raise ValueError for a name that is not one of the common class lists."""
    if class_list not in CLASS_LISTS:
        raise ValueError(f"class_list is {class_list!r}; allowed: {', '.join(get_args(ClassList))}")


def class_mask(names: Iterable[str], class_list: ClassList = "street") -> int:
    """Return the bit mask of the named classes; raises ValueError for a name that is not in the list."""
    return sum(1 << CLASS_LISTS[class_list].index(name) for name in names)
