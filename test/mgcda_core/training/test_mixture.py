"""The stream of training pictures: chance comes from the number alone, and nothing held out is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mgcda_core.domains.sample import Sample
from mgcda_core.training.mixture import Mixture
from mgcda_core.training.object_source import HELD_OUT_EVERY, object_sources
from mgcda_core.training.recipe import PLAIN_DOMAINS
from mgcda_core.training.street_source import street_sources

SETTINGS = {"length": 12, "seed": 3, "crop": (64, 72), "shares": (0.5, 0.5, 0.0)}


@pytest.fixture(scope="module")
def mixture(training_data: Path) -> Mixture:
    return Mixture(training_data, **SETTINGS)


def test_a_picture_is_the_same_in_any_order_and_any_process(mixture: Mixture, training_data: Path) -> None:
    forwards = [mixture[index] for index in range(4)]
    fresh = Mixture(training_data, **SETTINGS)
    for index in (3, 1, 0, 2):
        assert fresh[index][3] == forwards[index][3]
        for ours, theirs in zip(fresh[index][:3], forwards[index][:3], strict=True):
            assert torch.equal(ours, theirs)


def test_number_seed_and_purpose_each_change_the_picture(mixture: Mixture, training_data: Path) -> None:
    pictures = [
        mixture[0][0],
        mixture[1][0],
        Mixture(training_data, **{**SETTINGS, "seed": 4})[0][0],
        Mixture(training_data, **SETTINGS, held_out=True)[0][0],
    ]
    assert len({picture.numpy().tobytes() for picture in pictures}) == 4


def test_an_item_keeps_its_contract(mixture: Mixture) -> None:
    assert len(mixture) == 12
    for index in range(12):
        image, allowed, anomaly, domain, swapped = mixture[index]
        assert (swapped.shape, swapped.dtype) == ((64, 72), torch.uint8) and (swapped == 255).all()
        assert PLAIN_DOMAINS[domain] in ("camvid", "idd_lite")
        assert (image.shape, image.dtype) == ((3, 64, 72), torch.float32)
        assert (allowed.shape, allowed.dtype) == ((64, 72), torch.int32)
        assert (anomaly.shape, anomaly.dtype) == ((64, 72), torch.uint8)
        assert 0 <= image.min() and image.max() <= 1
        assert set(anomaly.unique().tolist()) <= {0, 1, 255}
        assert allowed.min() >= 0 and allowed.max() < 2**11
        # An anomaly is of no class, and what is of no class is never called normal.
        assert torch.equal(allowed == 0, anomaly != 0)


@pytest.mark.parametrize(("shares", "value"), [((1.0, 0.0, 0.0), 1 << 0), ((0.0, 1.0, 0.0), 1 << 5 | 1 << 1)])
def test_the_shares_choose_the_data_set(training_data: Path, shares: tuple[float, ...], value: int) -> None:
    """CamVid's fake scenes have a sky of their own; IDD Lite's a middle band of building or tree."""
    mixture = Mixture(training_data, **{**SETTINGS, "shares": shares})
    values = set(np.concatenate([mixture[index][1].unique().numpy() for index in range(8)]).tolist())
    other = (1 << 5 | 1 << 1) if value == 1 else 1 << 1
    assert value in values and other not in values


def test_rendered_drives_are_drawn_from_the_seeds_of_their_purpose(
    training_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, allowed = street_sources(training_data, held_out=False)["camvid"][0].read()
    street = Sample(image, allowed, np.zeros(allowed.shape, np.uint8))
    drawn: list[range] = []

    def fake_drive(rng: np.random.Generator, seeds: range) -> Sample:
        drawn.append(seeds)
        return street

    monkeypatch.setattr("mgcda_core.training.mixture.drive_sample", fake_drive)
    for held_out in (False, True):
        _ = Mixture(training_data, **{**SETTINGS, "shares": (0.0, 0.0, 1.0)}, held_out=held_out)[0]
    training, validation = drawn
    assert not set(training) & set(validation)
    assert min(training) >= 1_000 and min(validation) >= 1_000, "demonstration drives are not for training"


def test_no_street_picture_and_no_object_serves_two_purposes(training_data: Path) -> None:
    streets = [street_sources(training_data, held_out=held_out) for held_out in (False, True)]
    for name in ("camvid", "idd_lite"):
        training, validation = ({scene.image_path for scene in source[name]} for source in streets)
        assert training and validation and not training & validation
    objects = [object_sources(training_data, held_out=held_out) for held_out in (False, True)]
    training, validation = ({cutout.image_id for cutout in unknown + known} for unknown, known in objects)
    assert training == {2, 3} and validation == {1}
    assert HELD_OUT_EVERY > 3, "three pictures: the first alone is held out"


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="camvid: no such folder"):
        Mixture(tmp_path, **SETTINGS)
