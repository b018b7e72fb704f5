"""A coarse label of IDD Lite allows several classes."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.labels import label_tables
from mgcda_core.datasets.streets.idd_lite import IDD_LITE_LABELS

BY_VALUE = {label.value: label for label in IDD_LITE_LABELS}


@pytest.mark.parametrize(
    ("value", "street", "cityscapes"),
    [
        (0, {"road"}, {"road"}),
        (1, {"pavement", "tree"}, {"sidewalk", "terrain"}),
        (2, {"pedestrian", "bicyclist"}, {"person", "rider"}),
        (3, {"car", "bicyclist"}, {"car", "truck", "bus", "train", "motorcycle", "bicycle"}),
        (5, {"building", "tree"}, {"building", "vegetation"}),
        (6, {"sky"}, {"sky"}),
        (255, set(), set()),
    ],
)
def test_a_label_allows_several_classes(value: int, street: set[str], cityscapes: set[str]) -> None:
    assert set(BY_VALUE[value].classes("street")) == street
    assert set(BY_VALUE[value].classes("cityscapes")) == cityscapes


def test_there_are_seven_classes_and_void() -> None:
    assert np.flatnonzero(label_tables(IDD_LITE_LABELS).listed).tolist() == [0, 1, 2, 3, 4, 5, 6, 255]


def test_the_masks_that_the_shipped_weights_learned_from_stay() -> None:
    # Bits: sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist.
    expected = [0b1000, 0b110000, 0b11000000000, 0b10100000000, 0b11010110, 0b100010, 0b1]
    assert label_tables(IDD_LITE_LABELS).allowed[:7].tolist() == expected
