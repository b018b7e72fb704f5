"""RoadDebris: solids obey the picture's perspective and are anomalies; what lies flat changes the picture alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.classes import class_mask
from mgcda_core.domains.debris_rendering import DebrisCamera, render_debris
from mgcda_core.domains.debris_solids import KINDS, VARIANTS, debris_mesh
from mgcda_core.domains.ground_patches import KINDS as PATCHES
from mgcda_core.domains.ground_patches import draw_patch
from mgcda_core.domains.perspective import road_plane
from mgcda_core.domains.picture_light import picture_light
from mgcda_core.domains.road_debris import RoadDebris
from mgcda_core.domains.sample import ANOMALY, IGNORE, Sample, street_sample
from mgcda_core.simulation.light import Light
from mgcda_core.simulation.mesh import build, cuboid

HEIGHT, WIDTH = 240, 320
ROAD, SKY, CAR = (class_mask([name]) for name in ("road", "sky", "car"))
OVERCAST = Light(np.array([0.0, 0, 1]), np.ones(3), np.zeros(3), 1e9, np.zeros(3), 1.0, 0.0, 0.0)
CAMERA = DebrisCamera(focal_px=320.0, height_m=1.5, horizon=95.0, centre=159.5)


def street(make_picture: Callable) -> Sample:
    allowed = np.full((HEIGHT, WIDTH), SKY, np.int32)
    allowed[100:] = ROAD
    allowed[:, :30] = 0
    picture = make_picture(HEIGHT, WIDTH)
    picture[100:] = picture[100:] // 8 + 90
    return street_sample(picture, allowed)


def equal(one: Sample, other: Sample) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("image", "allowed", "anomaly"))


@pytest.mark.parametrize("row", [130, 180, 235])
@pytest.mark.parametrize("metres", [0.2, 0.5, 0.9])
def test_a_solid_is_as_tall_as_the_horizon_says(row: int, metres: float) -> None:
    """An object of h metres on row r is (r - horizon) h / camera height tall; its near face stands a little lower."""
    mesh = build(cuboid((0.01, 0.4, metres), (200.0, 100, 50)))
    drawn = render_debris(CAMERA, mesh, 159.5, row, 0.0, OVERCAST)
    rows, columns = np.nonzero(drawn.alpha > 0.5)
    assert np.ptp(rows) + 1 == pytest.approx((row - 95) * metres / 1.5, abs=1.2)
    assert np.ptp(columns) + 1 == pytest.approx((row - 95) * 0.4 / 1.5, abs=1.2)
    assert drawn.top + rows.max() == pytest.approx(row, abs=1.2)
    assert drawn.left + columns.mean() == pytest.approx(159.5, abs=0.6)


def test_turned_sides_and_tops_are_shaded_differently() -> None:
    light = Light(np.array([-0.8, 0.5, 0.33]), np.full(3, 0.5), np.full(3, 0.7), 1e9, np.zeros(3), 1.0, 0.0, 0.0)
    drawn = render_debris(CAMERA, build(cuboid((0.6, 0.6, 0.5), (150.0,) * 3)), 159.5, 220, 0.7, light)
    solid = drawn.image[drawn.alpha > 0.99].mean(axis=1)
    assert len(np.unique(np.round(solid / 6))) >= 3, "two sides and a top"


def test_a_low_sun_throws_a_shadow_away_from_itself() -> None:
    mesh = build(cuboid((0.3, 0.3, 0.5), (150.0,) * 3))
    for side in (-1, 1):
        toward = np.array([0.0, side * 0.9, 0.44])
        light = Light(toward, np.full(3, 0.5), np.full(3, 0.8), 1e9, np.zeros(3), 1.0, 0.0, 0.0)
        drawn = render_debris(CAMERA, mesh, 159.5, 200, 0.0, light)
        columns = np.arange(drawn.shade.shape[1]) + drawn.left
        middle = (drawn.shade.sum(axis=0) * columns).sum() / drawn.shade.sum()
        # y is left: a sun on the left throws the shadow to the right.
        assert (middle - 159.5) * side > 5
    assert render_debris(CAMERA, mesh, 159.5, 200, 0.0, OVERCAST).shade.max() > 0.3, "the seam at the foot remains"


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_a_small_solid_on_the_ground(kind: str) -> None:
    for variant in range(0, VARIANTS, 7):
        mesh = debris_mesh(kind, variant)
        assert mesh.vertices[:, 2].min() == pytest.approx(0, abs=1e-9)
        assert all(0.01 < side < 3.5 for side in mesh.size_m)
        drawn = render_debris(CAMERA, mesh, 159.5, 200, 0.4, OVERCAST)
        assert 0 <= drawn.alpha.min() and drawn.alpha.max() == pytest.approx(1)
        assert np.isfinite(drawn.image).all() and 0 <= drawn.shade.min() and drawn.shade.max() <= 1
    assert debris_mesh(kind, 0) is debris_mesh(kind, 0)


def test_solids_are_anomalies_and_nothing_else_is(make_picture: Callable) -> None:
    domain = RoadDebris(clean_share=0.0, patch_share=0.0, match_sharpness=False)
    found = stray = 0
    for seed in range(20):
        before = street(make_picture)
        after = domain(np.random.default_rng(seed), before)
        anomalous = after.anomaly == ANOMALY
        found += int(anomalous.sum())
        assert (after.allowed[anomalous] == 0).all()
        assert np.array_equal(after.anomaly[~anomalous], before.anomaly[~anomalous])
        assert (after.anomaly[~anomalous & (before.allowed == 0)] == IGNORE).all()
        # Soft edges, shadows and a seam surround the objects; far away from them nothing has changed.
        near = cv2.dilate(anomalous.view(np.uint8), np.ones((5, 5)), iterations=1) > 0
        changed = (after.image != before.image).any(axis=-1) & ~near
        assert (before.allowed[changed] == ROAD).all(), "only the ground takes shadows"
        brighter = (after.image[changed].astype(int) - before.image[changed]).max(axis=-1) > 2
        stray += int(brighter.sum())
    assert found > 2_000
    assert stray < 0.02 * found, "all else that changed is shadow: it got darker"


def test_heights_stay_within_their_limits(make_picture: Callable) -> None:
    heights, widths = [], []
    for seed in range(60):
        domain = RoadDebris(clean_share=0.0, patch_share=0.0, maximum_objects=1, height_px=(6.0, 40.0))
        after = domain(np.random.default_rng(seed), street(make_picture))
        rows, columns = np.nonzero(after.anomaly == ANOMALY)
        if len(rows) and rows.max() < HEIGHT - 1 and 0 < columns.min() and columns.max() < WIDTH - 1:
            heights.append(int(np.ptp(rows)) + 1)
            widths.append(int(np.ptp(columns)) + 1)
    # Depth adds to the height: the footprint's near edge is lower than its middle.
    assert min(heights) <= 9 and 25 <= max(heights) <= 40 * 1.6
    assert max(widths) <= 110 * 1.5


@pytest.mark.parametrize("number", range(len(PATCHES)), ids=lambda number: PATCHES[number].__name__)
def test_flat_patches_change_the_road_and_no_label(number: int, make_picture: Callable) -> None:
    touched = 0
    for seed in range(12):
        sample = street(make_picture)
        plane = road_plane(sample.allowed)
        before = sample.image.copy()
        ground = _ground(seed, sample, plane.road)
        PATCHES[number](np.random.default_rng(seed), ground)
        changed = (sample.image != before).any(axis=-1)
        assert not changed[~plane.road].any()
        touched += int(changed.sum())
    assert touched > 100


def _ground(seed: int, sample: Sample, road: np.ndarray) -> object:
    from mgcda_core.domains.ground_patches import _Ground

    return _Ground(np.random.default_rng(seed), sample.image, road, CAMERA, 160, 190)


def test_a_patch_may_reach_beyond_the_picture(make_picture: Callable) -> None:
    for seed in range(40):
        sample = street(make_picture)
        place = [(0, 239), (319, 239), (160, 101)][seed % 3]
        draw_patch(np.random.default_rng(seed), sample.image, sample.allowed == ROAD, CAMERA, *place)


def test_pictures_with_patches_alone_have_no_more_anomalies(make_picture: Callable) -> None:
    """The same chance with and without patches labels nothing but solids: no patch is ever an anomaly."""
    for seed in range(15):
        after = RoadDebris(clean_share=0.0, patch_share=1.0)(np.random.default_rng(seed), street(make_picture))
        before = street(make_picture)
        changed = (np.abs(after.image.astype(int) - before.image).max(axis=-1) > 10) & (after.anomaly != ANOMALY)
        assert np.array_equal(after.allowed[changed], before.allowed[changed])


def test_a_car_in_front_hides_what_lies_behind_it(make_picture: Callable) -> None:
    before = street(make_picture)
    before.allowed[105:225, 60:300] = CAR
    shown = 0
    for seed in range(30):
        after = RoadDebris(clean_share=0.0, patch_share=0.0)(np.random.default_rng(seed), before)
        above = np.zeros((HEIGHT, WIDTH), bool)
        above[:165, 64:296] = True
        shown += int(((after.anomaly == ANOMALY) & above & (before.allowed == CAR)).sum())
    assert shown == 0, "what stands in front of the car, below row 225, is at most 60 pixels tall"


def test_low_contrast_objects_come_near_the_roads_colour(make_picture: Callable) -> None:
    differences = []
    for share in (0.0, 1.0):
        domain = RoadDebris(clean_share=0.0, patch_share=0.0, low_contrast_share=share, texture_share=0.0)
        gaps = []
        for seed in range(40):
            before = street(make_picture)
            after = domain(np.random.default_rng(seed), before)
            anomalous = after.anomaly == ANOMALY
            gaps.append(float(np.abs(np.ptp(after.image[anomalous].mean(axis=0))))) if anomalous.any() else None
        differences.append(float(np.mean(gaps)))
    assert differences[1] < 0.6 * differences[0], "asphalt is grey: less colour"


def test_shadows_can_be_switched_off(make_picture: Callable) -> None:
    for seed in range(10):
        before = street(make_picture)
        domain = RoadDebris(clean_share=0, patch_share=0, shadows=False, match_sharpness=False, maximum_objects=1)
        after = domain(np.random.default_rng(seed), before)
        near = cv2.dilate((after.anomaly == ANOMALY).view(np.uint8), np.ones((3, 3))) > 0
        assert np.array_equal(after.image[~near], before.image[~near])


def test_a_sunlit_road_gives_sun_and_an_even_one_does_not(make_picture: Callable) -> None:
    sample = street(make_picture)
    sample.image[100:] = 100
    plane = road_plane(sample.allowed)
    assert picture_light(np.random.default_rng(0), sample.image, plane).sun.max() == 0
    sample.image[100:, 160:] = 30
    assert picture_light(np.random.default_rng(0), sample.image, plane).sun.min() > 0.2


def test_the_input_stays_and_the_seed_decides(make_picture: Callable) -> None:
    given = street(make_picture)
    first, again, other = (RoadDebris(clean_share=0.0)(np.random.default_rng(seed), given) for seed in (1, 1, 2))
    assert equal(given, street(make_picture))
    assert equal(first, again) and not equal(first, other)


def test_without_a_road_or_by_the_clean_share_nothing_happens(make_picture: Callable) -> None:
    sample = street(make_picture)
    assert equal(RoadDebris(clean_share=1.0)(np.random.default_rng(0), sample), sample)
    sample.allowed[sample.allowed == ROAD] = CAR
    assert equal(RoadDebris(clean_share=0.0)(np.random.default_rng(0), sample), sample)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (30, 400), (400, 30)], ids=str)
@pytest.mark.parametrize("value", [0, ROAD], ids=["void", "road"])
def test_odd_pictures_do_no_harm(size: tuple[int, int], value: int) -> None:
    sample = street_sample(np.full((*size, 3), 90, np.uint8), np.full(size, value, np.int32))
    for seed in range(6):
        after = RoadDebris(clean_share=0.0)(np.random.default_rng(seed), sample)
        assert after.image.shape == (*size, 3) and after.image.dtype == np.uint8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patch_share": -1}, "RoadDebris.patch_share: -1 is not allowed"),
        ({"maximum_objects": 0}, "RoadDebris.maximum_objects: 0 is not allowed; it must be 1 or more"),
        ({"height_px": (9.0, 4.0)}, r"RoadDebris.height_px: \(9.0, 4.0\) is not allowed"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RoadDebris(**changes)
