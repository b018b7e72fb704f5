"""What the layouts of street sets share: the files of a split, pictures matched with labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mgcda_core.datasets.labels import Label
from mgcda_core.datasets.layouts.matching import by_id, files, partners, require_pictures
from mgcda_core.datasets.picture import PICTURE_SUFFIXES


class StreetFiles(NamedTuple):
    """A split on disk: (picture, label) paths ordered by id, and what the label values mean."""

    pairs: list[tuple[Path, Path]]
    labels: tuple[Label, ...]


class Splits(NamedTuple):
    """The names of a set's folders as on disk, by what they are for; test is None where no test labels are public."""

    training: str
    validation: str
    test: str | None = None


def match_folders(
    pictures: Path,
    labels: Path,
    *,
    expected: str,
    label_name: str,
    picture_pattern: str = "*",
    label_pattern: str = "*",
    picture_end: str = "",
    label_end: str = "",
    picture_suffixes: tuple[str, ...] = PICTURE_SUFFIXES,
) -> list[tuple[Path, Path]]:
    """Return (picture, label) paths, ordered by id: the path below its folder without suffix and without its end.

    expected: the layout in words, for errors. label_name: how a label is named, with {id}. picture_end, label_end: what
    follows the id in a file's stem, in any case of letters; other files are passed over. Raises ValueError naming the
    first missing folder, the folder without pictures, or the first file without a partner.
    """
    for folder in (pictures, labels):
        if not folder.is_dir():
            raise ValueError(f"{folder}: no such folder; expected {expected}; give the folder that holds the set")
    found = {
        folder: by_id(
            (path for path in files(folder, pattern, suffixes) if path.stem.lower().endswith(end.lower())),
            _id_below(folder, end),
        )
        for folder, pattern, suffixes, end in (
            (pictures, picture_pattern, picture_suffixes, picture_end),
            (labels, label_pattern, (".png",), label_end),
        )
    }
    require_pictures(found[pictures], pictures, f"{expected}; is this the data set's folder?")
    matched = partners(
        found[pictures],
        found[labels],
        label_name=str(labels / label_name),
        remedy="; get the labels again, or remove the picture",
    )
    return [(picture, label) for _, picture, label in matched]


def match_cities(root: Path, split: str, *, picture_end: str, label_end: str) -> list[tuple[Path, Path]]:
    """Return match_folders() for the layout of Cityscapes, which IDD has too: leftImg8bit and gtFine, split, city."""
    return match_folders(
        root / "leftImg8bit" / split,
        root / "gtFine" / split,
        expected=f"leftImg8bit/{split}/ and gtFine/{split}/ below {root}",
        label_name=f"{{id}}{label_end}.png",
        picture_pattern="*/*",
        label_pattern="*/*",
        picture_end=picture_end,
        label_end=label_end,
    )


def _id_below(folder: Path, end: str) -> Callable[[Path], str]:
    return lambda path: path.relative_to(folder).with_name(path.stem[: len(path.stem) - len(end)]).as_posix()
