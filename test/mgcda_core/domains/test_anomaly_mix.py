"""AnomalyMix: labels follow the picture, chance follows the seed, and what is known stays normal."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.datasets.cutout import Cutout
from mgcda_core.domains.anomaly_mix import LARGE, LARGEST_ENLARGEMENT_OF_LARGE, AnomalyMix
from mgcda_core.domains.pasting import Blending, paste
from mgcda_core.domains.perspective import road_plane
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
    settings = {"known_share": 0.0, "shape_share": 0.0, "clean_share": 0.0, "large_share": 0.0, **changes}
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
        plane = road_plane(street().allowed)
        place = mix(on_road_share=1.0, small_share=0.0)._place(rng, plane, (HEIGHT, WIDTH), red("dog"), known=False)
        column, row, height = place
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


def pasted_heights(domain: AnomalyMix, seeds: range, sample: Sample | None = None) -> list[int]:
    """Return the height of the tallest connected anomaly of every picture that has one."""
    found = []
    for seed in seeds:
        anomalous = domain(np.random.default_rng(seed), sample or street()).anomaly == ANOMALY
        count, _, stats, _ = cv2.connectedComponentsWithStats(anomalous.astype(np.uint8))
        found += [int(stats[1:, cv2.CC_STAT_HEIGHT].max())] if count > 1 else []
    return found


def test_the_size_of_an_object_follows_from_its_row() -> None:
    """(row - horizon) / camera height * its own: between 0.12 and 1.2 camera heights, as the recipe has always had."""
    plane = road_plane(street().allowed)
    assert plane.horizon == pytest.approx(50 - 0.02 * HEIGHT)
    shares = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        _, row, height = mix(on_road_share=1.0, small_share=0.0)._place(
            rng, plane, (HEIGHT, WIDTH), red("dog"), known=False
        )
        shares.append((height - 3) / (row - plane.horizon))
    assert 0.12 <= min(shares) < 0.14 and 1.1 < max(shares) <= 1.2


def test_the_old_recipe_gives_the_old_pictures() -> None:
    """Computed before large objects, sharpness, occlusion and the rest existed; switched off, they take no chance."""

    def noisy_street() -> Sample:
        allowed = np.full((HEIGHT, WIDTH), SKY, np.int32)
        allowed[50:], allowed[:, :20] = ROAD, 0
        allowed[45:70, 100:130] = class_mask(["car"])
        picture = np.random.default_rng(77).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        return Sample(picture, allowed, np.where(allowed == 0, IGNORE, NORMAL).astype(np.uint8))

    def disc(seed: int, category: str, height: int, width: int) -> Cutout:
        rows, columns = np.mgrid[:height, :width]
        inside = np.hypot((rows - height / 2) / (height / 2), (columns - width / 2) / (width / 2)) < 1
        picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
        return Cutout(picture, inside.astype(np.uint8) * 255, category, seed)

    unknown, known = [disc(1, "dog", 60, 40), disc(2, "chair", 33, 77)], [disc(3, "person", 80, 30)]
    domain = AnomalyMix.plain(unknown, known)
    results = [domain(np.random.default_rng(seed), noisy_street()) for seed in range(24)]
    labels = b"".join(result.anomaly.tobytes() + result.allowed.astype(np.uint16).tobytes() for result in results)
    assert hashlib.sha256(labels).hexdigest() == "6ac4395af04da8bac3595ae825acba2478b1fab4c4513dbc7412e073b880ac43"
    # Means, not bytes: processors differ in the last bit of a blur.
    means = [float(result.image.mean()) for result in results[:6]]
    assert means == pytest.approx([123.5052, 127.2182, 127.2479, 127.3049, 124.626, 127.3099], abs=0.002)


def test_the_reference_pastes_one_object_as_it_is_with_a_hard_edge() -> None:
    domain = AnomalyMix.reference([red("dog", height=31, width=23)])
    tops = set()
    for seed in range(30):
        before = street()
        after = domain(np.random.default_rng(seed), before)
        rows, columns = np.nonzero(after.anomaly == ANOMALY)
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1, len(rows)) == (31, 23, 31 * 23)
        changed = (after.image != before.image).any(axis=-1)
        assert np.array_equal(changed, after.anomaly == ANOMALY), "no shadow and no feathered edge"
        assert (after.image[changed] == (250, 0, 0)).all(), "no colour between the object's and the street's"
        tops.add(int(rows.min()))
    assert min(tops) < 25 and max(tops) > 65, "anywhere"


def test_unscaled_objects_keep_their_size_on_the_road_too() -> None:
    domain = mix(perspective=False, on_road_share=1.0, maximum_pastes=1, soft_edge=0.0, shadow=0.0, occlusion=False)
    assert set(pasted_heights(domain, range(12))) <= set(range(50, 61)), "60 rows, less what the top border cuts"


def large(**changes: object) -> AnomalyMix:
    dog = Cutout(np.full((200, 150, 3), 250, np.uint8), np.full((200, 150), 255, np.uint8), "horse", 1)
    settings = {"known_share": 0.0, "shape_share": 0.0, "clean_share": 0.0, "large_share": 1.0, "solid_share": 0.0}
    return AnomalyMix(
        [dog],
        changes.pop("known", []),
        **(settings | {"maximum_pastes": 1, "on_road_share": 1.0, "small_share": 1.0, "soft_edge": 0.0} | changes),
    )


def test_a_large_object_takes_a_third_to_nearly_all_of_the_picture() -> None:
    """Small objects are at most 24 pixels: what is taller here is the large one, unless the border cuts it."""
    heights = pasted_heights(large(match_sharpness=0.0), range(60))
    assert max(heights) <= LARGE[1] * HEIGHT + 26
    assert np.mean(np.array(heights) >= LARGE[0] * HEIGHT - 1) > 0.8
    assert max(pasted_heights(large(large_share=0.0), range(60))) <= 24


def test_a_large_object_is_not_blown_up_until_it_blurs() -> None:
    picture = street()
    picture = Sample(*(np.repeat(np.repeat(a, 4, 0), 4, 1) for a in (picture.image, picture.allowed, picture.anomaly)))
    heights = pasted_heights(large(match_sharpness=0.0, clean_share=0.0), range(20), picture)
    assert max(heights) <= 200 * LARGEST_ENLARGEMENT_OF_LARGE + 26


def test_large_objects_are_those_that_could_be_and_a_folder_of_ones_own_named_large() -> None:
    orange, horse, small = red("orange", 200, 150), red("horse", 200, 150), red("horse")
    own_small, own_large = red("things", 200, 150), red("large", 200, 150)
    assert AnomalyMix([orange, horse, small, own_small, own_large], []).large_objects == (horse, own_large)
    assert AnomalyMix([orange, small, own_small], []).large_objects == (orange, own_small), "none of either kind"


def test_large_objects_may_be_rendered_solids() -> None:
    areas = []
    for seed in range(20):
        domain = AnomalyMix([], [], clean_share=0.0, large_share=1.0, solid_share=1.0, maximum_pastes=1)
        areas.append(float((domain(np.random.default_rng(seed), street()).anomaly == ANOMALY).mean()))
    assert np.median(areas) > 0.05


def test_large_objects_may_be_known_and_are_then_normal() -> None:
    """Otherwise near, large and cut by the border would be what an anomaly looks like."""
    domain = large(known=[red("truck", 200, 150)], large_known_share=1.0)
    tall = []
    for seed in range(20):
        after = domain(np.random.default_rng(seed), street())
        rows = np.flatnonzero((after.allowed == class_mask(["car"])).any(axis=1))
        tall.append(len(rows))
        assert not len(rows) or (after.anomaly[after.allowed == class_mask(["car"])] == NORMAL).all()
        assert (after.anomaly == ANOMALY).any(axis=1).sum() <= 26, "what is unknown is small here"
    assert np.mean(np.array(tall) >= LARGE[0] * HEIGHT - 1) > 0.8


def test_small_objects_stand_far_away() -> None:
    plane = road_plane(street().allowed)
    domain = mix(on_road_share=1.0, small_share=1.0)
    places = [
        domain._place(np.random.default_rng(seed), plane, (HEIGHT, WIDTH), red("dog"), known=False)
        for seed in range(200)
    ]
    assert 4 <= min(place[2] for place in places) and max(place[2] for place in places) <= 24
    assert np.median([place[1] for place in places]) < 50 + 0.1 * (HEIGHT - 50)


def test_what_stands_nearer_hides_an_object() -> None:
    picture = street()
    picture.allowed[60:110, 60:100] = class_mask(["car"])
    hides = 0
    for seed in range(60):
        after = mix(on_road_share=1.0, shadow=0.0)(np.random.default_rng(seed), picture)
        covered = np.argwhere((after.anomaly == ANOMALY) & (picture.allowed == class_mask(["car"])))
        without = mix(on_road_share=1.0, shadow=0.0, occlusion=False)(np.random.default_rng(seed), picture)
        more = ((without.anomaly == ANOMALY) & (picture.allowed == class_mask(["car"]))).sum()
        assert len(covered) <= more
        hides += int(more - len(covered))
    assert hides > 200


def test_a_blurred_street_gets_blurred_objects() -> None:
    rng = np.random.default_rng(3)
    sharp = np.kron(rng.integers(0, 256, (15, 20)), np.ones((8, 8))).astype(np.uint8)
    spotted = np.kron(rng.integers(0, 2, (15, 10)) * 250, np.ones((4, 4))).astype(np.uint8)
    cutout = Cutout(np.repeat(spotted[..., None], 3, 2), np.full(spotted.shape, 255, np.uint8), "dog", 1)
    energies = []
    for share in (0.0, 1.0):
        sample = street()
        sample.image[:] = cv2.GaussianBlur(sharp, (0, 0), 2.0)[..., None]
        blending = Blending(soft_edge=0.0, shadow=0.0, match_colour=0.0, match_sharpness=share)
        paste(np.random.default_rng(0), sample, cutout, 90, 110, 60, label=ANOMALY, allowed=0, blending=blending)
        inside = sample.image[60:105, 75:105].mean(axis=2)
        energies.append(float((cv2.Laplacian(inside, cv2.CV_64F) ** 2).mean()))
    assert energies[1] < 0.3 * energies[0]


def test_a_dark_picture_gets_dark_objects() -> None:
    means = []
    for share in (0.0, 1.0):
        sample = street()
        sample.image[:] = 25
        blending = Blending(shadow=0.0, match_colour=0.0, match_exposure=share)
        paste(np.random.default_rng(0), sample, red("dog"), 90, 110, 40, label=ANOMALY, allowed=0, blending=blending)
        means.append(float(sample.image[75:105, 85:95, 0].mean()))
    assert means[0] == pytest.approx(250, abs=1) and means[1] < 160


def test_a_thrown_shadow_darkens_ground_only_and_labels_nothing() -> None:
    darker = 0
    for seed in range(20):
        before, after = street(), street()
        blending = Blending(soft_edge=0.0, shadow=1.0, match_colour=0.0, thrown_shadow=True)
        paste(np.random.default_rng(seed), after, red("dog"), 90, 100, 40, label=ANOMALY, allowed=0, blending=blending)
        shaded = (after.image.astype(int) - before.image).max(axis=-1) < 0
        shaded &= after.anomaly != ANOMALY
        assert (before.allowed[shaded] == ROAD).all()
        darker += int(shaded.sum())
    assert darker > 1_000


def test_what_was_known_of_a_pixel_goes_with_it() -> None:
    sample = street()
    sample.swapped, sample.void = np.full((HEIGHT, WIDTH), 4, np.uint8), np.ones((HEIGHT, WIDTH), bool)
    after = mix(on_road_share=1.0)(np.random.default_rng(1), sample)
    pasted = after.anomaly == ANOMALY
    assert pasted.any() and (after.swapped[pasted] == 255).all() and not after.void[pasted].any()
    assert (after.swapped[~pasted] == 4).all() and after.void[~pasted].all()
    assert (sample.swapped == 4).all() and sample.void.all()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (9, 200)], ids=str)
@pytest.mark.parametrize("value", [0, ROAD, SKY], ids=["void", "road", "sky"])
def test_odd_pictures_do_no_harm(size: tuple[int, int], value: int) -> None:
    sample = Sample(np.full((*size, 3), 99, np.uint8), np.full(size, value, np.int32), np.zeros(size, np.uint8))
    for seed in range(10):
        for domain in (AnomalyMix([red("dog")], [red("person")], large_share=0.9), AnomalyMix.reference([red("dog")])):
            assert domain(np.random.default_rng(seed), sample).image.shape == (*size, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"large_share": 1.5}, r"AnomalyMix.large_share: 1.5 is not allowed; it must be from 0 to 1"),
        ({"soft_edge": -0.1}, r"AnomalyMix.soft_edge"),
        ({"maximum_pastes": 0}, r"AnomalyMix.maximum_pastes: 0 is not allowed; it must be 1 or more"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mix(**changes)


def test_a_missing_street_picture_is_named() -> None:
    with pytest.raises(ValueError, match="anomaly_mix: sample is None"):
        mix()(np.random.default_rng(0), None)
