"""A set is checked before it is scored: by labels and headers, without decoding a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.benchmarks import pairs
from mgcda_core.datasets.picture import read_picture
from mgcda_core.datasets.picture_header import picture_size
from mgcda_core.datasets.set_check import SetSummary, check

Write = Callable[[Path, np.ndarray], None]


@pytest.fixture
def root(tmp_path: Path, write_picture: Write, make_picture: Callable) -> Path:
    """Return a set of three pictures, the second without an anomaly."""
    for name, row in (("a", [0, 1, 255, 0]), ("b", [0, 0, 0, 0]), ("c", [1, 1, 255, 0])):
        write_picture(tmp_path / "images" / f"{name}.png", make_picture(3, 4))
        write_picture(tmp_path / "labels_masks" / f"{name}.png", np.array([row] * 3, np.uint8))
    return tmp_path


def test_a_sound_set_is_counted_and_no_picture_is_decoded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imread", lambda *_: pytest.fail("a picture was decoded"))
    expected = SetSummary(pictures=3, with_anomaly=2, normal_px=3 * 7, anomaly_px=3 * 3, ignored_px=3 * 2)
    assert check(pairs(root)) == expected


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "labels_masks/b.png",
            np.zeros((4, 3), np.uint8),
            r"labels_masks.b\.png: of shape \(4, 3\); expected \(3, 4\)",
        ),
        ("images/b.png", np.zeros((4, 4, 3), np.uint8), r"labels_masks.b\.png: of shape \(3, 4\); expected \(4, 4\)"),
        ("labels_masks/c.png", np.full((3, 4), 9, np.uint8), r"labels_masks.c\.png: label values \[9\]"),
        ("images/b.png", b"junk", r"images.b\.png: not a readable picture"),
        ("labels_masks/b.png", b"", r"labels_masks.b\.png: unreadable"),
    ],
    ids=["label size", "picture size", "label value", "no picture", "empty label"],
)
def test_the_first_wrong_file_is_named(
    root: Path, write_picture: Write, file: str, content: np.ndarray | bytes, message: str
) -> None:
    if isinstance(content, bytes):
        (root / file).write_bytes(content)
    else:
        write_picture(root / file, content)
    with pytest.raises(ValueError, match=message):
        check(pairs(root))


def test_a_set_without_an_anomaly_is_refused(root: Path, write_picture: Write) -> None:
    for name in "ac":
        write_picture(root / "labels_masks" / f"{name}.png", np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match="labels_masks: none of the 3 labels has an anomaly pixel"):
        check(pairs(root))
    with pytest.raises(ValueError, match="no pictures"):
        check([])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_that_breaks_off_is_named(
    tmp_path: Path, write_picture: Write, make_picture: Callable, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    write_picture(path, make_picture(60, 80))
    assert picture_size(path) == (60, 80)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=rf"a\{suffix}: (breaks off before its end|not a readable picture)"):
        picture_size(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_the_size_is_that_of_the_picture_as_it_is_read(
    tmp_path: Path, make_picture: Callable, suffix: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.fromarray(make_picture(60, 80)).save(path, exif=exif)
    assert picture_size(path) == read_picture(path).shape[:2]
