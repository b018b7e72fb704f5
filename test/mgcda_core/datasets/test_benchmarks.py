"""Benchmark sets on disk: every layout that is read, and the first wrong file named where one is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.benchmarks import pairs

Write = Callable[[Path, np.ndarray], None]
LABELS = np.array([[0, 1, 255, 0]] * 3, np.uint8)


@pytest.fixture
def root(tmp_path: Path, write_picture: Write, make_picture: Callable) -> Path:
    """Return a sound set of two pictures."""
    for name in ("a", "b"):
        write_picture(tmp_path / "images" / f"{name}.png", make_picture(3, 4))
        write_picture(tmp_path / "labels_masks" / f"{name}.png", LABELS)
    return tmp_path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".JPG"])
@pytest.mark.parametrize("label", ["{id}_labels_semantic.png", "{id}.png"], ids=["SegmentMeIfYouCan", "plain"])
def test_a_picture_finds_its_label(tmp_path: Path, write_picture: Write, suffix: str, label: str) -> None:
    image = np.full((3, 4, 3), (200, 100, 20), np.uint8)
    for name in ("x2", "x1"):
        write_picture(tmp_path / "images" / f"{name}{suffix}", image)
        write_picture(tmp_path / "labels_masks" / label.format(id=name), LABELS)
    found = pairs(tmp_path)
    assert [item.image_path.stem for item in found] == ["x1", "x2"]
    for item in found:
        picture, labels = item.read()
        assert item.label_path.name == label.format(id=item.image_path.stem)
        np.testing.assert_allclose(picture.astype(int), image, atol=12)  # RGB, up to the compression
        assert np.array_equal(labels, LABELS)


def test_the_coloured_copies_of_segment_me_if_you_can_are_no_labels(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels_masks" / "a_labels_semantic_color.png", np.zeros((3, 4, 3), np.uint8))
    assert [item.label_path.name for item in pairs(root)] == ["a.png", "b.png"]


def test_a_missing_label_is_named(root: Path) -> None:
    (root / "labels_masks" / "b.png").unlink()
    with pytest.raises(ValueError, match=r"images.b\.png: its label .*b_labels_semantic\.png is missing"):
        pairs(root)


def test_a_label_without_a_picture_is_named(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels_masks" / "c.png", LABELS)
    with pytest.raises(ValueError, match=r"c\.png: a label without a picture"):
        pairs(root)


def test_two_pictures_with_one_label_are_refused(root: Path, write_picture: Write) -> None:
    write_picture(root / "images" / "a.webp", np.zeros((3, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=r"a\.webp: a\.png has the same label"):
        pairs(root)


@pytest.mark.parametrize("folder", ["images", ""], ids=["no images", "no folder"])
def test_an_empty_set_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    with pytest.raises(ValueError, match="no pictures found"):
        pairs(tmp_path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((4, 3), np.uint8), r"of shape \(4, 3\); expected \(3, 4\)"),
        (np.zeros((3, 4, 3), np.uint8), r"of shape \(3, 4, 3\)"),
        (np.full((3, 4), 2, np.uint8), r"label values \[2\] are not among"),
        (np.full((3, 4), 254, np.uint8), r"label values \[254\] are not among"),
    ],
    ids=["size", "colours", "odd value", "nearly ignored"],
)
def test_a_label_that_does_not_fit_is_named(root: Path, write_picture: Write, labels: np.ndarray, message: str) -> None:
    write_picture(root / "labels_masks" / "a.png", labels)
    with pytest.raises(ValueError, match=rf"labels_masks.a\.png: {message}"):
        pairs(root)[0].read()


@pytest.mark.parametrize("file", ["images/a.png", "labels_masks/a.png"])
def test_a_file_that_is_no_picture_is_named(root: Path, file: str) -> None:
    (root / file).write_bytes(b"not a picture")
    assert cv2.imread(str(root / file)) is None
    with pytest.raises(ValueError, match=file.replace("/", ".") + ".*unreadable|" + file.replace("/", ".") + ".*not a"):
        pairs(root)[0].read()
