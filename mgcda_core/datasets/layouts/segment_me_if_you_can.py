"""SegmentMeIfYouCan: images/{id}.{jpg,png,webp} with labels_masks/{id}_labels_semantic.png."""

from __future__ import annotations

from pathlib import Path

from mgcda_core.datasets.labelled_picture import PLAIN_RULE, LabelledPicture
from mgcda_core.datasets.layouts.pairs import matched_pairs

SPLITS = ("validation",)


def segment_me_if_you_can(root: Path, split: str | None) -> list[LabelledPicture]:
    """Return a track's pictures, all of them or, for the split "validation", those with public labels.

    Raises ValueError naming the first file where pictures and labels disagree.
    """
    remedy = "" if split else "; the labels of the test pictures are not public: pass split validation for the others"
    return matched_pairs(root, rule=PLAIN_RULE, prefix=split or "", remedy=remedy)
