"""CamVid in the layout of the SegNet split: {split}/{id}.png or .jpg with {split}annot/{id}.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.classes import STREET_CLASSES, to_cityscapes
from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_folders

SPLITS = Splits("train", "val", "test")

CAMVID_LABELS: tuple[Label, ...] = (
    *(Label(value, name, to_cityscapes([name]), (name,)) for value, name in enumerate(STREET_CLASSES)),
    Label(11, "void"),
    Label(255, "void"),  # some copies of the split store void so
)
"""The eleven classes are the street list itself, in its order."""


def camvid(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder or the first file that has no partner."""
    pairs = match_folders(
        root / split,
        root / f"{split}annot",
        expected=f"{split}/ and {split}annot/ below {root}",
        label_name="{id}.png",
    )
    return StreetFiles(pairs, CAMVID_LABELS)
