"""AnomalyMix: labels follow the picture, chance follows the seed, and what is known stays normal."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.coco_objects import Cutout
from mgcda_core.domains.anomaly_mix import AnomalyMix, paste
from mgcda_core.domains.sample import ANOMALY, IGNORE, NORMAL, Sample
from mgcda_core.domains.shapes import random_shape

HEIGHT, WIDTH = 120, 160
ROAD, SKY = class_mask(["road"]), class_mask(["sky"])


def street() -> Sample:
    """Return a grey picture: sky above, road below, a void strip at the left that is not judged."""
    allowed = np.full((HEIGHT, WIDTH), SKY, np.int32)
    allowed[50:] = ROAD
    allowed[:, :20] = 0
    anomaly = np.where(allowed == 0, IGNORE, NORMAL).astype(np.uint8)
    return Sample(np.full((HEIGHT, WIDTH, 3), 128, np.uint8), allowed, anomaly)


def red(category: str, height: int = 60, width: int = 40) -> Cutout:
    """Return an object without any green, which nothing that is done to it can turn into the street's grey."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 250
    return Cutout(image, np.full((height, width), 255, np.uint8), category, 1)


def mix(**changes: object) -> AnomalyMix:
    settings = {"known_share": 0.0, "shape_share": 0.0, "clean_share": 0.0, **changes}
    return AnomalyMix([red("dog")], [red("person")], **settings)


def equal(one: Sample, other: Sample) -> bool:
    fields = ("image", "allowed", "anomaly")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)


def test_the_seed_decides_everything() -> None:
    chances = AnomalyMix([red("dog")], [red("person")])
    results = [chances(np.random.default_rng(seed), street()) for seed in (1, 1, 2)]
    assert equal(results[0], results[1])
    assert not equal(results[0], results[2])


def test_the_street_picture_is_left_as_it_was() -> None:
    before = street()
    given = street()
    mix()(np.random.default_rng(0), given)
    assert equal(given, before)


@pytest.mark.parametrize("seed", range(12))
def test_labels_change_only_where_the_picture_does(seed: int) -> None:
    before = street()
    after = mix(known_share=0.4)(np.random.default_rng(seed), before)
    relabelled = (after.anomaly != before.anomaly) | (after.allowed != before.allowed)
    assert (after.image[relabelled] != before.image[relabelled]).any(axis=-1).all()
    untouched = (after.image == before.image).all(axis=-1)
    assert untouched.any()
    assert (after.anomaly[untouched & (before.allowed == 0)] == IGNORE).all()


def test_an_unknown_object_is_an_anomaly_of_no_class() -> None:
    found = 0
    for seed in range(12):
        after = mix()(np.random.default_rng(seed), street())
        assert (after.allowed[after.anomaly == ANOMALY] == 0).all()
        found += int((after.anomaly == ANOMALY).sum())
    assert found > 500


def test_a_known_object_is_normal_and_of_its_class_on_void_too() -> None:
    found = 0
    for seed in range(12):
        before = street()
        after = mix(known_share=1.0)(np.random.default_rng(seed), before)
        assert not (after.anomaly == ANOMALY).any()
        pasted = after.allowed != before.allowed
        assert (after.allowed[pasted] == class_mask(["pedestrian"])).all()
        assert (after.anomaly[pasted] == NORMAL).all()
        found += int(pasted.sum())
    assert found > 500


def test_a_clean_share_of_one_leaves_every_picture_clean() -> None:
    for seed in range(5):
        assert equal(mix(clean_share=1.0)(np.random.default_rng(seed), street()), street())


def test_without_any_cutout_random_shapes_are_pasted() -> None:
    labelled = [AnomalyMix([], [], clean_share=0.0)(np.random.default_rng(seed), street()).anomaly for seed in range(8)]
    assert sum(int((labels == ANOMALY).sum()) for labels in labelled) > 200


def test_objects_on_the_road_stand_on_the_road() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        column, row, height = mix(on_road_share=1.0)._place(rng, street().allowed, known=False)
        assert street().allowed[row, column] == ROAD
        assert 0 < height <= 1.2 * (row - 50 + 0.02 * HEIGHT) + 3, "no taller than 1.2 camera heights at that row"


def pasted_size(cutout: Cutout, height_px: float, seed: int) -> tuple[int, int]:
    sample = street()
    paste(np.random.default_rng(seed), sample, cutout, 90, 110, height_px, label=ANOMALY, allowed=0)
    rows, columns = np.nonzero(sample.anomaly == ANOMALY)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("height_px", [40, 90, 10_000])
def test_an_object_is_never_enlarged_by_more_than_a_third(height_px: float) -> None:
    for seed in range(6):
        height, width = pasted_size(red("dog", height=30, width=24), height_px, seed)
        assert 36 <= height <= 40 and 28 <= width <= 32, "1.33 times 30 x 24, less a feathered edge"


def test_an_object_keeps_its_proportions_and_its_base() -> None:
    for seed in range(6):
        sample = street()
        paste(np.random.default_rng(seed), sample, red("dog"), 90, 110, 30, label=ANOMALY, allowed=0)
        rows, columns = np.nonzero(sample.anomaly == ANOMALY)
        assert 108 <= rows.max() <= 109 and 80 <= rows.min() <= 82
        assert columns.mean() == pytest.approx(89.5, abs=1) and np.ptp(columns) + 1 == pytest.approx(20, abs=3)


@pytest.mark.parametrize(("column", "row"), [(0, 60), (159, 119), (80, 5), (-500, 60), (80, 900)])
def test_an_object_may_reach_beyond_the_picture(column: int, row: int) -> None:
    for seed in range(4):
        sample = street()
        paste(np.random.default_rng(seed), sample, red("dog"), column, row, 40, label=ANOMALY, allowed=0)
        assert sample.image.shape == (HEIGHT, WIDTH, 3) and sample.image.dtype == np.uint8


def test_a_picture_without_road_gets_objects_anywhere() -> None:
    sample = street()
    sample.allowed[:] = SKY
    sample.anomaly[:] = NORMAL
    counts = [(mix()(np.random.default_rng(seed), sample).anomaly == ANOMALY).sum() for seed in range(8)]
    assert sum(counts) > 200


def test_a_random_shape_is_an_object_with_an_outline() -> None:
    source = np.random.default_rng(9).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    for seed in range(60):
        shape = random_shape(np.random.default_rng(seed), source)
        assert shape.image.shape == (*shape.alpha.shape, 3) and max(shape.alpha.shape) <= 96
        assert shape.image.dtype == shape.alpha.dtype == np.uint8
        assert set(np.unique(shape.alpha)) <= {0, 255} and (shape.alpha == 255).mean() > 0.05
        again = random_shape(np.random.default_rng(seed), source)
        assert np.array_equal(again.image, shape.image) and np.array_equal(again.alpha, shape.alpha)


def test_only_what_the_object_covers_is_labelled() -> None:
    disc = red("ball", height=40, width=40)
    rows, columns = np.mgrid[:40, :40] - 19.5
    disc.alpha[np.hypot(rows, columns) > 19.5] = 0
    for seed in range(6):
        sample = street()
        paste(np.random.default_rng(seed), sample, disc, 90, 110, 40, label=ANOMALY, allowed=0)
        assert (sample.anomaly == ANOMALY).sum() == pytest.approx(np.pi * 19.5**2, rel=0.03)
