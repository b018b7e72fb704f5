"""VoidClass: what the street data calls void is an anomaly, and known things are told to be something else.

The second half is SynBoost's (Di Biase et al., CVPR 2021): the picture stays, but what the network is told of a swapped
thing is wrong, so that picture and reconstruction disagree exactly there. Only a network that is fed `swapped` in place
of its own prediction can learn from it; for any other, set swap_share to 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mgcda_core.datasets.classes import STREET_CLASSES, class_mask
from mgcda_core.domains.domain import require_sample, require_shares
from mgcda_core.domains.instances import instances
from mgcda_core.domains.sample import ANOMALY, IGNORE, NOT_SWAPPED, Sample
from mgcda_core.domains.void_objects import VoidObjects


@dataclass(frozen=True)
class VoidClass:
    """Labels void and swapped instances as anomalies; shares are probabilities in [0, 1].

    void_share: of a picture's void being labelled; otherwise it is not judged. void_objects: which void is labelled,
    the rest is not judged; None: all of it, as in the reference, which hurts where void is mostly known things that
    nobody labelled. swap_share: of instances of a picture being swapped at all. largest_swapped_share: of those of a
    picture; the share is drawn from 0 to it, one instance is swapped at least. countable: classes whose connected
    pixels are things. bag: the classes they are told to be, of which their own is left out. minimum_instance_px: area.
    """

    void_share: float = 0.7
    void_objects: VoidObjects | None = VoidObjects()
    swap_share: float = 0.8
    largest_swapped_share: float = 0.5
    countable: tuple[str, ...] = ("car", "pedestrian", "bicyclist", "sign", "pole")
    bag: tuple[str, ...] = ("road", "pavement", "building", "tree", "fence", "car", "pedestrian", "bicyclist", "sign")
    minimum_instance_px: int = 60
    name: str = "void_class"

    needs_street = True

    def __post_init__(self) -> None:
        require_shares(
            "VoidClass",
            void_share=self.void_share,
            swap_share=self.swap_share,
            largest_swapped_share=self.largest_swapped_share,
        )
        for field in ("countable", "bag"):
            if unknown := set(getattr(self, field)) - set(STREET_CLASSES):
                raise ValueError(f"VoidClass.{field}: {sorted(unknown)} is not allowed; classes are {STREET_CLASSES}")
        if len(set(self.bag)) < 2:
            raise ValueError(f"VoidClass.bag: {self.bag} is not allowed; it needs two classes or more to draw from")

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        """Return a new sample with the same picture and other labels; the input is left as it was.

        A swapped pixel keeps its allowed classes: they are what the picture shows.
        """
        result = require_sample(self.name, sample).copy()
        void = result.scene_void() & (result.allowed == 0) & (result.anomaly != ANOMALY)
        result.anomaly[void] = IGNORE
        if rng.random() < self.void_share:
            objects = void if self.void_objects is None else self.void_objects(void, result.allowed)
            result.anomaly[objects] = ANOMALY
        if result.swapped is None:
            result.swapped = np.full(result.anomaly.shape, NOT_SWAPPED, np.uint8)
        if rng.random() < self.swap_share:
            self._swap(rng, result)
        return result

    def _swap(self, rng: np.random.Generator, result: Sample) -> None:
        found = list(instances(result.allowed, self.countable, minimum_area_px=self.minimum_instance_px))
        if not found:
            return
        count = max(1, round(rng.uniform(0, self.largest_swapped_share) * len(found)))
        for index in rng.choice(len(found), count, replace=False).tolist():
            instance = found[index]
            others = [name for name in self.bag if not class_mask([name]) & instance.classes]
            if not others:
                continue
            told = STREET_CLASSES.index(others[int(rng.integers(len(others)))])
            result.swapped[instance.window][instance.mask] = told
            result.anomaly[instance.window][instance.mask] = ANOMALY
