"""The pipeline and its settings: determinism, every switch on its own, and mistakes named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import cv2
import numpy as np
import pytest
import torch

from mgcda_core.datasets.classes import class_mask
from mgcda_core.domains.sample import Sample, street_sample
from mgcda_core.training.augmentation.camera import noisy, random_camera
from mgcda_core.training.augmentation.light import random_exposure
from mgcda_core.training.augmentation.pipeline import Augmentation
from mgcda_core.training.augmentation.scene import hazy, rainy, shaded
from mgcda_core.training.augmentation.settings import AugmentationSettings, Chance

NOTHING = AugmentationSettings.none()
STRONG = {
    "exposure": Chance(1, 0.6, 0.7), "white_balance": Chance(1, 0.7, 1.3), "black_level": Chance(1, 0.05, 0.06),
    "gamma": Chance(1, 1.3, 1.4), "contrast": Chance(1, 0.5, 0.6), "saturation": Chance(1, 0.1, 0.2),
    "shadow": Chance(1, 0.4, 0.5), "haze": Chance(1, 0.4, 0.5), "rain": Chance(1, 1, 2), "blur": Chance(1, 1, 2),
    "sharpen": Chance(1, 1.5, 2), "noise": Chance(1, 8, 9), "jpeg": Chance(1, 20, 30),
}  # fmt: skip


def street(make_picture: Callable, height: int = 96, width: int = 128) -> Sample:
    allowed = np.full((height, width), class_mask(["sky"]), np.int32)
    allowed[height // 2 :] = class_mask(["road"])
    image = make_picture(height, width)
    image[: height // 2, :, 0] //= 4
    return street_sample(image, allowed)


def augmentation(**changes: object) -> Augmentation:
    return Augmentation(replace(NOTHING, **changes), crop=(96, 128), base_width=128)


@pytest.mark.parametrize("name", STRONG)
def test_every_change_of_light_has_its_own_switch_and_leaves_the_labels(name: str, make_picture: Callable) -> None:
    sample = street(make_picture)
    for seed in range(4):
        untouched = augmentation()(np.random.default_rng(seed), sample)
        assert np.array_equal(untouched.image, sample.image)
        changed = augmentation(**{name: STRONG[name]})(np.random.default_rng(seed), sample)
        assert not np.array_equal(changed.image, sample.image)
        assert np.array_equal(changed.allowed, sample.allowed) and np.array_equal(changed.anomaly, sample.anomaly)


@pytest.mark.parametrize("preset", [AugmentationSettings(), AugmentationSettings.plain()], ids=["default", "plain"])
def test_chance_comes_from_the_generator_alone(preset: AugmentationSettings, make_picture: Callable) -> None:
    sample, whole = street(make_picture), Augmentation(preset, crop=(64, 80), base_width=128)
    results = []
    for seed in [*range(25), 0]:
        torch.manual_seed(len(results))
        np.random.seed(len(results))
        state = torch.random.get_rng_state()
        result = whole(np.random.default_rng(seed), sample)
        assert torch.equal(torch.random.get_rng_state(), state), "torch's global generator was asked"
        assert result.image.shape == (64, 80, 3) and result.image.dtype == np.uint8
        assert result.allowed.shape == result.anomaly.shape == (64, 80)
        results.append(result)
    assert np.array_equal(results[0].image, results[-1].image)
    assert len({result.image.tobytes() for result in results}) == 25
    assert np.array_equal(sample.image, street(make_picture).image)


def test_light_leaves_the_picture_to_be_recognised(make_picture: Callable) -> None:
    """Brightness may change, what is where may not: picture and result stay correlated, colours in their order."""
    sample = street(make_picture)
    for seed in range(40):
        settings = replace(AugmentationSettings(), saturation=Chance(1, 0.2, 1.5))
        image = random_exposure(np.random.default_rng(seed), sample.image, settings)
        image = random_camera(np.random.default_rng(seed), image, settings)
        greys = [cv2.GaussianBlur(picture.mean(axis=2), (0, 0), 3).ravel() for picture in (sample.image, image)]
        assert np.corrcoef(*greys)[0, 1] > 0.8, seed
        red, blue = (image[:40, :, channel].mean() for channel in (0, 2))
        assert red < blue + 2, f"seed {seed}: the colours are swapped"


def test_exposure_multiplies_and_white_balance_keeps_brightness() -> None:
    grey = np.full((20, 20, 3), 100, np.uint8)
    for seed in range(10):
        darker = random_exposure(np.random.default_rng(seed), grey, replace(NOTHING, exposure=Chance(1, 0.5, 0.5)))
        assert (darker == 50).all()
        tinted = random_exposure(np.random.default_rng(seed), grey, replace(NOTHING, white_balance=Chance(1, 0.7, 1.3)))
        assert tinted[0, 0].mean() == pytest.approx(100, abs=1) and np.ptp(tinted[0, 0]) > 2
    gamma = random_exposure(np.random.default_rng(0), grey, replace(NOTHING, gamma=Chance(1, 2, 2)))
    assert (gamma == round(255 * (100 / 255) ** 2)).all()


def test_a_shadow_is_soft_darkens_by_its_factor_and_stays_where_it_may() -> None:
    image, where = np.full((120, 160, 3), 200, np.uint8), np.zeros((120, 160), bool)
    where[60:] = True
    deepest = []
    for seed in range(20):
        result = shaded(np.random.default_rng(seed), image, where, 0.5)
        assert (result[:60] == 200).all() and (result <= 200).all()
        deepest.append(int(result[..., 1].min()))
        assert len(np.unique(result[60:, :, 1])) > 3, "a soft edge has values in between"
    assert min(deepest) == pytest.approx(100, abs=2)


def test_haze_takes_more_of_what_is_far() -> None:
    stripes = np.zeros((100, 60, 3), np.uint8)
    stripes[:, ::2] = 200
    result = hazy(np.random.default_rng(0), stripes, 0.5).astype(int)
    contrast = (result[:, 0::2] - result[:, 1::2]).mean(axis=(1, 2))
    assert contrast[5] == pytest.approx(100, abs=2) and contrast[-1] == pytest.approx(180, abs=2)


def test_rain_adds_bright_streaks_in_proportion(make_picture: Callable) -> None:
    image = np.full((200, 200, 3), 80, np.uint8)
    counts = [(rainy(np.random.default_rng(1), image, density)[..., 0] > 95).sum() for density in (0.5, 2.0)]
    assert 0 < counts[0] < counts[1] < 0.3 * image[..., 0].size


@pytest.mark.parametrize("size", [(96, 128), (97, 131), (1, 1)], ids=str)
def test_noise_has_the_deviation_that_it_is_given(size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 128, np.uint8)
    spread = [float((noisy(np.random.default_rng(seed), image, 6.0) - 128.0).std()) for seed in range(10)]
    if size != (1, 1):
        assert np.mean(spread) == pytest.approx(6, rel=0.05)


def test_the_plain_preset_has_no_change_that_today_lacks() -> None:
    plain = AugmentationSettings.plain()
    assert all(getattr(plain, name).share == 0 for name in ("rotation", "tilt", "contrast", "shadow", "rain"))
    assert (plain.scale.low, plain.scale.high, plain.mirror, plain.fill) == (0.8, 2.1, 0.5, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"blur": Chance(1.2, 0, 1)}, "blur: share 1.2 is not allowed; it must be from 0 to 1"),
        ({"mirror": -0.5}, "mirror: share -0.5 is not allowed"),
        ({"jpeg": Chance(0.5, 90, 30)}, "jpeg: range 90 to 30 is not allowed; low must not exceed high"),
        ({"scale": Chance(1, 0, 1)}, "scale: low 0 is not allowed; it must be above 0"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AugmentationSettings(**changes)


def test_every_field_is_a_chance_or_a_share() -> None:
    assert all(isinstance(getattr(NOTHING, field.name), (Chance, float)) for field in fields(NOTHING))
