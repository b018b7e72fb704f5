"""Layered: what one domain after the other makes of the same picture, by hand and on pictures of both."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.anomaly_mix import AnomalyMix
from mgcda_core.domains.layered import Layered
from mgcda_core.domains.road_debris import RoadDebris
from mgcda_core.domains.sample import ANOMALY, Sample, street_sample
from mgcda_core.domains.simulated_drive import TRAINING_SEEDS, SimulatedDrive
from mgcda_core.domains.void_class import VoidClass


def road() -> Sample:
    """A grey road below a blue sky, 240 x 320."""
    image = np.full((240, 320, 3), 110, np.uint8)
    image[:90] = 120, 150, 220
    allowed = np.full((240, 320), class_mask(["road"]), np.int32)
    allowed[:90] = class_mask(["sky"])
    return street_sample(image, allowed)


def crate() -> Cutout:
    texture = np.random.default_rng(0).integers(0, 256, (150, 130, 3)).astype(np.uint8)
    return Cutout(texture, np.full((150, 130), 255, np.uint8), "suitcase", 0)


DEBRIS = RoadDebris(clean_share=0.0, patch_share=0.0)
MIX = AnomalyMix([crate()], [], clean_share=0.0, large_share=1.0, solid_share=0.0)


def as_bytes(sample: Sample) -> bytes:
    return sample.image.tobytes() + sample.allowed.tobytes() + sample.anomaly.tobytes()


def test_it_is_one_domain_after_the_other_with_the_same_chance_and_leaves_its_input() -> None:
    for seed in range(10):
        given, rng = road(), np.random.default_rng(seed)
        expected = MIX(rng, DEBRIS(rng, road()))
        found = Layered([DEBRIS, MIX])(np.random.default_rng(seed), given)
        assert as_bytes(found) == as_bytes(expected)
        assert as_bytes(given) == as_bytes(road())


def test_what_the_first_puts_down_stays_an_anomaly_wherever_the_second_is_not() -> None:
    kept = 0
    for seed in range(20):
        first = DEBRIS(np.random.default_rng(seed), road())
        both = Layered([DEBRIS, MIX])(np.random.default_rng(seed), road())
        untouched = (both.image == first.image).all(axis=2)
        debris = (first.anomaly == ANOMALY) & untouched
        assert (both.anomaly[debris] == ANOMALY).all()
        assert (both.anomaly == ANOMALY).sum() > (first.anomaly == ANOMALY).sum()
        kept += int(debris.any())
    assert kept >= 10


def test_what_void_class_swaps_is_told_until_something_is_put_on_top() -> None:
    given = road()
    given.allowed[120:200, 100:220] = class_mask(["car"])
    swaps = VoidClass(void_share=0.0, swap_share=1.0)
    for seed in range(10):
        swapped = swaps(np.random.default_rng(seed), given).swapped
        result = Layered([swaps, DEBRIS, MIX])(np.random.default_rng(seed), given)
        told = result.swapped != 255
        assert (swapped != 255).any() and (result.swapped[told] == swapped[told]).all()
        assert (result.anomaly[told] == ANOMALY).all() and (result.allowed[told] == class_mask(["car"])).all()


def test_it_is_named_by_its_layers_and_needs_what_the_first_needs() -> None:
    drive = SimulatedDrive(TRAINING_SEEDS[:1], width=160, height=90)
    assert Layered([DEBRIS, MIX]).name == "road_debris+anomaly_mix"
    assert Layered([DEBRIS, MIX]).needs_street
    on_drives = Layered([drive, MIX])
    assert not on_drives.needs_street
    assert (on_drives(np.random.default_rng(0), None).anomaly == ANOMALY).any()


def test_a_domain_that_makes_its_own_pictures_comes_first() -> None:
    with pytest.raises(ValueError, match=r"simulated_drive is not allowed after \+: .*name it first"):
        Layered([DEBRIS, SimulatedDrive()])
    with pytest.raises(ValueError, match=r"Layered.layers: none is not allowed"):
        Layered([])
