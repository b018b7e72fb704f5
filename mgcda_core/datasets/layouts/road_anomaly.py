"""RoadAnomaly: frames/{id}.{jpg,webp} with frames/{id}.labels/labels_semantic.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labelled_picture import LabelledPicture, LabelRule
from mgcda_core.datasets.layouts.matching import by_id, files, match, require_pictures
from mgcda_core.datasets.picture import PICTURE_SUFFIXES

FOLDER, LABEL = ".labels", "labels_semantic.png"
RULE = LabelRule(normal=(0, 1), anomaly=(2,), ignored=(255,))
"""LabelGrab, which drew the labels, writes 0 background, 1 road, 2 anomaly (its README); the set itself has 0 and 2."""


def road_anomaly(root: Path) -> list[LabelledPicture]:
    """Return the set below root; raises ValueError naming the first file where pictures and labels disagree."""
    frames = root / "frames"
    found = files(frames, "*", PICTURE_SUFFIXES)
    require_pictures(found, frames, f"{{id}}.jpg and {{id}}{FOLDER}/{LABEL}")
    return match(
        by_id(found, lambda path: path.stem),
        by_id(files(frames, f"*{FOLDER}/{LABEL}", (".png",)), lambda path: path.parent.name.removesuffix(FOLDER)),
        rule=RULE,
        label_name=f"{frames}/{{id}}{FOLDER}/{LABEL}",
    )
