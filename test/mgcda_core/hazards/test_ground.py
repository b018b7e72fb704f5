"""Places on the ground, against boxes whose place is known: drawn pixel by pixel here, through OpenCV's lenses."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from mgcda_core.frame import Camera, Extrinsics, Hazard, HazardState, ScoreMap
from mgcda_core.hazards.ground import GroundSettings, locate
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards

INTRINSICS = np.array([[1100.0, 0.0, 639.5], [0.0, 1100.0, 359.5], [0.0, 0.0, 1.0]])
PLAIN = Camera(1280, 720, INTRINSICS, extrinsics=extrinsics_of("base", 1.5, 3.0, 0.0, 0.0, 0.0, 0.0))
EXACT = GroundSettings(pixel_sigma=0.0, pitch_sigma_deg=0.0, roll_sigma_deg=0.0, height_sigma_m=0.0)
METRES = ("footprint_m", "distance_m", "distance_sigma_m", "width_m", "width_sigma_m")


def base_of(x: float, y: float, length: float, width: float, yaw_deg: float) -> np.ndarray:
    """Return the corners (4, 2) of a box on the ground; length is along x before it is turned."""
    corners = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]]) / 2 * (length, width)
    angle = np.deg2rad(yaw_deg)
    return corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + (x, y)


def picture_of(base: np.ndarray, height: float, camera: Camera) -> np.ndarray:
    """Return bool (H, W): the pixels whose centres see a box that stands on base (N, 2), height in metres."""
    outline = np.concatenate([np.linspace(base[i], base[(i + 1) % len(base)], 12) for i in range(len(base))])
    extrinsics = camera.extrinsics
    low, high = (np.column_stack([outline, np.full(len(outline), extrinsics.ground_z_m + h)]) for h in (0.0, height))
    optical = (np.concatenate([low, high]) - extrinsics.position) @ extrinsics.rotation
    assert optical[:, 2].min() > 0.1
    project = cv2.fisheye.projectPoints if camera.distortion_model == "equidistant" else cv2.projectPoints
    pixels = project(optical[:, None], np.zeros(3), np.zeros(3), camera.intrinsics, camera.distortion)[0].reshape(-1, 2)
    (left, top), (right, bottom) = np.clip([pixels.min(axis=0), pixels.max(axis=0) + 1], 0, (1280, 720)).astype(int)
    columns, rows = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    window = np.ones(columns.shape, bool)
    for across, down, offset in ConvexHull(pixels).equations:
        window &= across * columns + down * rows + offset <= 0
    seen = np.zeros((camera.height, camera.width), bool)
    seen[top:bottom, left:right] = window
    return seen


def hazards_in(mask: np.ndarray) -> tuple[Hazard, ...]:
    return find_hazards(
        ScoreMap(mask.astype(np.float32), None, 0, ""),
        RegionSettings(0.5, minimum_area_share=0.0, maximum_hole_share=0.0, merge_gap=0.0),
    )


def hazard_of(base: np.ndarray, height: float, camera: Camera) -> Hazard:
    (hazard,) = hazards_in(picture_of(base, height, camera))
    return hazard


def upright(bottom_row: float, *, middle: float = 639.5, half: int = 25) -> Hazard:
    """Return a rectangle whose lowest pixels lie in bottom_row."""
    left, right, top, low = int(middle - half), int(middle + half), int(bottom_row) - 40, int(bottom_row)
    polygon = np.array([[left, top], [left, low], [right, low], [right, top]], np.float32)
    return Hazard(1, (left, top, right + 1, low + 1), polygon, 0.9, 1000)


def distance_to(base: np.ndarray) -> float:
    """Return the distance from the origin to a polygon (N, 2), by brute force."""
    return min(
        float(np.hypot(*np.linspace(base[i], base[(i + 1) % len(base)], 2000).T).min()) for i in range(len(base))
    )


def pixel_metres(distance: float, height: float = 1.5, focal: float = 1100.0) -> float:
    """Return how far the ground moves with one pixel, metres."""
    return (distance**2 + height**2) / (height * focal)


@pytest.mark.parametrize("distance", [5.2, 8.0, 15.0, 25.0, 40.0])
@pytest.mark.parametrize("yaw_deg", [0.0, 35.0])
def test_a_box_is_where_it_stands(distance: float, yaw_deg: float) -> None:
    base = base_of(distance, 0.4, 0.8, 1.0, yaw_deg)  # its corners at the sides and the near one are seen
    (found,) = locate([hazard_of(base, 0.6, PLAIN)], PLAIN, EXACT)
    assert found.distance_m == pytest.approx(distance_to(base), abs=1.1 * pixel_metres(distance))
    footprint = found.footprint_m
    assert footprint.shape == (16, 3) and footprint.dtype == np.float64 and (footprint[:, 2] == 0).all()
    assert distance_to(footprint[:, :2]) == pytest.approx(found.distance_m, abs=1e-3)
    seen = base[base[:, 0] < base[:, 0].max()]
    assert footprint[:8, 1].max() == pytest.approx(seen[:, 1].max(), abs=0.15)
    assert footprint[:8, 1].min() == pytest.approx(seen[:, 1].min(), abs=0.15)
    assert cv2.pointPolygonTest(footprint[:, :2].astype(np.float32), (distance, 0.4), False) > 0


def test_distances_have_no_bias_of_half_a_pixel() -> None:
    """At 20 m half a pixel is 0.12 m: the ground begins at the lower border of the lowest pixels, not at the centre."""
    rng = np.random.default_rng(2)
    errors = []
    for distance in rng.uniform(19.0, 21.0, 60):
        base = base_of(distance, 0.0, 0.5, 1.0, 0.0)
        (found,) = locate([hazard_of(base, 0.5, PLAIN)], PLAIN, EXACT)
        errors.append((found.distance_m - (distance - 0.25)) / pixel_metres(distance))
    assert abs(np.mean(errors)) < 0.15
    assert 0.2 < np.std(errors) < 0.4, "a uniform error of one pixel has 0.29"


@pytest.mark.parametrize("width", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("distance", [6.0, 30.0])
def test_width_is_that_of_the_side_that_is_seen(width: float, distance: float) -> None:
    base = base_of(distance + 0.25, 0.0, 0.5, width, 0.0)
    (found,) = locate([hazard_of(base, 0.5, PLAIN)], PLAIN, EXACT)
    assert found.width_m == pytest.approx(width, abs=1.5 * distance / 1100 + 0.05 * width)


def test_width_is_across_the_line_of_sight() -> None:
    """Seen 37 degrees from the side, a thin wall along x shows that much of its length."""
    camera = replace(PLAIN, extrinsics=extrinsics_of("base", 1.5, 3.0, 0.0, 37.0, 0.0, 0.0))
    base = base_of(8.0, 6.0, 1.6, 0.02, 0.0)
    (found,) = locate([hazard_of(base, 0.5, camera)], camera, EXACT)
    assert found.width_m == pytest.approx(1.6 * 0.6, rel=0.1)


LENSES = {
    "plain": ("plumb_bob", [0.0] * 5, 1100.0),
    "plumb_bob": ("plumb_bob", [-0.3, 0.1, 0.001, -0.001, 0.0], 900.0),
    "rational": ("rational_polynomial", [0.4, 0.08, 0.001, -0.0005, 0.002, 0.75, 0.15, 0.01], 900.0),
    "fisheye": ("equidistant", [0.02, -0.01, 0.002, 0.0], 600.0),
}
MOUNTINGS = {
    "ahead": (extrinsics_of("base", 1.5, 3.0, 0.0, 0.0, 0.0, 0.0), 0.0),
    "leaning": (extrinsics_of("base", 1.5, 8.0, 7.0, 0.0, 0.0, 0.0), 0.0),
    "left side": (extrinsics_of("base", 1.2, 10.0, -3.0, 80.0, 1.0, 0.9), 80.0),
    "back": (extrinsics_of("base", 1.8, 12.0, 0.0, 180.0, -1.5, 0.0), 180.0),
}


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_any_lens_on_any_side_of_the_vehicle(lens: str, mounting: str) -> None:
    model, distortion, focal = LENSES[lens]
    extrinsics, looks_deg = MOUNTINGS[mounting]
    intrinsics = np.array([[focal, 0.0, 639.5], [0.0, focal, 359.5], [0.0, 0.0, 1.0]])
    camera = Camera(1280, 720, intrinsics, model, np.array(distortion), extrinsics)
    ahead, left = (np.array([np.cos(a), np.sin(a)]) for a in np.deg2rad([looks_deg, looks_deg + 90]))
    for away, aside in ((7.0, 0.3), (9.0, -3.0), (14.0, 4.5)):
        x, y = extrinsics.position[:2] + away * ahead + aside * left
        base = base_of(float(x), float(y), 0.6, 0.6, 20.0)
        (found,) = locate([hazard_of(base, 0.5, camera)], camera, EXACT)
        pixel = pixel_metres(np.hypot(away, aside), extrinsics.position[2], 0.7 * focal)
        assert found.distance_m == pytest.approx(distance_to(base), abs=1.2 * pixel)
        assert cv2.pointPolygonTest(found.footprint_m[:, :2].astype(np.float32), (float(x), float(y)), True) > -0.05
        assert 0.5 < found.width_m < 1.0


def test_the_ground_may_lie_below_the_base_frame() -> None:
    lowered = Extrinsics("base", PLAIN.extrinsics.rotation, np.array([0.0, 0.0, 1.1]), ground_z_m=-0.4)
    hazard = upright(480)
    (expected,), (found,) = locate([hazard], PLAIN, EXACT), locate([hazard], replace(PLAIN, extrinsics=lowered), EXACT)
    assert found.distance_m == pytest.approx(expected.distance_m)
    np.testing.assert_allclose(found.footprint_m - expected.footprint_m, [[0.0, 0.0, -0.4]] * 16, atol=1e-9)


def test_depth_is_the_width_within_the_bounds() -> None:
    for half, depth in ((2, 0.5), (40, None), (500, 2.0)):
        (found,) = locate([upright(480, half=half)], PLAIN, replace(EXACT, minimum_depth_m=0.5, maximum_depth_m=2.0))
        ranges = np.hypot(*found.footprint_m[:, :2].T)
        assert ranges.max() - ranges.min() == pytest.approx(found.width_m if depth is None else depth, rel=0.03)


def test_what_hangs_over_the_ground_is_put_where_its_neighbour_stands() -> None:
    """An animal of 1 m at 10 m: two legs, a belly 0.4 m up and a head 0.3 m beside the legs, 0.6 m up."""
    boxes = [(10.0, -0.35, 0.05, 0.0, 0.7), (10.0, 0.2, 0.05, 0.0, 0.7), (10.0, -0.1, 0.65, 0.4, 0.7),
             (10.0, 0.35, 0.35, 0.6, 0.9)]  # fmt: skip
    mask = np.zeros((720, 1280), bool)
    extrinsics = PLAIN.extrinsics
    for x, y, width, low, high in boxes:
        corners = np.array([[x, y + s * width / 2, z] for s in (-1, 1) for z in (low, high)])
        optical = (corners - extrinsics.position) @ extrinsics.rotation @ INTRINSICS.T
        (left, top), (right, bottom) = (f(optical[:, :2] / optical[:, 2:], axis=0) for f in (np.min, np.max))
        mask[round(top) : round(bottom), round(left) : round(right)] = True
    (found,) = locate(hazards_in(mask), PLAIN, EXACT)
    assert found.distance_m == pytest.approx(10.0, rel=0.02)
    near = found.footprint_m[:8]
    assert near[:, 0].max() < 10.0 + 0.3, "neither belly nor head is taken for ground behind the legs"
    assert found.width_m == pytest.approx(0.425 + 0.525, abs=0.03), "what hangs counts: a vehicle would touch it"


def test_a_spike_of_one_column_hardly_moves_the_place() -> None:
    clean, spiked = np.zeros((720, 1280), bool), np.zeros((720, 1280), bool)
    clean[400:450, 600:650] = spiked[400:450, 600:650] = True
    spiked[450:470, 633] = True
    (before,), (after,) = (locate(hazards_in(mask), PLAIN, EXACT) for mask in (clean, spiked))
    assert 0 <= before.distance_m - after.distance_m < 2.1 * pixel_metres(before.distance_m)


def test_many_at_once_are_as_one_by_one_and_all_else_stays() -> None:
    mask = np.zeros((720, 1280), bool)
    rng = np.random.default_rng(3)
    for column in range(20, 1200, 90):
        top = int(rng.integers(250, 600))
        mask[top : top + int(rng.integers(10, 100)), column : column + int(rng.integers(1, 80))] = True
    known = {"on_road": 0.5, "state": HazardState.COASTING, "age_s": 2.5, "hits": 7}
    hazards = [replace(hazard, **known) for hazard in hazards_in(mask)]
    together = locate(hazards, PLAIN, GroundSettings())
    assert len(hazards) == 14 and 3 < sum(hazard.distance_m is not None for hazard in together) < 14
    for hazard, found in zip(hazards, together, strict=True):
        (alone,) = locate([hazard], PLAIN, GroundSettings())
        for field in fields(Hazard):
            np.testing.assert_array_equal(getattr(found, field.name), getattr(alone, field.name))
            if field.name not in METRES:
                assert field.default is MISSING or field.name in known, "a default would stay by chance"
                assert getattr(found, field.name) is getattr(hazard, field.name)


@settings(max_examples=60, deadline=None)
@given(st.integers(380, 640), st.integers(1, 60), st.integers(100, 1100))
def test_lower_in_the_picture_is_never_farther(row: int, lower: int, middle: int) -> None:
    first, second = locate([upright(row, middle=middle), upright(row + lower, middle=middle)], PLAIN, EXACT)
    if first.distance_m is not None:
        assert second.distance_m < first.distance_m and second.distance_sigma_m <= first.distance_sigma_m


def assert_no_position(hazard: Hazard, camera: Camera | None, ground: GroundSettings = EXACT) -> None:
    """Assert that a hazard keeps all but its metres, which are None, also where it had some before."""
    stale = replace(hazard, footprint_m=np.zeros((16, 3)), distance_m=5.0, distance_sigma_m=0.1, width_m=1.0)
    (found,) = locate([stale], camera, ground)
    assert all(getattr(found, name) is None for name in METRES)
    assert (found.box_px, found.polygon_px is hazard.polygon_px) == (hazard.box_px, True)


NEAR = upright(480)


def test_without_camera_or_extrinsics_there_is_no_position() -> None:
    assert locate([NEAR], PLAIN, EXACT)[0].distance_m is not None
    assert_no_position(NEAR, None)
    assert_no_position(NEAR, replace(PLAIN, extrinsics=None))
    assert locate((), PLAIN, EXACT) == ()


@pytest.mark.parametrize("row", [100, 301, 302])
def test_at_or_above_the_horizon_there_is_no_position(row: int) -> None:
    # The horizon lies in row 359.5 - 1100 tan(3 deg) = 301.9; the lower border of row 301 in 301.5, of 302 in 302.5.
    assert_no_position(upright(row), PLAIN, replace(EXACT, maximum_distance_m=1000.0))


def test_beyond_the_maximum_distance_there_is_no_position() -> None:
    (found,) = locate([upright(340)], PLAIN, EXACT)
    assert 40 < found.distance_m < 50
    assert_no_position(upright(340), PLAIN, replace(EXACT, maximum_distance_m=found.distance_m - 0.1))
    (still,) = locate([upright(340)], PLAIN, replace(EXACT, maximum_distance_m=found.distance_m + 0.1))
    assert still.distance_m == found.distance_m


def test_within_two_sigma_of_the_horizon_there_is_no_position() -> None:
    """The angle below the horizon of 40 m is 2.15 degrees."""
    hazard = hazard_of(base_of(40.0, 0.0, 0.1, 1.0, 0.0), 0.6, PLAIN)
    for sigma, known in ((1.0, True), (1.15, False), (3.0, False)):
        (found,) = locate([hazard], PLAIN, replace(EXACT, pitch_sigma_deg=sigma))
        assert (found.distance_m is not None) == known
        if known:
            assert found.distance_sigma_m > 0.4 * found.distance_m


@pytest.mark.parametrize("roll_deg", [90.0, 180.0, -90.0])
def test_a_camera_on_its_side_or_head_has_no_positions(roll_deg: float) -> None:
    turned = replace(PLAIN, extrinsics=extrinsics_of("base", 1.5, 3.0, roll_deg, 0.0, 0.0, 0.0))
    for hazard in (NEAR, upright(200), upright(600, middle=200), upright(600, middle=1100)):
        assert_no_position(hazard, turned)


def test_behind_the_point_below_a_camera_there_is_no_position() -> None:
    """The picture of a camera that looks straight down: below its middle, lower in the picture is farther away."""
    down = replace(PLAIN, extrinsics=extrinsics_of("base", 3.0, 90.0, 0.0, 0.0, 0.0, 0.0))
    assert locate([upright(150)], down, EXACT)[0].distance_m == pytest.approx(3 * 209 / 1100, rel=0.01)
    assert_no_position(upright(600), down)


def test_pixels_outside_the_lens_model_give_no_position() -> None:
    # The picture of k1 = -0.3 ends 0.70 focal lengths from the middle, here 492 pixels.
    intrinsics = np.array([[700.0, 0.0, 639.5], [0.0, 700.0, 359.5], [0.0, 0.0, 1.0]])
    camera = replace(PLAIN, intrinsics=intrinsics, distortion=np.array([-0.3, 0.0, 0.0, 0.0, 0.0]))
    assert locate([upright(600)], camera, EXACT)[0].distance_m is not None
    assert_no_position(upright(600, middle=1180), camera)
    assert_no_position(upright(600, middle=1060, half=60), camera)


@pytest.mark.parametrize(
    "extrinsics",
    [
        replace(PLAIN.extrinsics, rotation=np.full((3, 3), np.nan)),
        replace(PLAIN.extrinsics, position=np.array([0.0, 0.0, np.nan])),
        replace(PLAIN.extrinsics, position=np.array([np.nan, 0.0, 1.5])),
        replace(PLAIN.extrinsics, position=np.array([0.0, 0.0, np.inf])),
        replace(PLAIN.extrinsics, ground_z_m=np.nan),
        replace(PLAIN.extrinsics, ground_z_m=1.5),
        replace(PLAIN.extrinsics, ground_z_m=2.0),
    ],
    ids=["rotation", "height", "x", "infinite", "ground", "on the ground", "below the ground"],
)
def test_extrinsics_that_cannot_be_give_no_position(extrinsics: Extrinsics) -> None:
    assert_no_position(NEAR, replace(PLAIN, extrinsics=extrinsics))


def test_cut_off_by_the_lower_border_the_distance_is_that_of_the_border_and_may_be_anything_less() -> None:
    (cut,) = locate([upright(719)], PLAIN, EXACT)
    border = 1.5 / np.tan(np.deg2rad(3.0) + np.arctan((719.5 - 359.5) / 1100))
    assert cut.distance_m == pytest.approx(border, rel=0.01)
    uniform = np.random.default_rng(0).uniform(0, cut.distance_m, 100_000)
    assert cut.distance_sigma_m == pytest.approx(np.sqrt(np.mean((uniform - cut.distance_m) ** 2)), rel=0.01)
    (whole,) = locate([upright(718)], PLAIN, EXACT)
    assert whole.distance_sigma_m < 1e-6


@pytest.mark.parametrize("middle", [20, 1262])
def test_cut_off_by_a_side_border_the_width_may_be_more(middle: int) -> None:
    hazard = upright(480, middle=middle)
    x_min, y_min, x_max, y_max = hazard.box_px
    seen = np.clip(hazard.polygon_px, [0, 0], [1279, 719])
    (cut,) = locate([replace(hazard, box_px=(max(x_min, 0), y_min, min(x_max, 1280), y_max), polygon_px=seen)],
                    PLAIN, EXACT)  # fmt: skip
    (whole,) = locate([upright(480)], PLAIN, EXACT)
    assert cut.width_sigma_m == pytest.approx(cut.width_m) and whole.width_sigma_m < 1e-6
    assert cut.distance_sigma_m < 1e-6
