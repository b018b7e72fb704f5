"""CamVid's eleven classes are the street list itself, and the renderer labels as CamVid does."""

from __future__ import annotations

import numpy as np

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.datasets.labels import label_tables
from mgcda_core.datasets.streets.camvid import CAMVID_LABELS
from mgcda_core.simulation import style

# CamVid's eleven classes in the order of the SegNet split.
ORDER = "sky building pole road pavement tree sign fence car pedestrian bicyclist".split()


def test_every_value_is_one_class_and_the_rest_is_void() -> None:
    tables = label_tables(CAMVID_LABELS)
    assert list(STREET_CLASSES) == ORDER
    assert tables.allowed[:11].tolist() == [2**bit for bit in range(11)]
    assert not tables.allowed[11:].any()
    assert np.flatnonzero(tables.listed).tolist() == [*range(12), 255]
    assert not tables.artefact.any(), "the set's void is what nobody labelled in the scene"


def test_the_renderer_labels_as_camvid_does() -> None:
    assert [getattr(style, name.upper()) for name in STREET_CLASSES] == list(range(11))
    assert label_tables(CAMVID_LABELS).allowed[style.VOID] == 0
    assert label_tables(CAMVID_LABELS).listed[style.VOID]
