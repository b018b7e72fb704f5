"""LostAndFound: the road is normal, what lies on it is the anomaly, and beside it nothing is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.layouts.lost_and_found import lost_and_found

Write = Callable[[Path, np.ndarray], None]
FRAMES = {"01_Hanns": "01_Hanns_000000_000010", "04_Weg": "04_Weg_000002_000030"}
LABELS = np.array([[0, 1, 2, 200, 201, 255]] * 3, np.uint8)


@pytest.fixture
def root(tmp_path: Path, write_picture: Write) -> Path:
    """Return a set with one split, test, and the other files that LostAndFound has beside its labels."""
    for sequence, id_ in FRAMES.items():
        write_picture(
            tmp_path / "leftImg8bit/test" / sequence / f"{id_}_leftImg8bit.png", np.zeros((3, 6, 3), np.uint8)
        )
        for kind, values in (("labelIds", LABELS), ("labelTrainIds", LABELS), ("color", np.zeros((3, 6, 3), np.uint8))):
            write_picture(tmp_path / "gtCoarse/test" / sequence / f"{id_}_gtCoarse_{kind}.png", values)
    return tmp_path


def test_labels_follow_the_rule_of_the_set(root: Path) -> None:
    found = lost_and_found(root, "test")
    assert [item.id for item in found] == list(FRAMES.values())
    assert found[0].read()[1][0].tolist() == [255, 0, 1, 1, 255, 255]


def test_a_missing_label_is_named(root: Path) -> None:
    next((root / "gtCoarse").rglob("04*_labelIds.png")).unlink()
    with pytest.raises(
        ValueError, match=r"04_Weg_000002_000030_leftImg8bit\.png: its label .*_labelIds\.png is missing"
    ):
        lost_and_found(root, "test")


def test_a_label_without_a_picture_is_named(root: Path) -> None:
    next((root / "leftImg8bit").rglob("01*.png")).unlink()
    with pytest.raises(ValueError, match=r"01_Hanns_000000_000010_gtCoarse_labelIds\.png: a label without a picture"):
        lost_and_found(root, "test")


def test_an_empty_split_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"leftImg8bit.train: no pictures found"):
        lost_and_found(root, "train")
