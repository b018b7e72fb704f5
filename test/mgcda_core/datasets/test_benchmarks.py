"""Sets are opened by the name of their layout, and arguments that a layout does not know are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.benchmarks import LAYOUTS, open_sets
from mgcda_core.datasets.minimum_sizes import ANOMALY_TRACK, OBSTACLE_TRACK

PICTURE = np.zeros((2, 3, 3), np.uint8)
LABELS = np.array([[0, 1, 2]] * 2, np.uint8)
FILES = {
    "segmentmeifyoucan": ("images/validation0000.webp", "labels_masks/validation0000_labels_semantic.png"),
    "fishyscapes": ("04_a_b.png", "0000_04_a_b_labels.png"),
    "lostandfound": (
        "leftImg8bit/test/04_a/04_a_b_leftImg8bit.png",
        "gtCoarse/test/04_a/04_a_b_gtCoarse_labelIds.png",
    ),
    "road_anomaly": ("frames/x.jpg", "frames/x.labels/labels_semantic.png"),
    "pairs": ("images/x.jpg", "labels/x.png"),
}


@pytest.fixture
def make_set(tmp_path: Path, write_picture: Callable) -> Callable[..., Path]:
    """Return a function that writes a set of one picture in a layout and returns its root."""

    def make(layout: str, folder: str = "roads") -> Path:
        for file, content in zip(FILES[layout], (PICTURE, LABELS), strict=True):
            write_picture(tmp_path / folder / file, content)
        return tmp_path / folder

    return make


@pytest.mark.parametrize(
    ("layout", "arguments", "opened", "labels"),
    [
        ("segmentmeifyoucan", {"split": "validation", "track": "anomaly"}, "roads validation", None),
        ("segmentmeifyoucan", {"track": "obstacle"}, "roads", None),
        ("fishyscapes", {}, "roads", [0, 1, 255]),
        ("lostandfound", {}, "roads test", [255, 0, 1]),
        ("lostandfound", {"split": "test"}, "roads test", [255, 0, 1]),
        ("road_anomaly", {}, "roads", [0, 0, 1]),
        ("pairs", {}, "roads", None),
        ("pairs", {"anomaly_value": 2}, "roads", [0, 1, 1]),
    ],
)
def test_every_layout_is_opened_by_name(
    make_set: Callable, layout: str, arguments: dict, opened: str, labels: list[int] | None
) -> None:
    (found,) = open_sets(layout, make_set(layout), **arguments)
    assert (found.name, len(found.pictures)) == (opened, 1)
    if labels is None:
        with pytest.raises(ValueError, match=r"values \[2\]"):
            found.pictures[0].read_labels()
    else:
        assert found.pictures[0].read_labels()[0].tolist() == labels


def test_the_tests_know_every_layout() -> None:
    assert set(FILES) == set(LAYOUTS)


@pytest.mark.parametrize(
    ("layout", "folder", "arguments", "expected"),
    [
        ("segmentmeifyoucan", "dataset_AnomalyTrack", {}, ANOMALY_TRACK),
        ("segmentmeifyoucan", "dataset_ObstacleTrack", {}, OBSTACLE_TRACK),
        ("segmentmeifyoucan", "dataset_ObstacleTrack", {"track": "anomaly"}, ANOMALY_TRACK),
        ("pairs", "my_obstacle_track", {}, OBSTACLE_TRACK),
        ("pairs", "obstacles", {}, ANOMALY_TRACK),
        ("pairs", "obstacles", {"track": "obstacle"}, OBSTACLE_TRACK),
        ("fishyscapes", "LostAndFound", {}, ANOMALY_TRACK),
        ("lostandfound", "LostAndFound", {}, OBSTACLE_TRACK),
        ("road_anomaly", "RoadAnomaly", {}, ANOMALY_TRACK),
    ],
)
def test_components_are_counted_from_the_tracks_sizes_on(
    make_set: Callable, layout: str, folder: str, arguments: dict, expected: object
) -> None:
    assert open_sets(layout, make_set(layout, folder), **arguments)[0].minimum_sizes == expected


def test_a_track_that_cannot_be_known_is_asked_for(make_set: Callable) -> None:
    with pytest.raises(ValueError, match="roads: neither AnomalyTrack nor ObstacleTrack .* pass track anomaly"):
        open_sets("segmentmeifyoucan", make_set("segmentmeifyoucan"))


def test_a_folder_of_sets_is_several_sets(make_set: Callable, tmp_path: Path) -> None:
    for folder in ("dataset_ObstacleTrack", "dataset_AnomalyTrack"):
        make_set("segmentmeifyoucan", folder)
    found = open_sets("segmentmeifyoucan", tmp_path)
    assert [(each.name, each.minimum_sizes) for each in found] == [
        ("dataset_AnomalyTrack", ANOMALY_TRACK),
        ("dataset_ObstacleTrack", OBSTACLE_TRACK),
    ]


@pytest.mark.parametrize(
    ("layout", "arguments", "message"),
    [
        ("cityscapes", {}, "layout is 'cityscapes'; allowed: segmentmeifyoucan, "),
        ("road_anomaly", {"anomaly_value": 2}, "anomaly_value is 2, but road_anomaly says itself"),
        ("pairs", {"split": "test"}, "split is test; allowed for pairs: none"),
        ("segmentmeifyoucan", {"split": "test"}, "split is test; allowed for segmentmeifyoucan: none, validation"),
        ("lostandfound", {"split": "val"}, "split is val; allowed for lostandfound: test"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(make_set: Callable, layout: str, arguments: dict, message: str) -> None:
    root = make_set(layout if layout in FILES else "pairs")
    with pytest.raises(ValueError, match=message):
        open_sets(layout, root, **arguments)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="nowhere: no such folder; give the folder that holds a set of the layout pairs"
    ):
        open_sets("pairs", tmp_path / "nowhere")


def test_a_folder_of_another_layout_is_named(make_set: Callable) -> None:
    with pytest.raises(ValueError, match="allowed for lostandfound: none found below leftImg8bit/"):
        open_sets("lostandfound", make_set("pairs"))
    with pytest.raises(ValueError, match="frames/images: no pictures found; expected"):
        open_sets("segmentmeifyoucan", make_set("road_anomaly", "frames"), track="anomaly")
    with pytest.raises(ValueError, match="roads: no labels found; .* of the layout pairs: pass that"):
        open_sets("fishyscapes", make_set("pairs"))
