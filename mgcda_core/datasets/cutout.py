"""Objects without their surroundings, in memory or on disk until they are looked at."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

CACHED_CUTOUTS = 2048
"""60 KiB each on average (measured on 1,396 COCO objects), 400 KiB at most with sides of 320 pixels."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """An object without its surroundings: image uint8 (H, W, 3) RGB, alpha uint8 (H, W), 255 on the object.

    category: the data set's name. image_id: the data set's picture, COCO's number or another set's name, so that a
    split by picture keeps parts of one apart.
    """

    image: np.ndarray
    alpha: np.ndarray
    category: str
    image_id: int | str

    @property
    def shape(self) -> tuple[int, int]:
        """Return height and width, pixels."""
        return self.alpha.shape


class CutoutReference(Hashable, Protocol):
    """Where an object lies on disk; equal references decode to equal arrays."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that it is decoded from, the picture first."""
        ...

    @property
    def shape(self) -> tuple[int, int] | None:
        """Return height and width of what it decodes to, pixels, or None where only decoding tells."""
        ...

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return image, uint8 (H, W, 3) RGB, and alpha, uint8 (H, W); raises ValueError naming a file that is wrong."""
        ...


class StoredCutout(Cutout):
    """A cut-out that is decoded when image or alpha is asked for; the last CACHED_CUTOUTS are kept.

    Treat the arrays as read-only: they are the cache's own.
    """

    reference: CutoutReference

    def __init__(self, reference: CutoutReference, category: str, image_id: int | str) -> None:
        # The base is frozen; image and alpha are properties here and have no place of their own.
        for name, value in (("reference", reference), ("category", category), ("image_id", image_id)):
            object.__setattr__(self, name, value)

    @property
    def image(self) -> np.ndarray:
        return _decoded(self.reference)[0]

    @property
    def alpha(self) -> np.ndarray:
        return _decoded(self.reference)[1]

    @property
    def shape(self) -> tuple[int, int]:
        return self.reference.shape or self.alpha.shape

    def __repr__(self) -> str:
        return f"StoredCutout({self.reference!r}, {self.category!r}, {self.image_id!r})"


@lru_cache(maxsize=CACHED_CUTOUTS)
def _decoded(reference: CutoutReference) -> tuple[np.ndarray, np.ndarray]:
    return reference.decode()


def shrunk(height: int, width: int, maximum_side_px: int) -> tuple[int, int]:
    """Return height and width, scaled down in proportion to maximum_side_px where they are larger."""
    scale = min(1.0, maximum_side_px / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(image: np.ndarray, alpha: np.ndarray, maximum_side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both scaled down, in proportion, to maximum_side_px where they are larger."""
    size = shrunk(*alpha.shape, maximum_side_px)[::-1]
    return (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(alpha, size, interpolation=cv2.INTER_AREA),
    )


def require_categories(names: set[str], known: set[str], source: Path) -> None:
    """Raise ValueError for categories that a set does not have; source: the file or folder that lists them."""
    if unknown := sorted(names - known):
        raise ValueError(f"{source}: categories {unknown} are not in the set; it has {', '.join(sorted(known))}")


def wanted(category: str, include: set[str] | None, exclude: set[str]) -> bool:
    """Return whether a category passes the filter; include None stands for all."""
    return category not in exclude and (include is None or category in include)
