"""What can be wrong with a labelled set is found before an hour is spent on scoring it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mgcda_core.datasets.labelled_picture import ANOMALY, IGNORED, LabelledPicture
from mgcda_core.datasets.picture_header import picture_size


class SetSummary(NamedTuple):
    """How many pictures a set has, how many of them show an anomaly, and how many pixels carry which label."""

    pictures: int
    with_anomaly: int
    normal_px: int
    anomaly_px: int
    ignored_px: int


def check(pictures: Sequence[LabelledPicture]) -> SetSummary:
    """Read every label and every picture's header, and return what the set holds.

    About 20 ms per picture of 2 megapixels. Raises ValueError naming the first file that cannot be read, breaks off,
    differs in size from its partner or has an unknown label value, and for a set without a single anomaly pixel.
    """
    if not pictures:
        raise ValueError("the set has no pictures")
    with_anomaly = anomaly = ignored = total = 0
    for picture in pictures:
        size = picture_size(picture.image_path)
        labels = picture.read_labels()
        picture.require_size(labels, size)
        here = int(np.count_nonzero(labels == ANOMALY))
        with_anomaly += here > 0
        anomaly += here
        ignored += int(np.count_nonzero(labels == IGNORED))
        total += labels.size
    if anomaly == 0:
        raise ValueError(
            f"{pictures[0].label_path.parent}: none of the {len(pictures)} labels has an anomaly pixel, so there is "
            "nothing to find; is this the right layout for the set?"
        )
    return SetSummary(len(pictures), with_anomaly, total - anomaly - ignored, anomaly, ignored)
