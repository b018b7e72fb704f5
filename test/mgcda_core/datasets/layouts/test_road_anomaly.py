"""RoadAnomaly: each picture has a folder of labels beside it, in which 2 is the anomaly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.layouts.road_anomaly import road_anomaly

Write = Callable[[Path, np.ndarray], None]
LABELS = np.array([[0, 1, 2, 255]] * 3, np.uint8)


@pytest.fixture
def root(tmp_path: Path, write_picture: Write) -> Path:
    """Return a set of two pictures, with the other files that the labelling tool leaves."""
    for name in ("animals01_Calves.jpg", "vehicle05.2.webp"):
        path = tmp_path / "frames" / name
        write_picture(path, np.zeros((3, 4, 3), np.uint8))
        write_picture(path.parent / f"{path.stem}.labels" / "labels_semantic.png", LABELS)
        write_picture(path.parent / f"{path.stem}.labels" / "labels_semantic_color.png", np.zeros((3, 4, 3), np.uint8))
    (tmp_path / "frame_list.json").write_text("[]")
    return tmp_path


def test_labels_follow_the_rule_of_the_set(root: Path) -> None:
    found = road_anomaly(root)
    assert [item.id for item in found] == ["animals01_Calves", "vehicle05.2"]
    assert all(item.read()[1][0].tolist() == [0, 0, 1, 255] for item in found)


def test_an_unknown_value_is_named(root: Path, write_picture: Write) -> None:
    write_picture(root / "frames/vehicle05.2.labels/labels_semantic.png", np.full((3, 4), 3, np.uint8))
    with pytest.raises(ValueError, match=r"vehicle05\.2\.labels.*values \[3\] are not among 0, 1, 2 and 255"):
        road_anomaly(root)[1].read_labels()


def test_a_missing_label_and_a_missing_picture_are_named(root: Path) -> None:
    (root / "frames/animals01_Calves.labels/labels_semantic.png").rename(root / "elsewhere.png")
    with pytest.raises(ValueError, match=r"animals01_Calves\.jpg: its label .*labels_semantic\.png is missing"):
        road_anomaly(root)
    (root / "elsewhere.png").rename(root / "frames/animals01_Calves.labels/labels_semantic.png")
    (root / "frames/animals01_Calves.jpg").unlink()
    with pytest.raises(ValueError, match=r"animals01_Calves\.labels.labels_semantic\.png: a label without a picture"):
        road_anomaly(root)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"frames: no pictures found; expected \{id\}\.jpg"):
        road_anomaly(tmp_path)
