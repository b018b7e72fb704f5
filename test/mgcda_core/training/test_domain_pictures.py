"""The recipe's domains as a stream: what is asked for is what comes, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mgcda_core.domains.simulated_drive import TRAINING_SEEDS
from mgcda_core.training.domain_pictures import MAKERS, DomainPictures
from mgcda_core.training.recipe import DOMAIN_NAMES, Recipe
from mgcda_core.training.stream import open_mixture
from mgcda_core.training.street_source import CAMVID_AND_IDD_LITE, StreetSource


@pytest.fixture
def recipe(training_data: Path, tmp_path: Path) -> Recipe:
    return Recipe(
        data=training_data, out=tmp_path, crop=(64, 96), workers=0,
        domains={"void_class": 1.0, "anomaly_mix": 2.0, "anomaly_mix_reference": 0.5, "road_debris": 1.5},
    )  # fmt: skip


def test_every_domain_can_be_asked_for_and_is_numbered_in_the_order_asked(recipe: Recipe) -> None:
    assert set(MAKERS) == set(DOMAIN_NAMES)
    pictures = open_mixture(recipe, 60)
    assert isinstance(pictures, DomainPictures) and len(pictures) == 60
    assert pictures.mixed.names == ("void_class", "anomaly_mix", "anomaly_mix_reference", "road_debris")
    assert recipe.domain_names == tuple(recipe.domains)
    numbers = [pictures[index][3] for index in range(60)]
    assert set(numbers) == {0, 1, 2, 3}
    assert numbers.count(1) > numbers.count(2)


def test_items_are_what_the_training_takes(recipe: Recipe) -> None:
    pictures = DomainPictures(replace(recipe, domains={"void_class": 1.0}), 12, held_out=False)
    for index in range(12):
        image, allowed, anomaly, _, swapped = pictures[index]
        assert (image.dtype, allowed.dtype, anomaly.dtype, swapped.dtype) == (
            torch.float32, torch.int32, torch.uint8, torch.uint8,
        )  # fmt: skip
        assert image.shape == (3, 64, 96) and allowed.shape == anomaly.shape == swapped.shape == (64, 96)
        assert 0 <= image.min() and image.max() <= 1
        assert set(anomaly.unique().tolist()) <= {0, 1, 255}
        told = swapped != 255
        assert (anomaly[told] == 1).all()


def test_workers_draw_what_one_process_draws_and_held_out_is_another_stream(recipe: Recipe) -> None:
    straight = [DomainPictures(recipe, 4, held_out=False)[index][0] for index in range(4)]
    loader = DataLoader(DomainPictures(recipe, 4, held_out=False), 1, num_workers=2, multiprocessing_context="spawn")
    for expected, (found, *_) in zip(straight, loader, strict=True):
        assert torch.equal(found[0], expected)
    held_out = DomainPictures(recipe, 4, held_out=True)
    assert not any(torch.equal(held_out[index][0], straight[index]) for index in range(4))


def test_settings_reach_the_domain_and_wrong_ones_are_named(recipe: Recipe) -> None:
    drives = replace(recipe, domains={"simulated_drive": 1.0}, domain_settings={"simulated_drive": {"width": 320}})
    (domain,) = DomainPictures(drives, 1, held_out=False).mixed.domains
    assert (domain.width, domain.seeds) == (320, TRAINING_SEEDS)
    for settings in ({"widht": 320}, {"large_share": 7.0}):
        name = "simulated_drive" if "widht" in settings else "anomaly_mix"
        wrong = replace(recipe, domains={name: 1.0}, domain_settings={name: settings})
        with pytest.raises(ValueError, match=f"domain_settings.{name}: .* is not allowed"):
            DomainPictures(wrong, 1, held_out=False)


def test_names_with_a_plus_are_one_domain_of_several_layers_each_with_its_settings(recipe: Recipe) -> None:
    both = replace(
        recipe,
        domains={"void_class": 1.0, "road_debris+anomaly_mix": 2.0},
        domain_settings={"anomaly_mix": {"large_share": 0.9}},
    )
    mixed = DomainPictures(both, 20, held_out=False).mixed
    assert mixed.names == both.domain_names == ("void_class", "road_debris+anomaly_mix")
    assert [layer.name for layer in mixed.domains[1].layers] == ["road_debris", "anomaly_mix"]
    assert mixed.domains[1].layers[1].large_share == 0.9
    assert both.layers == {"void_class", "road_debris", "anomaly_mix"}
    assert {mixed[index][1] for index in range(20)} == {0, 1}
    wrong = replace(both, domains={"road_debris+simulated_drive": 1.0}, domain_settings={})
    with pytest.raises(
        ValueError, match=r"domains: road_debris\+simulated_drive: simulated_drive is not allowed after"
    ):
        DomainPictures(wrong, 1, held_out=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"domains": {"road_debris+cut_mix": 1.0}},
            r"domains: road_debris\+cut_mix is not allowed; names are",
        ),
        ({"domains": {}, "domain_settings": {"simulated_drive": {}}}, "are not among domains, none"),
        ({"domains": {"cut_mix": 1.0}}, "domains: cut_mix is not allowed; names are void_class"),
        ({"domains": {"road_debris": 0.0}}, "domains: road_debris with a share of 0.0"),
        ({"domain_settings": {"simulated_drive": {}}}, r"domain_settings: \['simulated_drive'\] are not among domains"),
        ({"working_width_px": 100}, "working_width_px: 100 is not allowed"),
        ({"streets": ()}, "streets: none is not allowed"),
        ({"streets": CAMVID_AND_IDD_LITE[:1] * 2}, r"streets: folders called \['camvid', 'camvid'\] are not allowed"),
    ],
)
def test_recipes_that_cannot_be_are_refused(recipe: Recipe, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(recipe, **change)


def test_other_street_sets_are_read_where_the_recipe_says(recipe: Recipe) -> None:
    only = replace(recipe, streets=(CAMVID_AND_IDD_LITE[0],), domains={"anomaly_mix": 1.0})
    (scenes,) = DomainPictures(only, 1, held_out=False).mixed.street.data_sets
    assert {scene.image_path.parent.name for scene in scenes} == {"train", "test"}
    (scenes,) = DomainPictures(only, 1, held_out=True).mixed.street.data_sets
    assert {scene.image_path.parent.name for scene in scenes} == {"val"}
    with pytest.raises(ValueError, match="camvid learns from splits that are held out"):
        StreetSource("camvid", Path("camvid"), ("train", "val"), ("val",))
    with pytest.raises(ValueError, match="camvid needs one split or more"):
        StreetSource("camvid", Path("camvid"), ("train",), ())


def test_the_working_width_reaches_street_pictures_and_augmentation(recipe: Recipe) -> None:
    wide = DomainPictures(replace(recipe, working_width_px=640), 1, held_out=False).mixed
    assert (wide.street.width_px, wide.augment.base_width) == (640, 640)


def test_pictures_are_augmented(recipe: Recipe) -> None:
    plain = replace(recipe, augmentation=type(recipe.augmentation).none())
    one, other = (DomainPictures(each, 3, held_out=False)[0][0].numpy() for each in (recipe, plain))
    assert not np.array_equal(one, other)
