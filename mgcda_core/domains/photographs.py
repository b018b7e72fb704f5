"""Photographs: what a camera really saw, with the outlines that people drew; nothing is pasted, nothing is rendered.

Every other domain's anomalies were put there, and a network may learn what putting looks like. Here an unknown thing
is as sharp, as lit and as large as whatever is around it, known things are next to it, and the picture's border cuts
both. What nobody outlined is not judged: a photograph's background may be anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.coco_photographs import Photograph
from mgcda_core.datasets.street_categories import STREET_CLASS_OF
from mgcda_core.domains.sample import ANOMALY, IGNORE, NORMAL, Sample

CARRIED = ("backpack", "handbag", "tie", "umbrella", "cell phone")
STREET_FURNITURE = ("bench", "parking meter", "fire hydrant", "potted plant", "clock")


@dataclass(frozen=True)
class Photographs:
    """A random photograph; raises ValueError where there are none.

    unknown: categories that are anomalies. Street categories that are not among them are normal, and others, like
    groups that nobody told apart, are not judged. out_of_place: categories that are anomalies on a road but not where
    photographs show them, on people and pavements; they are not judged either.
    """

    photographs: Sequence[Photograph]
    unknown: Collection[str]
    out_of_place: Collection[str] = CARRIED + STREET_FURNITURE
    name: str = "photographs"

    needs_street = False

    def __post_init__(self) -> None:
        if not self.photographs:
            raise ValueError("there are no photographs; objects must name a source of the layout coco")

    def __call__(self, rng: np.random.Generator, sample: Sample | None = None) -> Sample:
        """Return a photograph with its labels; the given sample is not looked at."""
        photograph = self.photographs[int(rng.integers(len(self.photographs)))]
        image = photograph.read()
        allowed = np.zeros(photograph.size, np.int32)
        anomaly = np.full(photograph.size, IGNORE, np.uint8)
        # The largest first: what lies on a table or stands before a bus is outlined on top of it.
        for outline in photograph.outlines:
            mask, street_class = photograph.mask(outline), STREET_CLASS_OF.get(outline.category)
            unknown = outline.category in self.unknown
            in_place = outline.category not in self.out_of_place and not outline.crowd
            judged = (unknown or street_class is not None) and in_place
            anomaly[mask] = IGNORE if not judged else ANOMALY if unknown else NORMAL
            allowed[mask] = class_mask([street_class]) if judged and street_class and not unknown else 0
        return Sample(image, allowed, anomaly)
