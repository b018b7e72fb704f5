"""BDD100K's masks hold Cityscapes' train ids."""

from __future__ import annotations

import pytest

from mgcda_core.datasets.streets.bdd100k import BDD100K_LABELS

BY_VALUE = {label.value: label for label in BDD100K_LABELS}


@pytest.mark.parametrize(
    ("value", "name"), [(0, "road"), (1, "sidewalk"), (6, "traffic light"), (10, "sky"), (13, "car"), (18, "bicycle")]
)
def test_a_value_is_a_train_id(value: int, name: str) -> None:
    assert BY_VALUE[value].name == name and BY_VALUE[value].cityscapes == (name,)


def test_void_may_be_the_cars_own_bonnet() -> None:
    assert list(BY_VALUE) == [*range(19), 255]
    assert BY_VALUE[255].artefact and BY_VALUE[255].cityscapes == ()
