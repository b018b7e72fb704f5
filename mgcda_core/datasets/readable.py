"""Files are opened once before a training, so that no training stops in the middle for a broken one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from tqdm import tqdm

from mgcda_core.datasets.picture import UnreadableFileError
from mgcda_core.datasets.picture_header import picture_size

Item = TypeVar("Item")


class Skipped(NamedTuple):
    """A picture that is left out, by its path, and the sentence that says which file is wrong and why."""

    image_path: Path
    reason: str


class Checked(NamedTuple, Generic[Item]):
    """What can be read, in its order, and what was left out. what: the things' name in the plural."""

    items: list[Item]
    skipped: list[Skipped]
    what: str

    def summary(self) -> str:
        """Return the count in one line and, below it, a line for everything that was left out."""
        head = f"{len(self.items)} {self.what} can be read, {len(self.skipped)} were skipped"
        return "\n".join([head, *(f"  {item.reason}" for item in self.skipped)])


def check_readable(
    items: Sequence[Item],
    files: Callable[[Item], Sequence[Path]],
    read: Callable[[Item], object],
    *,
    what: str,
    skip_unreadable: bool,
) -> Checked[Item]:
    """Read every item, as many at a time as there are processors, and return those that can be.

    files: of an item, its picture first. skip_unreadable: items with a file that cannot be read or breaks off are left
    out. Any other ValueError of read() is raised all the same: a fault of the whole set, not of a copy. Raises
    ValueError for the first item that is wrong, and where there are none or all were left out.
    """
    if not items:
        raise ValueError(f"there are no {what} to check; open a set first")

    def fault(item: Item) -> Skipped | None:
        try:
            for path in files(item):
                _require_whole(path)
            read(item)
        except UnreadableFileError as error:
            if not skip_unreadable:
                raise
            return Skipped(files(item)[0], str(error))
        return None

    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        faults = list(tqdm(pool.map(fault, items), desc=what, unit="file", total=len(items)))
    finally:
        # After a fault nobody waits for the thousands that are still to be read.
        pool.shutdown(cancel_futures=True)
    readable = [item for item, found in zip(items, faults, strict=True) if found is None]
    if not readable:
        raise ValueError(f"{files(items[0])[0].parent}: none of {len(items)} {what} can be read; get the set again")
    return Checked(readable, [found for found in faults if found is not None], what)


def _require_whole(path: Path) -> None:
    try:
        # OpenCV returns a picture that breaks off as if it were whole, its rest grey.
        picture_size(path)
    except ValueError as error:
        raise UnreadableFileError(str(error)) from None
