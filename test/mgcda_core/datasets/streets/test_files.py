"""Pictures and labels are matched by id, whatever else lies in the folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from mgcda_core.datasets.streets.files import match_folders

EXPECTED = {"expected": "this and that", "label_name": "{id}_l.png", "picture_end": "_p", "label_end": "_l"}


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_files_of_other_kinds_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "p/a_p.PNG", "p/a_q.png", "p/._a_p.png", "p/notes.txt", "l/a_L.png", "l/a_colour.png", "l/a_l.json")
    found = match_folders(tmp_path / "p", tmp_path / "l", **EXPECTED)
    assert [(picture.name, label.name) for picture, label in found] == [("a_p.PNG", "a_L.png")]


def test_the_same_name_in_two_sequences_is_two_scenes(tmp_path: Path) -> None:
    touch(tmp_path, "p/x/1_p.png", "p/y/1_p.png", "l/y/1_l.png", "l/x/1_l.png")
    found = match_folders(tmp_path / "p", tmp_path / "l", picture_pattern="*/*", label_pattern="*/*", **EXPECTED)
    assert [(picture.parent.name, label.parent.name) for picture, label in found] == [("x", "x"), ("y", "y")]


def test_two_pictures_of_one_id_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "p/a_p.png", "p/a_p.jpg", "l/a_l.png")
    with pytest.raises(ValueError, match=r"a_p\.png: .*a_p\.jpg has the same id"):
        match_folders(tmp_path / "p", tmp_path / "l", **EXPECTED)
