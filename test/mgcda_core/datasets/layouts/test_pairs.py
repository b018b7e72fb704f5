"""Plain pairs, and SegmentMeIfYouCan's tracks, which are pairs with rules of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.benchmarks import pairs
from mgcda_core.datasets.layouts.segment_me_if_you_can import segment_me_if_you_can

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
@pytest.mark.parametrize("folder", ["labels_masks", "labels"])
@pytest.mark.parametrize("label", ["{id}_labels_semantic.png", "{id}.png"], ids=["SegmentMeIfYouCan", "plain"])
def test_a_picture_finds_its_label(tmp_path: Path, write_picture: Write, suffix: str, folder: str, label: str) -> None:
    image = np.full((3, 4, 3), (200, 100, 20), np.uint8)
    for name in ("x2", "x1"):
        write_picture(tmp_path / "images" / f"{name}{suffix}", image)
        write_picture(tmp_path / folder / label.format(id=name), LABELS)
    found = pairs(tmp_path)
    assert [item.id for item in found] == ["x1", "x2"]
    for item in found:
        picture, labels = item.read()
        assert item.label_path.name == label.format(id=item.id)
        np.testing.assert_allclose(picture.astype(int), image, atol=12)  # RGB, up to the compression
        assert np.array_equal(labels, LABELS)


def test_the_coloured_copies_of_segment_me_if_you_can_are_no_labels(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels_masks" / "a_labels_semantic_color.png", np.zeros((3, 4, 3), np.uint8))
    assert [item.label_path.name for item in pairs(root)] == ["a.png", "b.png"]


def test_a_picture_may_be_called_color(root: Path, write_picture: Write) -> None:
    write_picture(root / "images" / "c_color.png", np.zeros((3, 4, 3), np.uint8))
    write_picture(root / "labels_masks" / "c_color.png", LABELS)
    assert [item.label_path.name for item in pairs(root)] == ["a.png", "b.png", "c_color.png"]


def test_files_that_a_computer_leaves_behind_do_not_matter(root: Path) -> None:
    for name in ("images/._a.png", "labels_masks/._a.png", "labels_masks/Thumbs.db"):
        (root / name).write_bytes(b"")
    assert len(pairs(root)) == 2


def test_a_missing_label_is_named(root: Path) -> None:
    (root / "labels_masks" / "b.png").unlink()
    with pytest.raises(ValueError, match=r"images.b\.png: its label .*b_labels_semantic\.png or b\.png is missing$"):
        pairs(root)


def test_a_label_without_a_picture_is_named(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels_masks" / "c.png", LABELS)
    with pytest.raises(ValueError, match=r"c\.png: a label without a picture"):
        pairs(root)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("images/a.webp", r"a\.webp: .*a\.png has the same id"),
        ("labels_masks/a_labels_semantic.png", "has the same id"),
    ],
    ids=["two pictures", "two labels"],
)
def test_an_id_is_given_once(root: Path, write_picture: Write, second: str, message: str) -> None:
    write_picture(root / second, np.zeros((3, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=message):
        pairs(root)


def test_labels_in_two_folders_are_refused(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels" / "a.png", LABELS)
    with pytest.raises(ValueError, match="labels in labels_masks and in labels"):
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
        (np.zeros((3, 4), np.uint16), r"8 bits"),
        (np.full((3, 4), 3, np.uint8), r"label values \[3\] are not among 0, 1 and 255"),
        (np.full((3, 4), 254, np.uint8), r"label values \[254\] are not among"),
        (np.full((3, 4), 2, np.uint8), r"label values \[2\] are not among 0, 1 and 255; pass anomaly_value 2"),
    ],
    ids=["size", "colours", "16 bits", "odd value", "nearly ignored", "perhaps anomaly"],
)
def test_a_label_that_does_not_fit_is_named(root: Path, write_picture: Write, labels: np.ndarray, message: str) -> None:
    write_picture(root / "labels_masks" / "a.png", labels)
    with pytest.raises(ValueError, match=rf"labels_masks.a\.png: .*{message}"):
        pairs(root)[0].read()


def test_2_is_an_anomaly_where_the_caller_says_so(root: Path, write_picture: Write) -> None:
    write_picture(root / "labels_masks" / "a.png", np.array([[0, 1, 2, 255]] * 3, np.uint8))
    assert pairs(root, anomaly_value=2)[0].read_labels()[0].tolist() == [0, 1, 1, 255]
    with pytest.raises(ValueError, match="anomaly_value is 7; allowed: 1, or 2"):
        pairs(root, anomaly_value=7)


@pytest.mark.parametrize("file", ["images/a.png", "labels_masks/a.png"])
def test_a_file_that_is_no_picture_is_named(root: Path, file: str) -> None:
    (root / file).write_bytes(b"not a picture")
    assert cv2.imread(str(root / file)) is None
    with pytest.raises(ValueError, match=file.replace("/", ".") + ".*(unreadable|not a)"):
        pairs(root)[0].read()


def track(root: Path, write_picture: Write, names: dict[str, bool]) -> None:
    """Write a track of SegmentMeIfYouCan: pictures by file name, some without a label."""
    for name, labelled in names.items():
        write_picture(root / "images" / name, np.zeros((3, 4, 3), np.uint8))
        if labelled:
            stem = Path(name).stem
            write_picture(root / "labels_masks" / f"{stem}_labels_semantic.png", LABELS)
            write_picture(root / "labels_masks" / f"{stem}_labels_semantic_color.png", np.zeros((3, 4, 3), np.uint8))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_track_as_it_is_handed_out_has_public_labels_for_its_validation_only(
    tmp_path: Path, write_picture: Write, suffix: str
) -> None:
    track(tmp_path, write_picture, {f"cow0000.{suffix}": False, f"validation0000.{suffix}": True})
    found = segment_me_if_you_can(tmp_path, "validation")
    assert [item.id for item in found] == ["validation0000"]
    assert np.array_equal(found[0].read()[1], LABELS)
    with pytest.raises(ValueError, match=r"cow0000.*is missing; the labels of the test pictures are not public"):
        segment_me_if_you_can(tmp_path, None)


def test_2_is_never_an_anomaly_in_a_track(tmp_path: Path, write_picture: Write) -> None:
    track(tmp_path, write_picture, {"validation_0.webp": True})
    write_picture(tmp_path / "labels_masks" / "validation_0_labels_semantic.png", np.full((3, 4), 2, np.uint8))
    with pytest.raises(ValueError, match=r"label values \[2\] are not among 0, 1 and 255$"):
        segment_me_if_you_can(tmp_path, None)[0].read_labels()
