"""LostAndFound: leftImg8bit/{split}/{seq}/{id}_leftImg8bit.* with gtCoarse/.../{id}_gtCoarse_labelIds.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labelled_picture import LabelledPicture, LabelRule
from mgcda_core.datasets.layouts.matching import by_id, files, match, require_pictures
from mgcda_core.datasets.picture import PICTURE_SUFFIXES

PICTURE, LABEL = "_leftImg8bit", "_gtCoarse_labelIds"
RULE = LabelRule(normal=(1,), anomaly=tuple(range(2, 201)), ignored=None)
"""1 is the road, 2 to 200 are obstacles by kind; what is off the road is not judged."""


def lost_and_found(root: Path, split: str) -> list[LabelledPicture]:
    """Return the pictures of a split ("train", "test"); raises ValueError naming the first file that does not fit."""
    folder, labels = root / "leftImg8bit" / split, root / "gtCoarse" / split
    found = files(folder, f"*/*{PICTURE}.*", PICTURE_SUFFIXES)
    require_pictures(found, folder, f"{{sequence}}/{{id}}{PICTURE}.png")
    return match(
        by_id(found, lambda path: path.stem.removesuffix(PICTURE)),
        by_id(files(labels, f"*/*{LABEL}.png", (".png",)), lambda path: path.stem.removesuffix(LABEL)),
        rule=RULE,
        label_name=f"{labels}/{{sequence}}/{{id}}{LABEL}.png",
    )


def splits(root: Path) -> list[str]:
    """Return the names of the splits that are there."""
    return sorted(path.name for path in (root / "leftImg8bit").glob("*") if path.is_dir())
