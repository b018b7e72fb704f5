"""A scene is read with its labels, void told from artefacts; whatever is wrong is said with the file's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgcda_core.datasets.labels import Label, label_tables
from mgcda_core.datasets.picture import UnreadableFileError
from mgcda_core.datasets.street_scene import StreetScene, ranges

TABLES = label_tables(
    [Label(0, "sky", ("sky",)), Label(5, "road", ("road",)), Label(8, "?"), Label(9, "bonnet", artefact=True)]
)
VALUES = np.array([[0, 0, 5], [8, 9, 5]], np.uint8)


@pytest.fixture
def scene(tmp_path: Path, write_picture: Callable) -> StreetScene:
    write_picture(tmp_path / "a.png", np.full((2, 3, 3), (10, 20, 30), np.uint8))
    write_picture(tmp_path / "a_label.png", VALUES)
    return StreetScene(tmp_path / "a.png", tmp_path / "a_label.png", TABLES)


def test_labels_become_masks_and_artefacts(scene: StreetScene) -> None:
    image, allowed, artefact = scene.read_with_artefacts()
    assert (image == (10, 20, 30)).all()
    assert allowed.tolist() == [[1, 1, 8], [0, 0, 8]] and allowed.dtype == np.int32
    assert artefact.tolist() == [[False, False, False], [False, True, False]]
    assert ((allowed == 0) & ~artefact).tolist() == [[False, False, False], [True, False, False]]
    for short, long in zip(scene.read(), (image, allowed), strict=True):
        assert np.array_equal(short, long)


def test_the_numbers_of_a_palette_are_read_and_not_its_colours(scene: StreetScene) -> None:
    stored = Image.fromarray(VALUES, mode="L").convert("P")
    stored.putdata(VALUES.ravel().tolist())
    stored.putpalette([250, 10, 60] * 256)
    stored.save(scene.label_path)
    assert scene.read()[1].tolist() == [[1, 1, 8], [0, 0, 8]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((3, 3), np.uint8), r"size \(3, 3\) differs from \(2, 3\), the size of .*a\.png"),
        (np.zeros((2, 3, 3), np.uint8), "mode RGB; expected a single-channel image"),
        (np.zeros((2, 3), np.uint16), "expected a single-channel image of 8 bits"),
        (
            np.full((2, 3), 7, np.uint8),
            r"label values \[7\] are not in the class list of its set, which has 0, 5, 8, 9",
        ),
        (np.array([[1, 0, 5], [254, 1, 5]], np.uint8), r"label values \[1, 254\] are not in"),
    ],
    ids=["size", "colours", "16 bits", "value", "values"],
)
def test_a_label_that_does_not_fit_is_named(
    scene: StreetScene, write_picture: Callable, labels: np.ndarray, message: str
) -> None:
    write_picture(scene.label_path, labels)
    with pytest.raises(ValueError, match=rf"a_label\.png: .*{message}") as raised:
        scene.read()
    assert not isinstance(raised.value, UnreadableFileError), "not a fault of the copy"
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["a.png", "a_label.png"])
@pytest.mark.parametrize("content", [b"", b"not a picture", None], ids=["empty", "text", "missing"])
def test_a_broken_file_is_named(scene: StreetScene, name: str, content: bytes | None) -> None:
    path = scene.image_path.with_name(name)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=f"{name}: not a readable"):
        scene.read()


def test_a_label_that_breaks_off_is_unreadable(scene: StreetScene) -> None:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 6, (64, 64), np.uint8)).save(scene.label_path)
    content = scene.label_path.read_bytes()
    scene.label_path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UnreadableFileError, match=r"a_label\.png: .*get the file again"):
        scene.read()


@pytest.mark.parametrize(
    ("values", "text"),
    [([], ""), ([4], "4"), ([0, 1], "0, 1"), ([0, 1, 2, 255], "0 to 2, 255"), ([1, 3, 4, 5], "1, 3 to 5")],
)
def test_values_are_named_in_runs(values: list[int], text: str) -> None:
    assert ranges(values) == text
