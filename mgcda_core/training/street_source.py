"""A street data set in a recipe: where it lies, and which of its splits are for what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.datasets.street_sets import StreetLayout, open_street


@dataclass(frozen=True)
class StreetSource:
    """layout: as datasets/street_sets.py names it. root: below the recipe's data, or absolute.

    training: splits to learn from. held_out: splits to validate, calibrate and choose on, never to learn from.
    """

    layout: StreetLayout
    root: Path
    training: tuple[str, ...]
    held_out: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.training or not self.held_out:
            raise ValueError(
                f"streets: {self.layout} needs one split or more for training and held_out each, not "
                f"{self.training} and {self.held_out}"
            )
        if both := set(self.training) & set(self.held_out):
            raise ValueError(f"streets: {self.layout} learns from splits that are held out: {sorted(both)}")


CAMVID_AND_IDD_LITE = (
    StreetSource("camvid", Path("camvid"), ("train", "test"), ("val",)),
    StreetSource("idd_lite", Path("idd_lite"), ("train",), ("val",)),
)


def street_sources(
    data: Path,
    *,
    held_out: bool,
    sources: Sequence[StreetSource] = CAMVID_AND_IDD_LITE,
    left_out: Collection[Path] = (),
) -> dict[str, list[StreetScene]]:
    """Return the street scenes to train on or, held out from it, to validate on, by the name of their folder.

    left_out: pictures that are not to be used. Raises ValueError for a folder or file that is wrong.
    """
    return {
        source.root.name: [
            scene
            for split in (source.held_out if held_out else source.training)
            for scene in open_street(source.layout, data / source.root, split)
            if scene.image_path not in left_out
        ]
        for source in sources
    }
