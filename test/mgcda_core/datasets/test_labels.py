"""Tables by label value: masks that survive what is done to labels, void told from artefacts, no value forgotten."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.classes import CITYSCAPES_CLASSES, STREET_CLASSES
from mgcda_core.datasets.labels import Label, label_tables
from mgcda_core.datasets.streets.bdd100k import BDD100K_LABELS
from mgcda_core.datasets.streets.camvid import CAMVID_LABELS
from mgcda_core.datasets.streets.cityscapes import CITYSCAPES_LABELS
from mgcda_core.datasets.streets.idd import IDD_ID_LABELS, IDD_LEVEL3_LABELS
from mgcda_core.datasets.streets.idd_lite import IDD_LITE_LABELS

SETS = {
    "camvid": CAMVID_LABELS,
    "idd_lite": IDD_LITE_LABELS,
    "idd level 3": IDD_LEVEL3_LABELS,
    "idd ids": IDD_ID_LABELS,
    "cityscapes": CITYSCAPES_LABELS,
    "bdd100k": BDD100K_LABELS,
}
LABELS = (
    Label(3, "tarmac", ("road",)),
    Label(4, "verge", ("sidewalk", "terrain"), ("pavement",)),
    Label(7, "cycle", ("bicycle",)),
    Label(8, "unlabelled"),
    Label(9, "bonnet", artefact=True),
)


def test_a_value_becomes_the_mask_of_its_classes_in_either_list() -> None:
    street, cityscapes = label_tables(LABELS).allowed, label_tables(LABELS, "cityscapes").allowed
    assert {value: int(street[value]) for value in np.flatnonzero(street)} == {3: 2**3, 4: 2**4, 7: 2**10}
    assert {value: int(cityscapes[value]) for value in np.flatnonzero(cityscapes)} == {
        3: 2**0,
        4: 2**1 + 2**9,
        7: 2**18,
    }


def test_void_is_told_from_artefacts_and_from_values_that_the_set_lacks() -> None:
    tables = label_tables(LABELS)
    assert np.flatnonzero(tables.artefact).tolist() == [9]
    assert np.flatnonzero(tables.listed).tolist() == [3, 4, 7, 8, 9]
    assert np.flatnonzero(tables.listed & (tables.allowed == 0) & ~tables.artefact).tolist() == [8]
    assert [(table.shape, table.dtype) for table in tables] == [((256,), np.int32), ((256,), bool), ((256,), bool)]


def test_opencv_resizes_and_pads_the_masks_of_19_classes_unchanged() -> None:
    allowed = label_tables(LABELS, "cityscapes").allowed[np.array([[3, 7], [4, 8]])]
    larger = cv2.resize(allowed, (4, 4), interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(larger, np.kron(allowed, np.ones((2, 2), int)))
    padded = cv2.copyMakeBorder(allowed, 0, 1, 0, 1, cv2.BORDER_CONSTANT, value=0)
    assert np.array_equal(padded, np.pad(allowed, ((0, 1), (0, 1))))


@pytest.mark.parametrize(
    ("labels", "class_list", "message"),
    [
        ((Label(1, "a"), Label(1, "b")), "street", r"label value 1 \(b\): listed twice"),
        ((Label(256, "a"),), "street", "outside of 0 to 255"),
        ((Label(-1, "license plate"),), "street", "outside of 0 to 255"),
        ((Label(1, "a", ("road",), artefact=True),), "street", "an artefact of the camera has no class"),
        ((), "coco", "class_list is 'coco'; allowed: street, cityscapes"),
    ],
)
def test_labels_that_contradict_themselves_are_refused(labels: tuple, class_list: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        label_tables(labels, class_list)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("class_list", "classes"), [("street", STREET_CLASSES), ("cityscapes", CITYSCAPES_CLASSES)])
def test_every_set_teaches_every_class(name: str, class_list: str, classes: tuple[str, ...]) -> None:
    tables = label_tables(SETS[name], class_list)
    taught = np.bitwise_or.reduce(tables.allowed)
    assert taught == 2 ** len(classes) - 1
    assert not (tables.artefact & (tables.allowed > 0)).any()


@pytest.mark.parametrize("name", SETS)
def test_a_value_is_void_in_both_lists_or_in_none(name: str) -> None:
    street, cityscapes = (label_tables(SETS[name], class_list).allowed for class_list in ("street", "cityscapes"))
    assert np.array_equal(street == 0, cityscapes == 0)
