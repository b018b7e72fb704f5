"""Objects cut out of COCO: which are taken, for what, along which outline, and only when they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.datasets.coco_objects import coco_objects
from mgcda_core.datasets.street_categories import COCO_STREET_CATEGORIES, STREET_CLASS_OF

PERSON, CAR, DOG, CHAIR = 1, 3, 18, 62
CROWD = {"size": [120, 160], "counts": [19200]}


@pytest.fixture
def lay_out(tmp_path: Path, coco_tools: tuple, make_picture: Callable) -> Callable[..., Path]:
    """Return a function that writes a set of one 120 x 160 picture with the given annotations."""

    def write(*annotations: dict, pictures: tuple[int, ...] = (1,)) -> Path:
        coco_tools[0](tmp_path, list(annotations), {number: make_picture(120, 160, number) for number in pictures})
        return tmp_path

    return write


@pytest.fixture(scope="session")
def box(coco_tools: tuple) -> Callable[..., dict]:
    return coco_tools[1]


def test_objects_of_the_street_are_left_out_unless_asked_for(lay_out: Callable, box: Callable) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40), box(1, PERSON, 60, 10, 40, 40), box(1, CAR, 60, 60, 40, 40))
    (found,) = coco_objects(root)
    assert (found.category, found.image_id) == ("dog", 1)
    assert [cutout.category for cutout in coco_objects(root, exclude=())] == ["dog", "person", "car"]


def test_every_street_category_reads_as_one_of_our_classes() -> None:
    assert set(STREET_CLASS_OF.values()) <= set(STREET_CLASSES)
    # method.md, section 2: the categories that the reference excludes.
    expected = {"person", "bicycle", "car", "motorcycle", "bus", "train", "truck", "traffic light", "stop sign"}
    assert set(COCO_STREET_CATEGORIES) == expected


@pytest.mark.parametrize(
    "left_out",
    [
        lambda box: box(1, DOG, 0, 30, 40, 40),
        lambda box: box(1, DOG, 30, 1.5, 40, 40),
        lambda box: box(1, DOG, 119, 30, 40, 40),
        lambda box: box(1, DOG, 30, 79, 40, 40),
        lambda box: box(1, DOG, 30, 30, 29, 30),
        lambda box: {**box(1, DOG, 30, 30, 40, 40), "iscrowd": 1, "segmentation": CROWD},
    ],
    ids=["cut left", "cut above", "cut right", "cut below", "small", "crowd"],
)
def test_what_has_no_outline_of_its_own_is_left_out(lay_out: Callable, box: Callable, left_out: Callable) -> None:
    found = coco_objects(lay_out(left_out(box), box(1, CHAIR, 60, 30, 30, 30)), exclude=())
    assert [cutout.category for cutout in found] == ["chair"]


def test_the_cutout_is_the_picture_inside_the_outline(lay_out: Callable, box: Callable, make_picture: Callable) -> None:
    triangle = box(1, DOG, 20, 30, 60, 40)
    triangle["segmentation"] = [[20, 30, 80, 30, 20, 70]]
    triangle["area"] = 1200
    (cutout,) = coco_objects(lay_out(triangle))
    assert np.array_equal(cutout.image, make_picture(120, 160, 1)[30:70, 20:80])
    rows, columns = np.mgrid[:40, :60] + 0.5
    inside = columns / 60 + rows / 40
    assert (cutout.alpha[inside < 0.95] == 255).all() and (cutout.alpha[inside > 1.05] == 0).all()


def test_a_large_object_is_scaled_down_in_proportion(lay_out: Callable, box: Callable) -> None:
    (cutout,) = coco_objects(lay_out(box(1, DOG, 10, 10, 100, 50)), maximum_side_px=40)
    assert cutout.image.shape == (20, 40, 3) and cutout.alpha.shape == (20, 40)


def test_the_annotation_file_must_be_there_and_alone(tmp_path: Path, lay_out: Callable, box: Callable) -> None:
    with pytest.raises(ValueError, match="expected one annotation file, found 0"):
        coco_objects(tmp_path)
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "annotations" / "more.json").write_text("{}")
    with pytest.raises(ValueError, match="expected one annotation file, found 2"):
        coco_objects(root)


def test_a_missing_picture_is_named(lay_out: Callable, box: Callable) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "images" / "000000000001.png").unlink()
    with pytest.raises(ValueError, match="000000000001.png: no such picture; instances.json lists it"):
        coco_objects(root)


def test_a_picture_without_usable_objects_need_not_be_there(lay_out: Callable, box: Callable) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40), box(2, DOG, 0, 10, 40, 40), pictures=(1, 2))
    (root / "images" / "000000000002.png").unlink()
    assert len(coco_objects(root)) == 1


def test_pictures_are_decoded_only_when_they_are_looked_at(lay_out: Callable, box: Callable) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "images" / "000000000001.png").write_bytes(b"not a picture")
    (cutout,) = coco_objects(root)
    assert (cutout.category, cutout.image_id) == ("dog", 1)
    for name in ("image", "alpha"):
        with pytest.raises(ValueError, match="000000000001.png: not a readable picture"):
            getattr(cutout, name)


def test_a_picture_of_another_size_is_named(
    lay_out: Callable, box: Callable, write_picture: Callable, make_picture: Callable
) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    write_picture(root / "images" / "000000000001.png", make_picture(160, 120))
    with pytest.raises(ValueError, match=r"000000000001.png: size \(160, 120\) differs from \(120, 160\)"):
        _ = coco_objects(root)[0].alpha


def test_the_order_is_that_of_picture_numbers_and_then_of_the_file(lay_out: Callable, box: Callable) -> None:
    objects = [box(3, CHAIR, 10, 10, 40, 40), box(2, DOG, 10, 10, 40, 40), box(2, CHAIR, 60, 10, 40, 40)]
    unknown = coco_objects(lay_out(*objects, pictures=(3, 2)))
    assert [(cutout.image_id, cutout.category) for cutout in unknown] == [(2, "dog"), (2, "chair"), (3, "chair")]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, ["dog", "chair"]),
        ({"include": ["dog"]}, ["dog"]),
        ({"include": ["person", "dog"], "exclude": ()}, ["person", "dog"]),
        ({"exclude": ["chair"]}, ["person", "dog"]),
        ({"exclude": ["chair", "train"]}, ["person", "dog"]),
        ({"include": ["dog", "chair"], "exclude": ["dog"]}, ["chair"]),
    ],
)
def test_categories_are_chosen_object_by_object(lay_out: Callable, box: Callable, choice: dict, expected: list) -> None:
    root = lay_out(box(1, PERSON, 10, 10, 40, 40), box(1, DOG, 60, 10, 40, 40), box(1, CHAIR, 60, 60, 40, 40))
    assert [cutout.category for cutout in coco_objects(root, **choice)] == expected


@pytest.mark.parametrize("choice", [{"include": ["dgo"]}, {"exclude": ["dgo"]}], ids=["include", "exclude"])
def test_a_category_that_the_set_lacks_is_named(lay_out: Callable, box: Callable, choice: dict) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    with pytest.raises(ValueError, match=r"categories \['dgo'\] are not in the set; it has car, chair, dog, person"):
        coco_objects(root, **choice)


@pytest.mark.parametrize("folder", ["val2017", "images/val2017"])
def test_a_split_is_read_in_coco_s_own_layout(lay_out: Callable, box: Callable, folder: str) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "images").rename(root / "pictures")
    (root / folder).parent.mkdir(exist_ok=True)
    (root / "pictures").rename(root / folder)
    (root / "annotations" / "instances.json").rename(root / "annotations" / "instances_val2017.json")
    (root / "annotations" / "captions_val2017.json").write_text("{}")
    assert [cutout.image.shape for cutout in coco_objects(root, "val2017")] == [(40, 40, 3)]
    with pytest.raises(ValueError, match=r"instances_train2017\.json: no such file"):
        coco_objects(root, "train2017")


def test_a_missing_folder_of_pictures_is_named(lay_out: Callable, box: Callable) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "images").rename(root / "pictures")
    with pytest.raises(ValueError, match="images: no such folder; expected the pictures that instances.json lists"):
        coco_objects(root)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"images": []}', '{"images": [], "annotations": [], "categories": []}']
)
def test_a_file_that_holds_no_annotations_is_named(lay_out: Callable, box: Callable, content: str) -> None:
    root = lay_out(box(1, DOG, 10, 10, 40, 40))
    (root / "annotations" / "instances.json").write_text(content)
    with pytest.raises(ValueError, match=r"instances\.json: (not COCO annotations|has no annotations)"):
        coco_objects(root)
