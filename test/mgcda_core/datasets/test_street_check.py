"""The check before a training: it reads what the training will read, and skips only what it is told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.street_check import check_streets
from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.datasets.street_sets import open_street


@pytest.fixture
def scenes(tmp_path: Path, write_picture: Callable, make_picture: Callable) -> list[StreetScene]:
    for number in range(3):
        write_picture(tmp_path / "train" / f"{number}.jpg", make_picture(64, 96, number))
        labels = np.random.default_rng(number).integers(0, 12, (64, 96), np.uint8)
        write_picture(tmp_path / "trainannot" / f"{number}.png", labels)
    return open_street("camvid", tmp_path, "train")


def cut_off(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def test_sound_scenes_pass_in_their_order(scenes: list[StreetScene]) -> None:
    checked = check_streets(scenes)
    assert checked.items == scenes and checked.skipped == []
    assert checked.summary() == "3 street scenes can be read, 0 were skipped"


BREAK = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"not a picture"),
    "breaks off": cut_off,
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("how", BREAK)
@pytest.mark.parametrize("which", ["image_path", "label_path"])
def test_a_broken_file_is_named_or_skipped_and_listed(scenes: list[StreetScene], which: str, how: str) -> None:
    path = getattr(scenes[1], which)
    BREAK[how](path)
    with pytest.raises(ValueError) as raised:
        check_streets(scenes)
    assert str(raised.value).startswith(f"{path}: ") and "\n" not in str(raised.value)
    checked = check_streets(scenes, skip_unreadable=True)
    assert checked.items == [scenes[0], scenes[2]]
    assert [item.image_path for item in checked.skipped] == [scenes[1].image_path]
    head, line = checked.summary().split("\n")
    assert head == "2 street scenes can be read, 1 were skipped" and str(path) in line


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((64, 95), np.uint8), "differs from"),
        (np.full((64, 96), 77, np.uint8), r"label values \[77\]"),
        (np.zeros((64, 96, 3), np.uint8), "single-channel"),
    ],
    ids=["size", "value", "colours"],
)
def test_what_is_wrong_with_the_set_is_never_skipped(
    scenes: list[StreetScene], write_picture: Callable, labels: np.ndarray, message: str
) -> None:
    write_picture(scenes[2].label_path, labels)
    with pytest.raises(ValueError, match=rf"2\.png: .*{message}"):
        check_streets(scenes, skip_unreadable=True)


def test_nothing_left_is_an_error(scenes: list[StreetScene]) -> None:
    for scene in scenes:
        scene.image_path.write_bytes(b"")
    with pytest.raises(ValueError, match="none of 3 street scenes can be read"):
        check_streets(scenes, skip_unreadable=True)
    with pytest.raises(ValueError, match="there are no street scenes to check"):
        check_streets([])
