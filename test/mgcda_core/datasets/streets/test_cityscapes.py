"""Cityscapes' label ids against the published table, as torchvision carries it."""

from __future__ import annotations

import pytest
from torchvision.datasets import Cityscapes

from mgcda_core.datasets.streets.cityscapes import CITYSCAPES_LABELS

PUBLISHED = {item.id: item for item in Cityscapes.classes if item.id >= 0}
OURS = {label.value: label for label in CITYSCAPES_LABELS}


def test_every_id_has_its_published_name() -> None:
    assert {value: label.name for value, label in OURS.items()} == {id_: item.name for id_, item in PUBLISHED.items()}


@pytest.mark.parametrize("id_", PUBLISHED)
def test_an_evaluated_class_is_itself_and_the_category_void_is_void(id_: int) -> None:
    if not PUBLISHED[id_].ignore_in_eval:
        assert OURS[id_].cityscapes == (PUBLISHED[id_].name,)
    elif PUBLISHED[id_].category == "void":
        assert OURS[id_].cityscapes == () == OURS[id_].classes("street")
    else:
        assert OURS[id_].cityscapes and PUBLISHED[id_].name not in OURS[id_].cityscapes


def test_only_what_belongs_to_the_camera_is_an_artefact() -> None:
    assert [value for value, label in OURS.items() if label.artefact] == [1, 2, 3]


@pytest.mark.parametrize(
    ("id_", "street"),
    [(7, ("road",)), (8, ("pavement",)), (12, ("building",)), (21, ("tree",)), (25, ("bicyclist",)), (27, ("car",))],
)
def test_a_class_reads_as_a_street_class(id_: int, street: tuple[str, ...]) -> None:
    assert OURS[id_].classes("street") == street
