"""Objects cut out of Pascal VOC: by the value in the object mask, with the class of the class mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.street_categories import VOC_STREET_CATEGORIES
from mgcda_core.datasets.voc_objects import VOC_CATEGORIES, voc_objects

DOG, PERSON, SHEEP = 12, 15, 17
HEIGHT, WIDTH = 80, 100


def save_palette(path: Path, values: np.ndarray) -> None:
    """Write a mask as VOC does: numbers of a palette whose colours mean nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values).convert("P")
    image.putdata(values.ravel().tolist())
    image.putpalette([7, 200, 90] * 256)
    image.save(path)


def masks() -> tuple[np.ndarray, np.ndarray]:
    """Return object and class mask: a dog at the left, a person at the right, a sheep cut by the lower border."""
    objects = np.zeros((HEIGHT, WIDTH), np.uint8)
    objects[10:45, 9:46] = 255
    objects[11:44, 10:45] = 1
    objects[10:50, 60:95] = 2
    objects[55:, 20:60] = 5
    classes = np.zeros_like(objects)
    for value, kind in ((1, DOG), (2, PERSON), (5, SHEEP), (255, 255)):
        classes[objects == value] = kind
    return objects, classes


@pytest.fixture
def root(tmp_path: Path, write_picture: Callable, make_picture: Callable) -> Path:
    """Return a set whose list has two pictures, b before a."""
    for name in ("a", "b"):
        write_picture(tmp_path / "JPEGImages" / f"{name}.jpg", make_picture(HEIGHT, WIDTH, ord(name)))
        for folder, values in zip(("SegmentationObject", "SegmentationClass"), masks(), strict=True):
            save_palette(tmp_path / folder / f"{name}.png", values)
    listing = tmp_path / "ImageSets" / "Segmentation"
    listing.mkdir(parents=True)
    (listing / "train.txt").write_text("b\na\n")
    (listing / "val.txt").write_text("a\n")
    return tmp_path


def test_the_published_class_numbers() -> None:
    numbers = {number: VOC_CATEGORIES[number - 1] for number in (1, 2, 6, 7, 12, 14, 15, 19, 20)}
    assert numbers == {
        1: "aeroplane", 2: "bicycle", 6: "bus", 7: "car", 12: "dog", 14: "motorbike", 15: "person", 19: "train",
        20: "tvmonitor",
    }  # fmt: skip
    assert len(VOC_CATEGORIES) == 20 and set(VOC_STREET_CATEGORIES) < set(VOC_CATEGORIES)


def test_objects_come_in_the_order_of_the_list_without_the_border_and_the_street(root: Path) -> None:
    found = voc_objects(root)
    assert [(cutout.category, cutout.image_id) for cutout in found] == [("dog", "b"), ("dog", "a")]
    assert [cutout.category for cutout in voc_objects(root, "val", include=["person"], exclude=())] == ["person"]


def test_a_cutout_is_the_picture_inside_the_mask(root: Path) -> None:
    dog, person = voc_objects(root, "val", exclude=())
    with Image.open(root / "JPEGImages" / "a.jpg") as picture:
        expected = np.asarray(picture)[11:44, 10:45]
    assert dog.image.shape == (33, 35, 3)
    np.testing.assert_allclose(dog.image.astype(int), expected, atol=4)  # two decoders of JPEG
    assert (dog.alpha == 255).all() and dog.alpha.dtype == np.uint8
    assert person.alpha.shape == (40, 35)


def test_small_objects_are_left_out_and_large_ones_scaled_down(root: Path) -> None:
    assert [item.category for item in voc_objects(root, "val", exclude=(), minimum_area_px=1300)] == ["person"]
    assert voc_objects(root, "val", include=["person"], exclude=(), maximum_side_px=20)[0].alpha.shape == (20, 18)


@pytest.mark.parametrize("folder", ["JPEGImages", "SegmentationObject", "SegmentationClass"])
def test_a_missing_file_is_named(root: Path, folder: str) -> None:
    next((root / folder).glob("b.*")).unlink()
    with pytest.raises(ValueError, match=rf"{folder}.b\.\w+: no such file; .*train\.txt lists b"):
        voc_objects(root)


def test_a_list_that_is_missing_or_empty_is_named(root: Path) -> None:
    with pytest.raises(ValueError, match=r"trainval\.txt: no such file; expected a list of ids"):
        voc_objects(root, "trainval")
    (root / "ImageSets/Segmentation/val.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"val\.txt: lists no pictures"):
        voc_objects(root, "val")


def test_masks_that_disagree_are_named(root: Path) -> None:
    objects, classes = masks()
    save_palette(root / "SegmentationClass/a.png", classes[:-1])
    with pytest.raises(ValueError, match=r"SegmentationClass.a\.png: size \(79, 100\) differs from \(80, 100\)"):
        voc_objects(root, "val")
    classes[12, 12] = SHEEP
    save_palette(root / "SegmentationClass/a.png", classes)
    with pytest.raises(ValueError, match=r"SegmentationClass.a\.png: object 1 of .* has the class values \[12, 17\]"):
        voc_objects(root, "val")


def test_broken_files_are_named(root: Path, write_picture: Callable, make_picture: Callable) -> None:
    write_picture(root / "JPEGImages/a.jpg", make_picture(60, 60))
    with pytest.raises(ValueError, match=r"SegmentationObject.a\.png: size \(80, 100\) differs from \(60, 60\)"):
        _ = voc_objects(root, "val")[0].image
    (root / "SegmentationObject/a.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"SegmentationObject.a\.png: unreadable"):
        voc_objects(root, "val")


def test_a_category_that_voc_lacks_is_named(root: Path) -> None:
    with pytest.raises(ValueError, match=r"categories \['motorcycle'\] are not in the set"):
        voc_objects(root, exclude=["motorcycle"])
