"""The two common class lists, and how one reads in the other."""

from __future__ import annotations

import pytest
from torchvision.datasets import Cityscapes

from mgcda_core.datasets.classes import (
    CITYSCAPES_CLASSES,
    CITYSCAPES_TO_STREET,
    STREET_CLASSES,
    class_mask,
    to_cityscapes,
    to_street,
)


def test_the_cityscapes_list_is_in_the_order_of_the_published_train_ids() -> None:
    published = {item.train_id: item.name for item in Cityscapes.classes if 0 <= item.train_id < 255}
    assert dict(enumerate(CITYSCAPES_CLASSES)) == published
    assert CITYSCAPES_CLASSES[0] == "road" and CITYSCAPES_CLASSES[13] == "car" and CITYSCAPES_CLASSES[18] == "bicycle"


def test_the_table_between_the_lists_covers_both() -> None:
    assert set(CITYSCAPES_TO_STREET) == set(CITYSCAPES_CLASSES)
    assert {name for names in CITYSCAPES_TO_STREET.values() for name in names} == set(STREET_CLASSES)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("sidewalk",), ("pavement",)),
        (("truck", "bus"), ("car",)),
        (("rider", "person"), ("pedestrian", "bicyclist")),
        (("wall",), ("building",)),  # CamVid's eleven classes count walls among the buildings
        (("terrain", "vegetation"), ("pavement", "tree")),
        ((), ()),
    ],
)
def test_a_set_of_cityscapes_classes_reads_as_street_classes(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert to_street(names) == expected


def test_a_street_class_reads_as_every_class_that_may_become_it() -> None:
    assert to_cityscapes(["car"]) == ("car", "truck", "bus", "train")
    assert to_cityscapes(["bicyclist"]) == ("rider", "motorcycle", "bicycle")
    assert to_cityscapes(["road"]) == ("road",)
    assert to_cityscapes([]) == ()


def test_a_mask_has_a_bit_per_class_of_its_list() -> None:
    assert class_mask(["sky"]) == 1 and class_mask(["sky"], "cityscapes") == 2**10
    assert class_mask(["sky", "bicyclist"]) == 1 + 2**10
    assert class_mask(["road", "bicycle"], "cityscapes") == 1 + 2**18
    assert class_mask([]) == 0


@pytest.mark.parametrize("name", ["dragon", "sidewalk"], ids=["no class", "class of the other list"])
def test_an_unknown_class_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        class_mask(["road", name])
