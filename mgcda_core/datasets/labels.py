"""What the label values of a data set mean: written once per set, turned into tables for a common class list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from mgcda_core.datasets.classes import ClassList, class_mask, require_class_list, to_street


class Label(NamedTuple):
    """One label value of a data set; name is the set's own.

    cityscapes: the Cityscapes classes that the value may mean, none where it is void. street: the street classes, where
    a coarse set was read by hand; otherwise they follow from cityscapes. artefact: void that belongs to the camera and
    not to the scene (ego vehicle, rectification border, out of the region of interest), or may do so.
    """

    value: int
    name: str
    cityscapes: tuple[str, ...] = ()
    street: tuple[str, ...] | None = None
    artefact: bool = False

    def classes(self, class_list: ClassList) -> tuple[str, ...]:
        """Return the allowed classes of a common list, none where the value is void."""
        if class_list == "cityscapes":
            return self.cityscapes
        return to_street(self.cityscapes) if self.street is None else self.street


class LabelTables(NamedTuple):
    """Tables by label value, each of shape (256,).

    allowed: int32, mask of allowed classes, 0 where void; int32 because OpenCV resizes and pads it in versions 4 and
    5, uint32 only in 5, and 19 classes do not fit into uint16. artefact: bool, void of the camera, not of the scene.
    listed: bool, values that the set may contain.
    """

    allowed: np.ndarray
    artefact: np.ndarray
    listed: np.ndarray


def label_tables(labels: Iterable[Label], class_list: ClassList = "street") -> LabelTables:
    """Return the tables of a set's labels for a common class list.

    Raises ValueError for an unknown class list or class, a value twice or outside of 0 to 255, and a class that is an
    artefact.
    """
    require_class_list(class_list)
    tables = LabelTables(np.zeros(256, np.int32), np.zeros(256, bool), np.zeros(256, bool))
    for label in labels:
        if not 0 <= label.value <= 255 or tables.listed[label.value]:
            raise ValueError(f"label value {label.value} ({label.name}): listed twice or outside of 0 to 255")
        if label.artefact and label.cityscapes:
            raise ValueError(f"label value {label.value} ({label.name}): an artefact of the camera has no class")
        tables.allowed[label.value] = class_mask(label.classes(class_list), class_list)
        tables.artefact[label.value] = label.artefact
        tables.listed[label.value] = True
    return tables
