"""Every picture finds its label by id, and nothing is left over on either side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from mgcda_core.datasets.labelled_picture import LabelledPicture, LabelRule


def files(folder: Path, pattern: str, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files below folder that match pattern and end in a suffix of any case, sorted, no hidden ones."""
    return sorted(
        path for path in folder.glob(pattern) if path.suffix.lower() in suffixes and not path.name.startswith(".")
    )


def by_id(paths: Iterable[Path], id_of: Callable[[Path], str]) -> dict[str, Path]:
    """Return each path under its id; raises ValueError naming the second of two files with one id."""
    found: dict[str, Path] = {}
    for path in paths:
        first = found.setdefault(id_of(path), path)
        if first != path:
            raise ValueError(f"{path}: {first} has the same id, {id_of(path)}; keep one of the two")
    return found


def match(
    pictures: dict[str, Path], labels: dict[str, Path], *, rule: LabelRule, label_name: str, remedy: str = ""
) -> list[LabelledPicture]:
    """Return a benchmark's pictures with their labels, ordered by id; arguments and errors as in partners()."""
    matched = partners(pictures, labels, label_name=label_name, remedy=remedy)
    return [LabelledPicture(picture, label, id_, rule) for id_, picture, label in matched]


def partners(
    pictures: dict[str, Path], labels: dict[str, Path], *, label_name: str, remedy: str = ""
) -> list[tuple[str, Path, Path]]:
    """Return id, picture and label of each pair, ordered by id.

    label_name: how the layout names a label, with {id}. remedy: what else a person can do about a missing label; ends
    the error's sentence. Raises ValueError naming the first picture without a label or label without a picture.
    """
    for id_, path in sorted(pictures.items()):
        if id_ not in labels:
            # Not str.format(): a folder's name may have braces of its own.
            raise ValueError(f"{path}: its label {label_name.replace('{id}', id_)} is missing{remedy}")
    for id_, path in sorted(labels.items()):
        if id_ not in pictures:
            raise ValueError(f"{path}: a label without a picture; expected one of the id {id_}")
    return [(id_, path, labels[id_]) for id_, path in sorted(pictures.items())]


def require_pictures(found: object, folder: Path, expected: str) -> None:
    """Raise ValueError naming folder where nothing was found in it."""
    if not found:
        raise ValueError(f"{folder}: no pictures found; expected {expected}")
