"""Objects that somebody cut out already: a folder of PNG or WebP pictures with an alpha channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mgcda_core.datasets.cutout import Cutout, StoredCutout, require_categories, shrink, wanted
from mgcda_core.datasets.layouts.matching import files, require_pictures
from mgcda_core.datasets.picture import UnreadableFileError

CUTOUT_SUFFIXES = (".png", ".webp")
NO_CATEGORY = "object"
_READ_ERRORS = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True)
class RgbaReference:
    """A picture file with an alpha channel."""

    path: Path
    maximum_side_px: int

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that decode() reads."""
        return (self.path,)

    @property
    def shape(self) -> None:
        """Return None: only the pixels tell how much of the picture is the object."""
        return None

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return image and alpha of the box around all that is not fully transparent.

        Raises ValueError naming a file that cannot be read or is transparent from edge to edge.
        """
        try:
            with Image.open(self.path) as picture:
                rgba = np.asarray(picture.convert("RGBA"))
        except _READ_ERRORS as error:
            raise UnreadableFileError(f"{self.path}: not a readable picture ({error}); get the file again") from None
        visible = rgba[..., 3] > 0
        if not visible.any():
            raise ValueError(f"{self.path}: transparent from edge to edge; expected an object; remove the file")
        rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
        box = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return shrink(np.ascontiguousarray(box[..., :3]), np.ascontiguousarray(box[..., 3]), self.maximum_side_px)


def rgba_objects(
    root: Path,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    maximum_side_px: int = 320,
) -> list[Cutout]:
    """Return the cut-outs below root, ordered by path; only file headers are read until they are used.

    The category is the name of the file's folder, "object" for files in root itself; image_id is the path below root
    without suffix. Objects larger than maximum_side_px are scaled down to it. Raises ValueError naming root where it is
    missing, has no cut-outs or not the named categories, and the first file that is no picture or has no alpha channel.
    """
    if not root.is_dir():
        raise ValueError(f"{root}: no such folder; expected PNG or WebP pictures with an alpha channel; check root")
    paths = files(root, "**/*", CUTOUT_SUFFIXES)
    require_pictures(paths, root, "PNG or WebP pictures with an alpha channel; put them there")
    categories = [NO_CATEGORY if path.parent == root else path.parent.name for path in paths]
    chosen, excluded = (None if include is None else set(include)), set(exclude)
    require_categories((chosen or set()) | excluded, set(categories), root)
    found: list[Cutout] = []
    for path, category in zip(paths, categories, strict=True):
        if wanted(category, chosen, excluded):
            _require_alpha(path)
            id_ = path.relative_to(root).with_suffix("").as_posix()
            found.append(StoredCutout(RgbaReference(path, maximum_side_px), category, id_))
    return found


def _require_alpha(path: Path) -> None:
    try:
        with Image.open(path) as picture:
            has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    except _READ_ERRORS as error:
        raise UnreadableFileError(f"{path}: not a readable picture ({error}); get the file again") from None
    if not has_alpha:
        raise ValueError(f"{path}: has no alpha channel; expected one that is 0 around the object; cut the object out")
