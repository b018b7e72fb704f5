"""A source of objects in a recipe, and which of them are for what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mgcda_core.datasets.coco_photographs import Photograph, coco_photographs
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.datasets.object_sets import ObjectLayout, open_objects
from mgcda_core.datasets.street_categories import STREET_CLASS_OF

HELD_OUT_EVERY = 7
"""Every seventh picture's objects of a source are never pasted in training, only in validation."""


@dataclass(frozen=True)
class ObjectSource:
    """layout: as datasets/object_sets.py names it. root: below the recipe's data, or absolute.

    split: of coco and voc, where there is more than one. include: only these categories are anomalies. exclude: all but
    these. Without either, the categories that street data knows are none; they are pasted as decoys, labelled normal.
    """

    layout: ObjectLayout
    root: Path
    split: str | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None

    def open(self, data: Path) -> tuple[list[Cutout], list[Cutout]]:
        """Return the source's (unknown, known) objects; of a person's own cut-outs none are known.

        Raises ValueError as open_objects() does.
        """

        def opened(**filters: tuple[str, ...] | None) -> list[Cutout]:
            return open_objects(self.layout, data / self.root, split=self.split, **filters)

        if self.layout == "rgba":
            return opened(include=self.include, exclude=self.exclude), []
        everything = opened(exclude=())
        if self.include is None and self.exclude is None:
            unknown = [each for each in everything if each.category not in STREET_CLASS_OF]
        else:
            unknown = opened(include=self.include, exclude=self.exclude)
        decoys = STREET_CLASS_OF.keys() - {each.category for each in unknown}
        return unknown, [each for each in everything if each.category in decoys]

    def photographs(self, data: Path) -> list[Photograph]:
        """Return the source's whole pictures, where it is one of pictures with outlines (the layout coco)."""
        return coco_photographs(data / self.root, self.split) if self.layout == "coco" else []


@lru_cache(maxsize=8)
def _opened(source: ObjectSource, data: Path) -> tuple[list[Cutout], list[Cutout]]:
    # The check of the data, the training and its validation all ask: COCO's annotations take half a minute to read.
    return source.open(data)


@lru_cache(maxsize=8)
def _photographed(source: ObjectSource, data: Path) -> list[Photograph]:
    return source.photographs(data)


COCO = (ObjectSource("coco", Path("coco")),)


def object_sources(
    data: Path, *, held_out: bool, sources: Sequence[ObjectSource] = COCO, left_out: Collection[Path] = ()
) -> tuple[list[Cutout], list[Cutout]]:
    """Return (unknown, known) objects to train on, or those of the held-out pictures.

    left_out: pictures that are not to be used. Raises ValueError for a folder or file that is wrong.
    """
    unknown: list[Cutout] = []
    known: list[Cutout] = []
    for source in sources:
        opened = _opened(source, data)
        reserved = _reserved(opened)
        for kind, cutouts in zip((unknown, known), opened, strict=True):
            kind += [
                cutout
                for cutout in cutouts
                if (cutout.image_id in reserved) == held_out and cutout.reference.files[0] not in left_out
            ]
    return unknown, known


def photograph_sources(
    data: Path, *, held_out: bool, sources: Sequence[ObjectSource] = COCO, left_out: Collection[Path] = ()
) -> tuple[list[Photograph], frozenset[str]]:
    """Return whole pictures of the sources and the categories that are unknown in them; arguments and errors as above.

    A picture whose objects are held out is held out.
    """
    photographs: list[Photograph] = []
    unknown: set[str] = set()
    for source in sources:
        opened = _opened(source, data)
        reserved = _reserved(opened)
        photographs += [
            each
            for each in _photographed(source, data)
            if (each.image_id in reserved) == held_out and each.path not in left_out
        ]
        unknown |= {cutout.category for cutout in opened[0]}
    return photographs, frozenset(unknown)


def _reserved(opened: tuple[list[Cutout], list[Cutout]]) -> set[int | str]:
    """Return the pictures of a source that are held out."""
    return set(sorted({cutout.image_id for kind in opened for cutout in kind})[::HELD_OUT_EVERY])
