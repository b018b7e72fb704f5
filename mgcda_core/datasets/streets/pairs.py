"""Any labelled street pictures: images/{id}.* with labels/{id}.png and a class file that says what the values mean.

The class file, classes.json beside the two folders, is JSON:

    {"class_list": "cityscapes", "labels": {"0": ["road"], "7": ["car", "truck"]}, "void": [255], "artefact": [254]}

class_list: the common list that the names are from, "cityscapes" where nothing is said; either reads in the other.
labels: label value -> the classes that it may mean, one or several. void: values of which nothing is known. artefact:
the same, but the camera's and not the scene's (ego vehicle, borders). A value that is not listed is an error.
With a split, images/ and labels/ lie in its folder and the class file beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

from mgcda_core.datasets.classes import CLASS_LISTS, to_cityscapes
from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.streets.files import Splits, StreetFiles, match_folders

SPLITS = Splits("train", "val", "test")

CLASS_FILE = "classes.json"
_FIELDS = ("class_list", "labels", "void", "artefact")


def pairs(root: Path, split: str | None, class_file: Path | None = None) -> StreetFiles:
    """Return the files of a split, or of the folder itself; class_file: another than classes.json below root.

    Raises ValueError naming the folder, the class file or the first file that has no partner.
    """
    folder = root / split if split else root
    found = match_folders(
        folder / "images",
        folder / "labels",
        expected=f"images/ and labels/ below {folder}",
        label_name="{id}.png",
    )
    return StreetFiles(found, read_class_file(class_file or root / CLASS_FILE))


def read_class_file(path: Path) -> tuple[Label, ...]:
    """Return the labels that a class file lists; raises ValueError naming the file and what is wrong in it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ValueError(
            f'{path}: no such file; expected the class file, such as {{"labels": {{"0": ["road"]}}, "void": [255]}}; '
            "write one"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error}); mend the file") from None
    if not isinstance(content, dict) or not isinstance(content.get("labels"), dict) or not content["labels"]:
        _refuse(path, 'has no "labels"', 'an object of label value: class names, such as {"0": ["road"]}')
    if unknown := sorted(set(content) - set(_FIELDS)):
        _refuse(path, f"unknown fields {unknown}", f"only {', '.join(_FIELDS)}")
    class_list = content.get("class_list", "cityscapes")
    if class_list not in list(CLASS_LISTS):
        _refuse(path, f"class_list {class_list!r}", f"one of {', '.join(CLASS_LISTS)}")
    labels = [_class_label(path, value, names, class_list) for value, names in content["labels"].items()]
    for field in ("void", "artefact"):
        values = content.get(field, [])
        if not isinstance(values, list):
            _refuse(path, f"{field} {values!r}", "a list of label values, such as [255]")
        labels += [Label(_value(path, value), field, artefact=field == "artefact") for value in values]
    values = [label.value for label in labels]
    if twice := sorted({value for value in values if values.count(value) > 1}):
        _refuse(path, f"label values {twice} are listed twice", "each value once in labels, void and artefact together")
    return tuple(sorted(labels))


def _class_label(path: Path, value: object, names: object, class_list: str) -> Label:
    if not isinstance(names, list) or not names:
        _refuse(path, f"label value {value}: {names!r}", "a list of one or several class names")
    if unknown := [name for name in names if name not in CLASS_LISTS[class_list]]:
        allowed = ", ".join(CLASS_LISTS[class_list])
        _refuse(path, f"label value {value}: unknown classes {unknown}", f"some of {allowed}")
    text = " / ".join(names)
    if class_list == "street":
        return Label(_value(path, value), text, to_cityscapes(names), tuple(names))
    return Label(_value(path, value), text, tuple(names))


def _value(path: Path, value: object) -> int:
    if isinstance(value, int | str) and str(value).isdecimal() and int(value) <= 255:
        return int(value)
    _refuse(path, f"label value {value!r}", "a whole number from 0 to 255")


def _refuse(path: Path, found: str, expected: str) -> NoReturn:
    raise ValueError(f"{path}: {found} is not allowed; expected {expected}; mend the class file")
