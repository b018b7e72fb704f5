"""Rendered drives as a domain: their hazards are the anomalies, and no drive is seen twice."""

from __future__ import annotations

import numpy as np

from mgcda_core.datasets.labels import label_tables
from mgcda_core.datasets.streets.camvid import CAMVID_LABELS
from mgcda_core.domains.simulated_drive import (
    DRIVE_SECONDS,
    HELD_OUT_SEEDS,
    TRAINING_SEEDS,
    SimulatedDrive,
    drive_sample,
)
from mgcda_core.simulation.drive import Drive

SEED = range(7, 8)


def test_hazards_and_only_they_are_anomalies_of_no_class() -> None:
    drive, seen = Drive(seed=7, width=160, height=90), 0
    for seed in range(3):
        sample = drive_sample(np.random.default_rng(seed), SEED, width=160, height=90)
        rng = np.random.default_rng(seed)
        rng.choice(SEED)
        frame = drive.render(float(rng.uniform(0, DRIVE_SECONDS)))
        assert np.array_equal(sample.image, frame.image)
        assert np.array_equal(sample.anomaly == 1, frame.instances > 0)
        assert np.array_equal(sample.allowed, label_tables(CAMVID_LABELS).allowed[frame.labels])
        assert not (sample.allowed[sample.anomaly == 1]).any()
        assert sample.allowed.dtype == np.int32 and sample.anomaly.dtype == np.uint8
        seen += int((sample.anomaly == 1).sum())
    assert seen > 0, "three moments without a hazard: this test has seen nothing"


def test_no_drive_serves_two_purposes() -> None:
    demonstrations = set(range(1_000))
    assert not set(TRAINING_SEEDS) & set(HELD_OUT_SEEDS)
    assert not demonstrations & (set(TRAINING_SEEDS) | set(HELD_OUT_SEEDS))


def test_as_a_domain_it_needs_no_street_picture_and_looks_at_none() -> None:
    domain = SimulatedDrive(SEED, width=160, height=90)
    assert domain.name == "simulated_drive" and not domain.needs_street
    alone = domain(np.random.default_rng(4))
    given = domain(np.random.default_rng(4), alone.copy())
    expected = drive_sample(np.random.default_rng(4), SEED, width=160, height=90)
    for sample in (alone, given):
        assert np.array_equal(sample.image, expected.image) and np.array_equal(sample.anomaly, expected.anomaly)
