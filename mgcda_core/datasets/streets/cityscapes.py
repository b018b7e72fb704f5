"""Cityscapes: leftImg8bit/{split}/{city}/{id}_leftImg8bit.png with gtFine/{split}/{city}/{id}_gtFine_labelIds.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_cities

SPLITS = Splits("train", "val")
"""The test split's public labels are void from edge to edge."""

CITYSCAPES_LABELS: tuple[Label, ...] = (
    Label(0, "unlabeled"),
    Label(1, "ego vehicle", artefact=True),
    Label(2, "rectification border", artefact=True),
    Label(3, "out of roi", artefact=True),
    Label(4, "static"),
    Label(5, "dynamic"),
    Label(6, "ground"),
    Label(7, "road", ("road",)),
    Label(8, "sidewalk", ("sidewalk",)),
    # The benchmark leaves the classes without a train id out. They are no unknown things, so they mean what is nearest.
    Label(9, "parking", ("road", "sidewalk")),
    Label(10, "rail track", ("sidewalk", "terrain")),
    Label(11, "building", ("building",)),
    Label(12, "wall", ("wall",)),
    Label(13, "fence", ("fence",)),
    Label(14, "guard rail", ("fence",)),
    Label(15, "bridge", ("building",)),
    Label(16, "tunnel", ("building",)),
    Label(17, "pole", ("pole",)),
    Label(18, "polegroup", ("pole",)),
    Label(19, "traffic light", ("traffic light",)),
    Label(20, "traffic sign", ("traffic sign",)),
    Label(21, "vegetation", ("vegetation",)),
    Label(22, "terrain", ("terrain",)),
    Label(23, "sky", ("sky",)),
    Label(24, "person", ("person",)),
    Label(25, "rider", ("rider",)),
    Label(26, "car", ("car",)),
    Label(27, "truck", ("truck",)),
    Label(28, "bus", ("bus",)),
    Label(29, "caravan", ("car", "truck", "bus")),
    Label(30, "trailer", ("car", "truck", "bus")),
    Label(31, "train", ("train",)),
    Label(32, "motorcycle", ("motorcycle",)),
    Label(33, "bicycle", ("bicycle",)),
)
"""The set's label ids (torchvision.datasets.Cityscapes.classes); "license plate", -1, is not stored in label images."""


def cityscapes(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder or the first file that has no partner."""
    pairs = match_cities(root, split, picture_end="_leftImg8bit", label_end="_gtFine_labelIds")
    return StreetFiles(pairs, CITYSCAPES_LABELS)
