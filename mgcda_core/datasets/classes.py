"""The semantic classes of the shipped weights, and how each data set's labels read in them.

A label of a coarse data set means "one of these classes", so every label value maps to a set of classes, kept as
a bit mask: bit c is set where class c is allowed. A mask of zero is void: nothing is known of the pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

STREET_CLASSES: tuple[str, ...] = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
DRIVABLE_CLASSES: tuple[str, ...] = ("road",)
VOID = 255

CAMVID_LABELS: dict[int, tuple[str, ...]] = {index: (name,) for index, name in enumerate(STREET_CLASSES)}

IDD_LITE_LABELS: dict[int, tuple[str, ...]] = {
    0: ("road",),
    1: ("pavement", "tree"),  # "non-drivable": pavements and the unpaved strip beside the road
    2: ("pedestrian", "bicyclist"),
    3: ("car", "bicyclist"),  # "vehicles" holds two-wheelers, which CamVid labels with their rider
    4: ("pole", "sign", "fence", "building", "pavement"),  # "roadside objects" holds walls and kerbs
    5: ("building", "tree"),
    6: ("sky",),
}


def class_mask(names: Iterable[str]) -> int:
    """Return the bit mask of the named classes; raises ValueError for a name that is not a street class."""
    return sum(1 << STREET_CLASSES.index(name) for name in names)


def label_table(labels: Mapping[int, tuple[str, ...]]) -> np.ndarray:
    """Return uint16 (256,), label value -> mask of allowed classes; values not listed are void (0)."""
    table = np.zeros(256, np.uint16)
    for value, names in labels.items():
        table[value] = class_mask(names)
    return table
