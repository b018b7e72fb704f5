"""The stream of training pictures: street scenes and rendered drives, with objects pasted in, augmented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from mgcda_core.datasets.coco_objects import Cutout, coco_cutouts
from mgcda_core.datasets.street_scene import StreetScene
from mgcda_core.datasets.street_sets import open_street
from mgcda_core.domains.anomaly_mix import AnomalyMix
from mgcda_core.domains.sample import IGNORE, NORMAL, Sample
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS, TRAINING_SEEDS, drive_sample
from mgcda_core.training.augmentation import random_crop, random_light

DOMAINS = ("camvid", "idd_lite", "simulated_drive")
"""The synthetic sources, in the order of the shares; their index is the domain number that alignment sees."""
HELD_OUT_EVERY = 7
"""Every seventh COCO picture's objects are never pasted in training, only in validation."""


def street_sources(data: Path, *, held_out: bool) -> dict[str, list[StreetScene]]:
    """Return the street scenes to train on or, held out from it, to validate on: camvid and idd_lite below data."""
    if held_out:
        return {
            "camvid": open_street("camvid", data / "camvid", "val"),
            "idd_lite": open_street("idd_lite", data / "idd_lite", "val"),
        }
    return {
        "camvid": open_street("camvid", data / "camvid", "train") + open_street("camvid", data / "camvid", "test"),
        "idd_lite": open_street("idd_lite", data / "idd_lite", "train"),
    }


def object_sources(data: Path, *, held_out: bool) -> tuple[list[Cutout], list[Cutout]]:
    """Return (unknown, known) COCO objects to train on, or those of the held-out pictures."""
    unknown, known = coco_cutouts(data / "coco")
    numbers = sorted({cutout.image_id for cutout in unknown + known})
    reserved = set(numbers[::HELD_OUT_EVERY])

    def select(cutouts: Sequence[Cutout]) -> list[Cutout]:
        return [cutout for cutout in cutouts if (cutout.image_id in reserved) == held_out]

    return select(unknown), select(known)


class Mixture(Dataset):
    """Picture number i is the same whatever process makes it: all chance comes from (seed, i).

    shares: how often a picture comes from each of DOMAINS. Item: image float (3, H, W) in [0, 1], allowed classes
    int32 (H, W), anomaly uint8 (H, W), number of the domain.
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
    ) -> None:
        streets = street_sources(data, held_out=held_out)
        unknown, known = object_sources(data, held_out=held_out)
        self.sources = (streets["camvid"], streets["idd_lite"])
        self.mix = AnomalyMix(unknown, known)
        self.length, self.seed, self.crop, self.shares, self.held_out = length, seed, crop, shares, held_out

    def __len__(self) -> int:
        return self.length

    def sample(self, index: int) -> tuple[Sample, int]:
        """Return picture number index before it becomes tensors, and the number of its domain."""
        rng = np.random.default_rng((self.seed, index, int(self.held_out)))
        source = int(rng.choice(len(DOMAINS), p=self.shares))
        if DOMAINS[source] == "simulated_drive":
            sample = drive_sample(rng, HELD_OUT_SEEDS if self.held_out else TRAINING_SEEDS)
            if rng.random() < 0.3:
                sample = self.mix(rng, sample)
        else:
            scenes = self.sources[source]
            image, allowed = scenes[int(rng.integers(len(scenes)))].read()
            # One working size, near CamVid's own: pasted objects then have the same sharpness everywhere.
            size = (480, round(480 * image.shape[0] / image.shape[1]))
            image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
            allowed = cv2.resize(allowed, size, interpolation=cv2.INTER_NEAREST)
            anomaly = np.where(allowed == 0, IGNORE, NORMAL).astype(np.uint8)
            sample = self.mix(rng, Sample(image, allowed, anomaly))
        height, width = self.crop
        sample = random_crop(rng, sample, height=height, width=width, base_width=480, scales=(0.8, 2.1))
        sample.image = random_light(rng, sample.image)
        return sample, source

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
        sample, domain = self.sample(index)
        image = torch.from_numpy(sample.image).permute(2, 0, 1).float() / 255
        return image, torch.from_numpy(sample.allowed.astype(np.int32)), torch.from_numpy(sample.anomaly), domain
