"""The stream of training pictures: street scenes and rendered drives, with objects pasted in, augmented."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from torch.utils.data import Dataset

from mgcda_core.domains.anomaly_mix import AnomalyMix
from mgcda_core.domains.sample import Sample
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS, TRAINING_SEEDS, drive_sample
from mgcda_core.training.augmentation.plain import random_crop, random_light
from mgcda_core.training.item import Item, item_of
from mgcda_core.training.object_source import object_sources
from mgcda_core.training.recipe import PLAIN_DOMAINS
from mgcda_core.training.sources import WORKING_WIDTH_PX, read_street
from mgcda_core.training.street_source import street_sources


class Mixture(Dataset):
    """Picture number i is the same whatever process makes it: all chance comes from (seed, i).

    shares: how often a picture comes from each of PLAIN_DOMAINS. left_out: pictures that are not to be used. Items as
    item.py has them.
    """

    def __init__(
        self,
        data: Path,
        *,
        length: int,
        seed: int,
        crop: tuple[int, int] = (352, 480),
        shares: tuple[float, float, float] = (0.42, 0.44, 0.14),
        held_out: bool = False,
        left_out: Collection[Path] = (),
    ) -> None:
        streets = street_sources(data, held_out=held_out, left_out=left_out)
        unknown, known = object_sources(data, held_out=held_out, left_out=left_out)
        self.sources = (streets["camvid"], streets["idd_lite"])
        self.mix = AnomalyMix.plain(unknown, known)
        self.length, self.seed, self.crop, self.shares, self.held_out = length, seed, crop, shares, held_out

    def __len__(self) -> int:
        return self.length

    def sample(self, index: int) -> tuple[Sample, int]:
        """Return picture number index before it becomes tensors, and the number of its domain."""
        rng = np.random.default_rng((self.seed, index, int(self.held_out)))
        source = int(rng.choice(len(PLAIN_DOMAINS), p=self.shares))
        if PLAIN_DOMAINS[source] == "simulated_drive":
            sample = drive_sample(rng, HELD_OUT_SEEDS if self.held_out else TRAINING_SEEDS)
            if rng.random() < 0.3:
                sample = self.mix(rng, sample)
        else:
            scenes = self.sources[source]
            sample = self.mix(rng, read_street(scenes[int(rng.integers(len(scenes)))]))
        height, width = self.crop
        sample = random_crop(rng, sample, height=height, width=width, base_width=WORKING_WIDTH_PX, scales=(0.8, 2.1))
        sample.image = random_light(rng, sample.image)
        return sample, source

    def __getitem__(self, index: int) -> Item:
        return item_of(*self.sample(index))
