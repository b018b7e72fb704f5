"""Every scene is opened once before a training, so that no training stops in the middle for a broken file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from mgcda_core.datasets.picture_header import picture_size
from mgcda_core.datasets.street import UnreadableFileError
from mgcda_core.datasets.street_scene import StreetScene


class Skipped(NamedTuple):
    """A scene that is left out, by its picture's path, and the sentence that says which file is wrong and why."""

    image_path: Path
    reason: str


class Checked(NamedTuple):
    """The scenes that can be read, in their order, and those that were left out."""

    scenes: list[StreetScene]
    skipped: list[Skipped]

    def summary(self) -> str:
        """Return the count in one line and, below it, a line for every scene that was left out."""
        head = f"{len(self.scenes)} scenes can be read, {len(self.skipped)} were skipped"
        return "\n".join([head, *(f"  {item.reason}" for item in self.skipped)])


def check_streets(scenes: Sequence[StreetScene], skip_unreadable: bool = False) -> Checked:
    """Decode every picture and every label, and return which scenes can be read.

    skip_unreadable: scenes with a file that cannot be read or breaks off are left out and listed. Sizes that differ and
    label values outside of the class list are errors all the same: they are a fault of the whole set, not of a copy.
    Raises ValueError naming the first file that is wrong, and where there are no scenes or all were left out.
    """
    if not scenes:
        raise ValueError("there are no scenes to check; open a street set first")
    readable: list[StreetScene] = []
    skipped: list[Skipped] = []
    for scene in tqdm(scenes, desc="street scenes", unit="scene"):
        try:
            _read(scene)
            readable.append(scene)
        except UnreadableFileError as error:
            if not skip_unreadable:
                raise
            skipped.append(Skipped(scene.image_path, str(error)))
    if not readable:
        raise ValueError(f"{scenes[0].image_path.parent}: none of {len(scenes)} scenes can be read; get the set again")
    return Checked(readable, skipped)


def _read(scene: StreetScene) -> None:
    for path in (scene.image_path, scene.label_path):
        try:
            # OpenCV returns a picture that breaks off as if it were whole, its rest grey.
            picture_size(path)
        except ValueError as error:
            raise UnreadableFileError(str(error)) from None
    scene.read()
