"""A street data set in a recipe: where it lies, and which of its splits are for what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mgcda_core.datasets.street_sets import StreetLayout


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
