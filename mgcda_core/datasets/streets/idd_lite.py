"""India Driving Dataset Lite: leftImg8bit/{split}/{seq}/{id}_image.jpg with gtFine/{split}/{seq}/{id}_label.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_cities

SPLITS = Splits("train", "val")

IDD_LITE_LABELS: tuple[Label, ...] = (
    Label(0, "drivable", ("road",), ("road",)),
    # Pavements and the unpaved strip beside the road.
    Label(1, "non-drivable", ("sidewalk", "terrain"), ("pavement", "tree")),
    Label(2, "living things", ("person", "rider"), ("pedestrian", "bicyclist")),
    # Holds two-wheelers, which CamVid labels with their rider.
    Label(3, "vehicles", ("car", "truck", "bus", "train", "motorcycle", "bicycle"), ("car", "bicyclist")),
    # Holds walls and kerbs.
    Label(
        4,
        "roadside objects",
        ("sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign"),
        ("pole", "sign", "fence", "building", "pavement"),
    ),
    Label(5, "far objects", ("building", "vegetation"), ("building", "tree")),
    Label(6, "sky", ("sky",), ("sky",)),
    # One value for the unlabelled, the ego vehicle, the rectification border and what is out of the region of interest.
    Label(255, "void", artefact=True),
)
"""The level-1 ids of AutoNUE's label table (public-code, helpers/anue_labels.py)."""


def idd_lite(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder or the first file that has no partner."""
    pairs = match_cities(root, split, picture_end="_image", label_end="_label")
    return StreetFiles(pairs, IDD_LITE_LABELS)
