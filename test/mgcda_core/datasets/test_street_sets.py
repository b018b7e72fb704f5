"""Every layout on disk opens by its name; what is missing or left over is named, whatever the layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mgcda_core.datasets.street_sets import STREET_LAYOUTS, open_street, splits_of

HEIGHT, WIDTH = 16, 24


class Case(NamedTuple):
    """A scene of a layout: where its files lie, and values for road, for void and one that the set lacks."""

    split: str
    picture: str
    label: str
    road: int
    void: int
    unlisted: int
    extra: dict[str, object] = {}


CLASS_FILE = {"labels": {"1": ["road"]}, "void": [255]}
CONFIG = {"labels": [{"name": "construction--flat--road"}, {"name": "void--unlabeled"}]}
CITY = "leftImg8bit/train/ulm/ulm_0_{}_leftImg8bit.png"
CASES = {
    "camvid": Case("train", "train/{}.png", "trainannot/{}.png", 3, 11, 12),
    "idd_lite": Case("train", "leftImg8bit/train/7/{}_image.jpg", "gtFine/train/7/{}_label.png", 0, 255, 7),
    "idd": Case("val", "leftImg8bit/val/7/{}_leftImg8bit.jpg", "gtFine/val/7/{}_gtFine_labellevel3Ids.png", 0, 255, 26),
    "cityscapes": Case("train", CITY, "gtFine/train/ulm/ulm_0_{}_gtFine_labelIds.png", 7, 4, 34),
    "bdd100k": Case("train", "images/10k/train/{}.jpg", "labels/sem_seg/masks/train/{}.png", 0, 255, 19),
    "mapillary": Case("training", "training/images/{}.jpg", "training/labels/{}.png", 0, 1, 2, {"config.json": CONFIG}),
    "pairs": Case("train", "train/images/{}.jpg", "train/labels/{}.png", 1, 255, 0, {"classes.json": CLASS_FILE}),
}


@pytest.fixture(params=CASES)
def layout(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def case(layout: str) -> Case:
    return CASES[layout]


@pytest.fixture
def root(tmp_path: Path, case: Case, write_picture: Callable) -> Path:
    """Return a sound set of two scenes: road at the left, void at the right."""
    for name in ("b", "a"):
        write_picture(tmp_path / case.picture.format(name), np.full((HEIGHT, WIDTH, 3), (230, 90, 10), np.uint8))
        labels = np.full((HEIGHT, WIDTH), case.road, np.uint8)
        labels[:, 12:] = case.void
        write_picture(tmp_path / case.label.format(name), labels)
    for name, content in case.extra.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


def test_every_layout_has_a_case() -> None:
    assert set(CASES) == set(STREET_LAYOUTS)


def test_scenes_are_found_in_the_order_of_their_ids_and_read(root: Path, layout: str, case: Case) -> None:
    scenes = open_street(layout, root, case.split)
    assert [scene.image_path for scene in scenes] == [root / case.picture.format(name) for name in "ab"]
    assert [scene.label_path for scene in scenes] == [root / case.label.format(name) for name in "ab"]
    image, allowed = scenes[0].read()
    assert image.shape == (HEIGHT, WIDTH, 3) and allowed.shape == (HEIGHT, WIDTH)
    assert np.unique(allowed[:, :12]).tolist() == [1 << 3], "road is the fourth street class"
    assert not allowed[:, 12:].any()


def test_the_same_set_reads_in_the_cityscapes_classes(root: Path, layout: str, case: Case) -> None:
    allowed = open_street(layout, root, case.split, class_list="cityscapes")[0].read()[1]
    assert np.unique(allowed[:, :12]).tolist() == [1], "road is the first Cityscapes class"
    assert not allowed[:, 12:].any()


def test_opening_twice_gives_the_same(root: Path, layout: str, case: Case) -> None:
    first, second = (open_street(layout, root, case.split) for _ in range(2))
    assert [scene.image_path for scene in first] == [scene.image_path for scene in second]
    for one, other in zip(first, second, strict=True):
        assert all(np.array_equal(*arrays) for arrays in zip(one.tables, other.tables, strict=True))


def test_a_missing_label_is_named(root: Path, layout: str, case: Case) -> None:
    (root / case.label.format("b")).unlink()
    with pytest.raises(ValueError, match="is missing; get the labels again") as raised:
        open_street(layout, root, case.split)
    assert str(raised.value).startswith(str(root / case.picture.format("b")))
    assert str(root / case.label.format("b")) in str(raised.value)


def test_a_label_without_a_picture_is_named(root: Path, layout: str, case: Case) -> None:
    (root / case.picture.format("b")).unlink()
    with pytest.raises(ValueError, match="a label without a picture") as raised:
        open_street(layout, root, case.split)
    assert str(raised.value).startswith(str(root / case.label.format("b")))


@pytest.mark.parametrize("which", ["picture", "label"])
def test_a_missing_folder_is_named(root: Path, layout: str, case: Case, which: str) -> None:
    top = root / Path(getattr(case, which)).parts[0]
    top = top if top.name not in ("train", "training") else (root / getattr(case, which)).parent
    top.rename(root / "elsewhere")
    with pytest.raises(ValueError, match=r"no such folder; expected .* below .*; give the folder that holds the set"):
        open_street(layout, root, case.split)


def test_a_folder_without_pictures_is_named(root: Path, layout: str, case: Case) -> None:
    for name in "ab":
        (root / case.picture.format(name)).unlink()
    with pytest.raises(ValueError, match="no pictures found; expected .*is this the data set's folder"):
        open_street(layout, root, case.split)


def test_a_value_that_the_set_lacks_is_named(root: Path, layout: str, case: Case, write_picture: Callable) -> None:
    write_picture(root / case.label.format("a"), np.full((HEIGHT, WIDTH), case.unlisted, np.uint8))
    with pytest.raises(ValueError, match=rf"label values \[{case.unlisted}\] are not in the class list"):
        open_street(layout, root, case.split)[0].read()


def test_training_and_validation_are_splits_on_disk(layout: str, case: Case) -> None:
    splits = splits_of(layout)
    assert case.split in splits
    expected = ("training", "validation") if layout == "mapillary" else ("train", "val")
    assert (splits.training, splits.validation) == expected
    assert (splits.test == "test") == (layout in ("camvid", "pairs"))


@pytest.mark.parametrize(
    ("layout", "arguments", "message"),
    [
        ("kitti", {"split": "train"}, "layout is 'kitti'; allowed: camvid, idd_lite, idd"),
        ("cityscapes", {"split": "test"}, "split is 'test'; allowed for cityscapes: 'train', 'val'"),
        ("camvid", {"split": None}, "split is None; allowed for camvid: 'train', 'val', 'test'"),
        ("camvid", {"split": "train", "class_file": Path("x")}, "camvid has classes of its own; leave it out"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(tmp_path: Path, layout: str, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_street(layout, tmp_path, **arguments)


def test_an_unknown_class_list_is_named(tmp_path: Path, write_picture: Callable) -> None:
    write_picture(tmp_path / "train" / "a.png", np.zeros((4, 4, 3), np.uint8))
    write_picture(tmp_path / "trainannot" / "a.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match="class_list is 'ade20k'; allowed: street, cityscapes"):
        open_street("camvid", tmp_path, "train", class_list="ade20k")


def test_a_missing_root_is_named(tmp_path: Path, layout: str) -> None:
    with pytest.raises(ValueError, match=f"nowhere: no such folder; give the folder that holds a set of .*{layout}"):
        open_street(layout, tmp_path / "nowhere", splits_of(layout).training)
