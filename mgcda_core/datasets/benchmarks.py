"""Benchmark sets on disk: pictures with anomaly labels, opened by the name of their layout. For evaluation only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.datasets.layouts import lost_and_found, segment_me_if_you_can
from mgcda_core.datasets.layouts.fishyscapes import fishyscapes
from mgcda_core.datasets.layouts.pairs import pairs
from mgcda_core.datasets.layouts.road_anomaly import road_anomaly
from mgcda_core.datasets.minimum_sizes import TRACKS, MinimumSizes, track_of

Layout = Literal["segmentmeifyoucan", "fishyscapes", "lostandfound", "road_anomaly", "pairs"]
Track = Literal["anomaly", "obstacle"]
LAYOUTS = get_args(Layout)

_BY_FOLDERS = ("segmentmeifyoucan", "pairs")
"""The layouts with an images/ folder, of which several sets may lie side by side."""
_TRACK: dict[str, Track] = {
    # SegmentMeIfYouCan's benchmark measures Fishyscapes and LostAndFound with the sizes of its own tracks (its README).
    "fishyscapes": "anomaly",
    "lostandfound": "obstacle",
    # Nobody has published component metrics of these two; their objects are of every size, as AnomalyTrack's are.
    "road_anomaly": "anomaly",
    "pairs": "anomaly",
}


@dataclass(frozen=True)
class LabelledSet:
    """A benchmark set; name is that of its folder, with the split behind it. minimum_sizes: of component metrics."""

    name: str
    pictures: tuple[LabelledPicture, ...]
    minimum_sizes: MinimumSizes


def open_sets(
    layout: Layout,
    root: Path,
    *,
    anomaly_value: int | None = None,
    split: str | None = None,
    track: Track | None = None,
) -> list[LabelledSet]:
    """Return the set at root or, of pairs and segmentmeifyoucan, all sets in its folders; pictures are ordered by id.

    Only file names are looked at; set_check.py looks into the files. anomaly_value: 2 where a set of pairs marks
    anomalies with 2 as well as with 1. split: of lostandfound ("test" where nothing is said) and, of segmentmeifyoucan,
    "validation" for the pictures whose labels are public. track: whose minimum sizes component metrics go by; from the
    folder's name where nothing is said, and otherwise AnomalyTrack's, LostAndFound's as ObstacleTrack's.
    Raises ValueError for an argument that does not fit the layout, and naming the first file where pictures and labels
    disagree.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout is {layout!r}; allowed: {', '.join(LAYOUTS)}")
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder; give the folder that holds a set of the layout {layout}")
    if anomaly_value is not None and layout != "pairs":
        raise ValueError(f"anomaly_value is {anomaly_value}, but {layout} says itself what is an anomaly; leave it out")
    if layout == "lostandfound" and split is None:
        split = "test"
    allowed = _splits(layout, root)
    if split not in allowed:
        named = ", ".join("none" if item is None else item for item in allowed) or "none found below leftImg8bit/"
        raise ValueError(f"{root}: split is {split or 'none'}; allowed for {layout}: {named}")
    open_one: dict[str, Callable[[Path], list[LabelledPicture]]] = {
        "segmentmeifyoucan": lambda folder: segment_me_if_you_can.segment_me_if_you_can(folder, split),
        "fishyscapes": fishyscapes,
        "lostandfound": lambda folder: lost_and_found.lost_and_found(folder, str(split)),
        "road_anomaly": road_anomaly,
        "pairs": lambda folder: pairs(folder, anomaly_value=anomaly_value),
    }
    return [
        LabelledSet(
            f"{folder.resolve().name}{f' {split}' if split else ''}",
            tuple(open_one[layout](folder)),
            TRACKS[_track(layout, folder, track)],
        )
        for folder in (_set_folders(root) if layout in _BY_FOLDERS else [root])
    ]


def _set_folders(root: Path) -> list[Path]:
    """Return root, or the folders in it that have pictures where it has none itself."""
    if (root / "images").is_dir():
        return [root]
    return sorted(path for path in root.iterdir() if (path / "images").is_dir()) or [root]


def _track(layout: Layout, folder: Path, track: Track | None) -> Track:
    found = track or track_of(folder.resolve().name) or _TRACK.get(layout)
    if found is None:
        raise ValueError(
            f"{folder}: neither AnomalyTrack nor ObstacleTrack by its name, and their components are counted from "
            "different sizes on; pass track anomaly or obstacle"
        )
    return found


def _splits(layout: Layout, root: Path) -> list[str | None]:
    if layout == "segmentmeifyoucan":
        return [None, *segment_me_if_you_can.SPLITS]
    if layout == "lostandfound":
        return [*lost_and_found.splits(root)]
    return [None]
