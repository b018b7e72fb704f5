"""What feeds the domains in training: pictures of one width, every data set as often, every domain once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mgcda_core.domains.sample import IGNORE
from mgcda_core.domains.simulated_drive import HELD_OUT_SEEDS, TRAINING_SEEDS
from mgcda_core.training.domain_pictures import make_domain, open_things
from mgcda_core.training.recipe import DOMAIN_NAMES
from mgcda_core.training.sources import WORKING_WIDTH_PX, StreetPictures, read_street
from mgcda_core.training.street_source import street_sources


@pytest.mark.parametrize("width", [WORKING_WIDTH_PX, 40])
def test_street_pictures_have_one_width_and_keep_their_shape(training_data: Path, width: int) -> None:
    for scenes in street_sources(training_data, held_out=False).values():
        sample = read_street(scenes[0], width)
        image, allowed = scenes[0].read()
        assert sample.image.shape[:2] == (round(width * image.shape[0] / image.shape[1]), width)
        assert abs(sample.image.mean() - image.mean()) < 2
        assert set(np.unique(sample.allowed)) == set(np.unique(allowed)), "labels are not mixed"
        assert np.array_equal(sample.anomaly == IGNORE, sample.allowed == 0)


def test_small_data_sets_are_seen_as_often_as_large_ones(training_data: Path) -> None:
    streets = street_sources(training_data, held_out=False)
    pictures = StreetPictures([streets["camvid"] * 20, streets["idd_lite"]])
    heights = [pictures(np.random.default_rng(seed)).image.shape[0] for seed in range(40)]
    assert 10 <= sum(height == round(WORKING_WIDTH_PX * 72 / 96) for height in heights) <= 30


def test_every_domain_makes_a_picture(training_data: Path) -> None:
    street = StreetPictures(list(street_sources(training_data, held_out=False).values()))
    things = open_things(training_data, held_out=False)
    domains = [make_domain(name, {}, things, held_out=False) for name in DOMAIN_NAMES]
    assert len({domain.name for domain in domains}) == len(domains) == len(DOMAIN_NAMES)
    for domain in domains:
        if domain.needs_street:
            sample = domain(np.random.default_rng(0), street(np.random.default_rng(1)))
            assert sample.image.shape[1] == WORKING_WIDTH_PX


def test_held_out_drives_are_other_drives(training_data: Path) -> None:
    for held_out, seeds in ((False, TRAINING_SEEDS), (True, HELD_OUT_SEEDS)):
        things = open_things(training_data, held_out=held_out)
        assert make_domain("simulated_drive", {}, things, held_out=held_out).seeds == seeds
