"""Street scenes in their layouts on disk, and what their labels mean in our classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.classes import CAMVID_LABELS, IDD_LITE_LABELS, STREET_CLASSES, class_mask, label_table
from mgcda_core.datasets.street import camvid_scenes, idd_lite_scenes
from mgcda_core.simulation import style

Write = Callable[[Path, np.ndarray], None]


def names(mask: int) -> set[str]:
    """Return the classes of a mask, read bit by bit."""
    return {name for bit, name in enumerate(STREET_CLASSES) if mask // 2**bit % 2}


def test_every_camvid_value_is_one_class_and_the_rest_is_void() -> None:
    table = label_table(CAMVID_LABELS)
    assert table.shape == (256,)
    # CamVid's eleven classes in the order of the SegNet split.
    order = "sky building pole road pavement tree sign fence car pedestrian bicyclist".split()
    assert [names(int(mask)) for mask in table[:11]] == [{name} for name in order]
    assert not table[11:].any()


def test_a_coarse_label_of_idd_lite_allows_several_classes() -> None:
    table = label_table(IDD_LITE_LABELS)
    assert names(int(table[0])) == {"road"}
    assert names(int(table[2])) == {"pedestrian", "bicyclist"}
    assert names(int(table[6])) == {"sky"}
    assert not table[7:].any()
    taught = set().union(*(names(int(mask)) for mask in table))
    assert taught == set(STREET_CLASSES), "every class is taught by some label"


def test_the_renderer_labels_as_camvid_does() -> None:
    assert [getattr(style, name.upper()) for name in STREET_CLASSES] == list(range(11))
    assert label_table(CAMVID_LABELS)[style.VOID] == 0


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError):
        class_mask(["road", "dragon"])


def scene_files(root: Path, kind: str) -> tuple[Path, Path]:
    """Return where the picture and the label of a scene lie in a data set."""
    if kind == "camvid":
        return root / "train" / "0001.png", root / "trainannot" / "0001.png"
    return root / "leftImg8bit/train/7/1_image.jpg", root / "gtFine/train/7/1_label.png"


LOADERS = {"camvid": camvid_scenes, "idd_lite": idd_lite_scenes}


@pytest.fixture(params=LOADERS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def files(tmp_path: Path, kind: str, write_picture: Write) -> tuple[Path, Path]:
    """Return picture and label of a sound data set with one scene."""
    image, label = scene_files(tmp_path, kind)
    write_picture(image, np.full((16, 24, 3), (230, 90, 10), np.uint8))
    labels = np.zeros((16, 24), np.uint8)
    labels[:, 12:] = 255
    write_picture(label, labels)
    return image, label


def test_a_scene_is_read_with_its_labels(tmp_path: Path, kind: str, files: tuple[Path, Path]) -> None:
    (scene,) = LOADERS[kind](tmp_path, "train")
    image, allowed = scene.read()
    assert image.shape == (16, 24, 3) and image.dtype == np.uint8
    np.testing.assert_allclose(image[8, 8].astype(int), (230, 90, 10), atol=12)
    assert allowed.shape == (16, 24) and allowed.dtype == np.uint16
    assert names(int(allowed[3, 3])) == ({"sky"} if kind == "camvid" else {"road"})
    assert not allowed[:, 12:].any(), "255 is void"


def test_another_split_is_not_read(tmp_path: Path, kind: str, files: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match="val.*no pictures found"):
        LOADERS[kind](tmp_path, "val")


def test_a_missing_label_is_named(tmp_path: Path, kind: str, files: tuple[Path, Path]) -> None:
    files[1].unlink()
    with pytest.raises(ValueError, match=f"{files[0].name}: its label .*{files[1].name} is missing"):
        LOADERS[kind](tmp_path, "train")


@pytest.mark.parametrize(
    ("labels", "message"),
    [(np.zeros((16, 23), np.uint8), "differs from"), (np.zeros((16, 24, 3), np.uint8), "single-channel")],
    ids=["size", "colours"],
)
def test_a_label_that_does_not_fit_is_named(
    tmp_path: Path, kind: str, files: tuple[Path, Path], write_picture: Write, labels: np.ndarray, message: str
) -> None:
    write_picture(files[1], labels)
    with pytest.raises(ValueError, match=f"{files[1].name}: .*{message}"):
        LOADERS[kind](tmp_path, "train")[0].read()


@pytest.mark.parametrize("which", [0, 1], ids=["picture", "label"])
def test_a_broken_file_is_named(tmp_path: Path, kind: str, files: tuple[Path, Path], which: int) -> None:
    files[which].write_bytes(b"")
    with pytest.raises(ValueError, match=f"{files[which].name}: not a readable"):
        LOADERS[kind](tmp_path, "train")[0].read()
