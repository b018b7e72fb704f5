"""Fishyscapes: its labels find LostAndFound's pictures, however the two were put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.layouts.fishyscapes import fishyscapes

Write = Callable[[Path, np.ndarray], None]
IDS = ("04_Maurener_Weg_8_000000_000030", "15_Rechbergstr_Deckenpfronn_000004_000160")
PICTURE = np.zeros((3, 4, 3), np.uint8)
LABELS = np.array([[0, 1, 255, 7]] * 3, np.uint8)


@pytest.mark.parametrize(
    "label", ["{n:04d}_{id}_labels.png", "{id}_fishy-labels.png", "labels/val/{id}_fishy-labels.png"]
)
@pytest.mark.parametrize(
    "picture",
    [
        "{id}_leftImg8bit.png",
        "{n:04d}_{id}_rgb.png",
        "{n:04d}_{id}.jpg",
        "{id}.webp",
        "images/{id}.png",
        "leftImg8bit/train/04_Maurener_Weg_8/{id}_leftImg8bit.png",
    ],
)
def test_a_label_finds_its_picture(tmp_path: Path, write_picture: Write, label: str, picture: str) -> None:
    for number, id_ in enumerate(IDS):
        write_picture(tmp_path / label.format(n=number, id=id_), LABELS)
        write_picture(tmp_path / picture.format(n=number, id=id_), PICTURE)
    found = fishyscapes(tmp_path)
    assert [item.id for item in found] == list(IDS)
    assert all(item.id in item.image_path.name and item.id in item.label_path.name for item in found)
    assert found[0].read()[1][0].tolist() == [0, 1, 255, 255], "what is neither 0 nor 1 is ignored"


def test_the_rest_of_lost_and_found_and_its_own_labels_do_not_matter(tmp_path: Path, write_picture: Write) -> None:
    write_picture(tmp_path / f"0007_{IDS[0]}_labels.png", LABELS)
    for id_ in IDS:
        write_picture(tmp_path / "leftImg8bit" / "test" / "seq" / f"{id_}_leftImg8bit.png", PICTURE)
        write_picture(tmp_path / "gtCoarse" / "test" / "seq" / f"{id_}_gtCoarse_labelIds.png", LABELS)
    assert [item.id for item in fishyscapes(tmp_path)] == [IDS[0]]


def test_a_picture_beside_the_labels_must_have_one(tmp_path: Path, write_picture: Write) -> None:
    write_picture(tmp_path / f"0000_{IDS[0]}_labels.png", LABELS)
    for id_ in IDS:
        write_picture(tmp_path / f"{id_}.png", PICTURE)
    with pytest.raises(ValueError, match=rf"{IDS[1]}\.png: its label .*{IDS[1]}_labels\.png or .* is missing"):
        fishyscapes(tmp_path)


def test_a_label_without_a_picture_is_named(tmp_path: Path, write_picture: Write) -> None:
    for number, id_ in enumerate(IDS):
        write_picture(tmp_path / f"000{number}_{id_}_labels.png", LABELS)
    write_picture(tmp_path / f"{IDS[0]}.png", PICTURE)
    with pytest.raises(ValueError, match=rf"0001_{IDS[1]}_labels\.png: a label without a picture"):
        fishyscapes(tmp_path)


def test_two_pictures_for_one_label_are_refused(tmp_path: Path, write_picture: Write) -> None:
    write_picture(tmp_path / f"0000_{IDS[0]}_labels.png", LABELS)
    for name in (f"{IDS[0]}.png", f"0000_{IDS[0]}_rgb.png"):
        write_picture(tmp_path / name, PICTURE)
    with pytest.raises(ValueError, match="has the same id"):
        fishyscapes(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path, write_picture: Write) -> None:
    with pytest.raises(ValueError, match="no labels found"):
        fishyscapes(tmp_path)
    write_picture(tmp_path / f"0000_{IDS[0]}_labels.png", LABELS)
    with pytest.raises(ValueError, match="no pictures found"):
        fishyscapes(tmp_path)
