"""India Driving Dataset, segmentation: leftImg8bit/{split}/{seq}/{id}_leftImg8bit.png or .jpg with gtFine/.

The set ships polygons; its own tool (AutoNUE public-code, createLabels.py) draws {id}_gtFine_labellevel3Ids.png, 26
classes and void, or {id}_gtFine_labelids.png, 40 ids. Level 3 is taken where a split has it.
"""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_cities

SPLITS = Splits("train", "val")

_LARGE_VEHICLE = ("car", "truck", "bus", "train")
_NEAR_ROAD = ("sidewalk", "terrain")

IDD_LEVEL3_LABELS: tuple[Label, ...] = (
    Label(0, "road", ("road",)),
    Label(1, "parking / drivable fallback", ("road", "sidewalk", "terrain")),
    Label(2, "sidewalk", ("sidewalk",)),
    Label(3, "rail track / non-drivable fallback", _NEAR_ROAD),
    Label(4, "person / animal", ("person",)),  # an animal cannot be told from a person at this level
    Label(5, "rider", ("rider",)),
    Label(6, "motorcycle", ("motorcycle",)),
    Label(7, "bicycle", ("bicycle",)),
    Label(8, "autorickshaw", ("car",)),  # one with the car at level 2
    Label(9, "car", ("car",)),
    Label(10, "truck", ("truck",)),
    Label(11, "bus", ("bus",)),
    Label(12, "caravan / trailer / train / vehicle fallback", _LARGE_VEHICLE),
    Label(13, "curb", ("sidewalk",)),  # Cityscapes counts the kerb to the sidewalk
    Label(14, "wall", ("wall",)),
    Label(15, "fence", ("fence",)),
    Label(16, "guard rail", ("fence",)),
    Label(17, "billboard", ("building", "traffic sign")),
    Label(18, "traffic sign", ("traffic sign",)),
    Label(19, "traffic light", ("traffic light",)),
    Label(20, "pole / polegroup", ("pole",)),
    Label(21, "obs-str-bar-fallback"),  # any other obstacle: of no class of ours
    Label(22, "building", ("building",)),
    Label(23, "bridge / tunnel", ("building",)),
    Label(24, "vegetation", ("vegetation",)),
    # Mostly sky, and evaluated as sky: a wider set would leave the set without a single certain pixel of it.
    Label(25, "sky / fallback background", ("sky",)),
    # Level 3 has one value for the unlabelled, number plates, the ego vehicle and the borders of the picture.
    Label(255, "void", artefact=True),
)

IDD_ID_LABELS: tuple[Label, ...] = (
    Label(0, "road", ("road",)),
    Label(1, "parking", ("road", "sidewalk")),
    Label(2, "drivable fallback", ("road", "terrain")),
    Label(3, "sidewalk", ("sidewalk",)),
    Label(4, "rail track", _NEAR_ROAD),
    Label(5, "non-drivable fallback", _NEAR_ROAD),
    Label(6, "person", ("person",)),
    Label(7, "animal"),
    Label(8, "rider", ("rider",)),
    Label(9, "motorcycle", ("motorcycle",)),
    Label(10, "bicycle", ("bicycle",)),
    Label(11, "autorickshaw", ("car",)),
    Label(12, "car", ("car",)),
    Label(13, "truck", ("truck",)),
    Label(14, "bus", ("bus",)),
    Label(15, "caravan", _LARGE_VEHICLE),
    Label(16, "trailer", _LARGE_VEHICLE),
    Label(17, "train", ("train",)),
    Label(18, "vehicle fallback", _LARGE_VEHICLE),
    Label(19, "curb", ("sidewalk",)),
    Label(20, "wall", ("wall",)),
    Label(21, "fence", ("fence",)),
    Label(22, "guard rail", ("fence",)),
    Label(23, "billboard", ("building", "traffic sign")),
    Label(24, "traffic sign", ("traffic sign",)),
    Label(25, "traffic light", ("traffic light",)),
    Label(26, "pole", ("pole",)),
    Label(27, "polegroup", ("pole",)),
    Label(28, "obs-str-bar-fallback"),
    Label(29, "building", ("building",)),
    Label(30, "bridge", ("building",)),
    Label(31, "tunnel", ("building",)),
    Label(32, "vegetation", ("vegetation",)),
    Label(33, "sky", ("sky",)),
    Label(34, "fallback background", ("building", "vegetation", "sky")),
    Label(35, "unlabeled"),
    Label(36, "ego vehicle", artefact=True),
    Label(37, "rectification border", artefact=True),
    Label(38, "out of roi", artefact=True),
    Label(39, "license plate", ("car", "truck", "bus", "motorcycle")),  # a part of what carries it, not unknown
)
"""AutoNUE's label table (public-code, helpers/anue_labels.py)."""


def idd(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder or the first file that has no partner."""
    labels = root / "gtFine" / split
    has_level3 = any(path.name.lower().endswith("_gtfine_labellevel3ids.png") for path in labels.glob("*/*.png"))
    has_ids = any(path.name.lower().endswith("_gtfine_labelids.png") for path in labels.glob("*/*.png"))
    if labels.is_dir() and not has_level3 and not has_ids:
        raise ValueError(
            f"{labels}: no label images found; expected */*_gtFine_labellevel3Ids.png; draw them from the polygons "
            "with the set's own tool, createLabels.py --id-type level3Id"
        )
    by_ids = has_ids and not has_level3
    end = "_gtFine_labelids" if by_ids else "_gtFine_labellevel3Ids"
    pairs = match_cities(root, split, picture_end="_leftImg8bit", label_end=end)
    return StreetFiles(pairs, IDD_ID_LABELS if by_ids else IDD_LEVEL3_LABELS)
