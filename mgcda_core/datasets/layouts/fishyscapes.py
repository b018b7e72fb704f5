"""Fishyscapes: {n}_{id}_labels.png or {id}_fishy-labels.png, with the pictures beside them or LostAndFound's tree."""

from __future__ import annotations

import re
from pathlib import Path

from mgcda_core.datasets.labelled_picture import LabelledPicture, LabelRule
from mgcda_core.datasets.layouts.matching import by_id, files, match, require_pictures
from mgcda_core.datasets.picture import PICTURE_SUFFIXES

RULE = LabelRule(normal=(0,), anomaly=(1,), ignored=None)
_LABEL = re.compile(r"(?:\d+_(?P<numbered>.+)_labels|(?P<plain>.+)_fishy-labels)\.png")
_NUMBER = re.compile(r"^\d+_")
_ENDINGS = re.compile(r"(_leftImg8bit|_rgb)$")
_TREE, _ITS_LABELS = "leftImg8bit", "gtCoarse"


def fishyscapes(root: Path) -> list[LabelledPicture]:
    """Return the set anywhere below root; raises ValueError naming the first file that does not fit.

    A picture is named {id} or {n}_{id}, with _leftImg8bit or _rgb behind it or not. LostAndFound's own tree,
    leftImg8bit/, holds many pictures that Fishyscapes does not label; elsewhere every picture must have a label.
    """
    images = [path for path in files(root, "**/*", PICTURE_SUFFIXES) if _ITS_LABELS not in path.relative_to(root).parts]
    names = {path: found for path in images if (found := _LABEL.fullmatch(path.name))}
    if not names:
        pairs = "; images/ is of the layout pairs: pass that" if (root / "images").is_dir() else ""
        raise ValueError(f"{root}: no labels found; expected {{n}}_{{id}}_labels.png or {{id}}_fishy-labels.png{pairs}")
    labels = by_id(names, lambda path: names[path]["plain"] or names[path]["numbered"])

    def id_of(picture: Path) -> str:
        stem = _ENDINGS.sub("", picture.stem)
        # LostAndFound's ids begin with a number of their own: it is Fishyscapes' only where no label has the whole.
        return short if stem not in labels and (short := _NUMBER.sub("", stem)) in labels else stem

    pictures = {
        id_: path
        for id_, path in by_id((path for path in images if path not in names), id_of).items()
        if id_ in labels or _TREE not in path.relative_to(root).parts
    }
    require_pictures(pictures, root, f"LostAndFound's pictures beside the labels, or its {_TREE}/")
    return match(pictures, labels, rule=RULE, label_name="{n}_{id}_labels.png or {id}_fishy-labels.png")
