"""BDD100K, semantic segmentation: images/10k/{split}/{id}.jpg with labels/sem_seg/masks/{split}/{id}.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.classes import CITYSCAPES_CLASSES
from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_folders

SPLITS = Splits("train", "val")

BDD100K_LABELS: tuple[Label, ...] = (
    *(Label(value, name, (name,)) for value, name in enumerate(CITYSCAPES_CLASSES)),
    # One value for the unlabelled and the ego vehicle, whose bonnet is in many of the pictures.
    Label(255, "void", artefact=True),
)
"""The masks hold Cityscapes' train ids."""


def bdd100k(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder or the first file that has no partner."""
    pairs = match_folders(
        root / "images" / "10k" / split,
        root / "labels" / "sem_seg" / "masks" / split,
        expected=f"images/10k/{split}/ and labels/sem_seg/masks/{split}/ below {root}",
        label_name="{id}.png",
    )
    return StreetFiles(pairs, BDD100K_LABELS)
