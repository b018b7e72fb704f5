"""IDD at level 3 and by ids, against a sample of its published label table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.street_sets import open_street
from mgcda_core.datasets.streets.idd import IDD_ID_LABELS, IDD_LEVEL3_LABELS

# Name, id, level-3 id and Cityscapes name of rows of AutoNUE's helpers/anue_labels.py.
PUBLISHED = [
    ("road", 0, 0, "road"),
    ("sidewalk", 3, 2, "sidewalk"),
    ("person", 6, 4, "person"),
    ("rider", 8, 5, "rider"),
    ("motorcycle", 9, 6, "motorcycle"),
    ("bicycle", 10, 7, "bicycle"),
    ("car", 12, 9, "car"),
    ("truck", 13, 10, "truck"),
    ("bus", 14, 11, "bus"),
    ("wall", 20, 14, "wall"),
    ("fence", 21, 15, "fence"),
    ("traffic sign", 24, 18, "traffic sign"),
    ("traffic light", 25, 19, "traffic light"),
    ("pole", 26, 20, "pole"),
    ("building", 29, 22, "building"),
    ("vegetation", 32, 24, "vegetation"),
    ("sky", 33, 25, "sky"),
]
IDS = {label.value: label for label in IDD_ID_LABELS}
LEVEL3 = {label.value: label for label in IDD_LEVEL3_LABELS}


@pytest.mark.parametrize(("name", "id_", "level3", "cityscapes"), PUBLISHED)
def test_a_class_has_its_published_numbers(name: str, id_: int, level3: int, cityscapes: str) -> None:
    assert IDS[id_].name == name and IDS[id_].cityscapes == (cityscapes,)
    assert name in LEVEL3[level3].name and LEVEL3[level3].cityscapes == (cityscapes,)


def test_both_tables_are_whole() -> None:
    assert list(LEVEL3) == [*range(26), 255]
    assert list(IDS) == list(range(40))


def test_artefacts_are_told_apart_where_the_ids_do() -> None:
    assert {label.name for label in IDD_ID_LABELS if label.artefact} == {
        "ego vehicle", "rectification border", "out of roi",
    }  # fmt: skip
    assert IDS[35].cityscapes == () and not IDS[35].artefact
    assert LEVEL3[255].artefact, "one value for all of them: an unknown thing cannot be told from a bonnet"
    assert IDS[7].name == "animal" and IDS[7].cityscapes == ()


def lay_out(root: Path, write_picture: Callable, *ends: str) -> None:
    write_picture(root / "leftImg8bit/train/3/x_leftImg8bit.png", np.zeros((4, 4, 3), np.uint8))
    for end in ends:
        write_picture(root / f"gtFine/train/3/x_gtFine_{end}.png", np.full((4, 4), 9, np.uint8))


@pytest.mark.parametrize(
    ("ends", "bit"),
    [(["labellevel3Ids"], 13), (["labelids"], 17), (["labelids", "labellevel3Ids"], 13), (["labelLevel3Ids"], 13)],
    ids=["level 3", "ids", "both", "other case"],
)
def test_level_3_is_taken_where_it_is_there(tmp_path: Path, write_picture: Callable, ends: list[str], bit: int) -> None:
    """9 is a car at level 3 and a motorcycle by its id."""
    lay_out(tmp_path, write_picture, *ends)
    (scene,) = open_street("idd", tmp_path, "train", class_list="cityscapes")
    assert np.unique(scene.read()[1]).tolist() == [1 << bit]


def test_without_label_images_the_remedy_is_named(tmp_path: Path, write_picture: Callable) -> None:
    lay_out(tmp_path, write_picture)
    (tmp_path / "gtFine/train/3").mkdir(parents=True)
    (tmp_path / "gtFine/train/3/x_gtFine_polygons.json").write_text("{}")
    with pytest.raises(ValueError, match=r"gtFine.train: no label images found; .*createLabels\.py --id-type level3Id"):
        open_street("idd", tmp_path, "train")
