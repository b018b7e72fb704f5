"""Mapillary Vistas: {split}/images/{id}.jpg with {split}/v2.0/labels/, {split}/v1.2/labels/ or {split}/labels/.

A label value is a place in the list of classes of the configuration, so classes are told by name and every version of
the set reads alike. Version 2.0 is taken where a split has several: it tells more kinds of void apart.
"""

from __future__ import annotations

import json
from pathlib import Path

from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_folders

SPLITS = Splits("training", "validation")

VERSIONS: tuple[tuple[str, str], ...] = (
    ("v2.0/labels", "config_v2.0.json"),
    ("v1.2/labels", "config_v1.2.json"),
    ("labels", "config.json"),
)
"""Where labels lie below a split, and the configuration below the set's folder that lists their classes."""

_VEHICLES = ("car", "truck", "bus", "train", "motorcycle")

MAPILLARY_CLASSES: dict[str, tuple[str, ...]] = {
    "animal": (),
    "construction--barrier": ("sidewalk", "wall", "fence"),
    "construction--barrier--acoustic": ("wall",),
    "construction--barrier--curb": ("sidewalk",),
    "construction--barrier--fence": ("fence",),
    "construction--barrier--guard-rail": ("fence",),
    "construction--barrier--wall": ("wall",),
    "construction--flat--bike-lane": ("road", "sidewalk"),
    "construction--flat--crosswalk-plain": ("road",),
    "construction--flat--curb-cut": ("sidewalk",),
    "construction--flat--driveway": ("road", "sidewalk"),
    "construction--flat--parking": ("road", "sidewalk"),
    "construction--flat--parking-aisle": ("road", "sidewalk"),
    "construction--flat--pedestrian-area": ("sidewalk",),
    "construction--flat--rail-track": ("road", "sidewalk", "terrain"),  # unlike Cityscapes', also rails in the street
    "construction--flat--road": ("road",),
    "construction--flat--road-shoulder": ("road", "sidewalk", "terrain"),
    "construction--flat--service-lane": ("road",),
    "construction--flat--sidewalk": ("sidewalk",),
    "construction--flat--traffic-island": ("sidewalk", "terrain"),
    "construction--structure": ("building",),
    "human--person": ("person",),
    "human--rider": ("rider",),
    "marking": ("road",),
    "marking-only": ("road",),
    "nature--mountain": ("vegetation", "terrain"),
    "nature--sand": ("terrain",),
    "nature--sky": ("sky",),
    "nature--snow": ("road", "sidewalk", "terrain"),
    "nature--terrain": ("terrain",),
    "nature--vegetation": ("vegetation",),
    "nature--water": (),
    "object--banner": (),
    "object--bench": (),
    "object--bike-rack": (),
    "object--billboard": ("building", "traffic sign"),
    "object--catch-basin": ("road", "sidewalk"),
    "object--cctv-camera": (),
    "object--fire-hydrant": (),
    "object--junction-box": (),
    "object--mailbox": (),
    "object--manhole": ("road", "sidewalk"),
    "object--parking-meter": (),
    "object--phone-booth": (),
    "object--pothole": (),
    "object--sign": ("building", "traffic sign"),
    "object--street-light": ("pole",),
    "object--support": ("pole",),
    "object--traffic-cone": (),
    "object--traffic-light": ("traffic light",),
    "object--traffic-sign": ("traffic sign",),
    "object--trash-can": (),
    "object--vehicle--bicycle": ("bicycle",),
    "object--vehicle--boat": (),
    "object--vehicle--bus": ("bus",),
    "object--vehicle--car": ("car",),
    "object--vehicle--caravan": ("car", "truck", "bus"),
    "object--vehicle--motorcycle": ("motorcycle",),
    "object--vehicle--on-rails": ("train",),
    "object--vehicle--other-vehicle": _VEHICLES,
    "object--vehicle--trailer": ("car", "truck", "bus"),
    "object--vehicle--truck": ("truck",),
    "object--vehicle--vehicle-group": (*_VEHICLES, "bicycle"),
    "object--vehicle--wheeled-slow": (),
    "object--water-valve": (),
    "void": (),
}
"""Cityscapes classes by the set's names; a name also stands for all below it ("marking" for "marking--general")."""
MAPILLARY_ARTEFACTS: tuple[str, ...] = ("void--car-mount", "void--ego-vehicle")


def mapillary(root: Path, split: str) -> StreetFiles:
    """Return the files of a split; raises ValueError naming the folder, the configuration or the first lone file."""
    versions = [version for version in VERSIONS if (root / split / version[0]).is_dir()]
    folder, config = versions[0] if versions else VERSIONS[-1]
    pairs = match_folders(
        root / split / "images",
        root / split / folder,
        expected=f"{split}/images/ and {split}/v2.0/labels/, {split}/v1.2/labels/ or {split}/labels/ below {root}",
        label_name="{id}.png",
    )
    return StreetFiles(pairs, mapillary_labels(root / config))


def mapillary_labels(config: Path) -> tuple[Label, ...]:
    """Return the labels that a configuration lists; raises ValueError naming it where it is wrong or a class is new."""
    try:
        names = [str(item["name"]) for item in json.loads(config.read_text(encoding="utf-8"))["labels"]]
    except OSError:
        raise ValueError(
            f"{config}: no such file; expected the set's list of classes; copy it from the set's archive"
        ) from None
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{config}: not a list of classes ({error!r}); expected labels, each with a name; copy the file again"
        ) from None
    labels = []
    for value, name in enumerate(names):
        parts = name.split("--")
        above = ["--".join(parts[:length]) for length in range(len(parts), 0, -1)]
        known = next((item for item in above if item in MAPILLARY_CLASSES), None)
        if known is None:
            raise ValueError(f"{config}: class {name!r} is unknown; expected a class of Mapillary Vistas 1.2 or 2.0")
        labels.append(Label(value, name, MAPILLARY_CLASSES[known], artefact=name in MAPILLARY_ARTEFACTS))
    return tuple(labels)
