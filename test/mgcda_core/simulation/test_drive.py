"""The drive as a whole: the same in, the same out; truth, masks and picture agree."""

import copy
import dataclasses
import functools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from mgcda_core.simulation.buildings import Standing
from mgcda_core.simulation.drive import Drive
from mgcda_core.simulation.hazard_plan import PlannedHazard
from mgcda_core.simulation.mesh import build, cuboid
from mgcda_core.simulation.style import CAR

SMALL = {"width": 320, "height": 180}
CRATE = build(cuboid((0.8, 1.0, 0.6), (200.0, 40.0, 40.0)))
WALL = build(cuboid((1.0, 2.6, 2.2), (60.0, 60.0, 200.0)))


@functools.cache
def empty_street() -> Drive:
    """Return the one drive that staged() copies; setting one up costs half a second."""
    drive = Drive(seed=3, **SMALL)
    drive.style = dataclasses.replace(drive.style, bend_1pm=0.0)
    drive._traffic.parked = lambda index: []
    return drive


def staged(
    *, crate_m: float | None, wall_m: float | None = None, yaw_rad: float = 0.3, speed_mps: float = 0.0
) -> Drive:
    """Return a drive down a straight road that holds a crate and a wall at given places, and nobody else."""
    drive = copy.copy(empty_street())
    drive._speed = speed_mps
    lane = drive.style.lane_y
    crates = [] if crate_m is None else [PlannedHazard(7, "wooden_crate", CRATE, crate_m, lane, yaw_rad, 0.0, 1.0)]
    walls = [] if wall_m is None else [Standing(WALL, wall_m, lane, 0.0, CAR)]
    drive._plan = SimpleNamespace(
        between=lambda start, stop: [crate for crate in crates if start <= crate.along < stop]
    )
    drive._traffic = SimpleNamespace(
        moving=lambda along, reach, time, hazards: [wall for wall in walls if wall.along > along]
    )
    return drive


def ground_row(x: float) -> float:
    """Return the row of a ground point x metres ahead, for the default camera at 320x180."""
    return 89.5 + 160 / math.tan(math.radians(30)) * math.tan(math.atan2(1.5, x) - math.radians(3))


@pytest.fixture(scope="module")
def drive() -> Drive:
    return Drive(seed=7, **SMALL)


def test_same_seed_and_time_give_the_same_bytes_in_any_order(drive: Drive) -> None:
    later, earlier = drive.render(6.2), drive.render(1.4)
    fresh = Drive(seed=7, **SMALL)
    for frame in (fresh.render(1.4), drive.render(1.4)):
        assert frame.image.tobytes() == earlier.image.tobytes()
        assert frame.labels.tobytes() == earlier.labels.tobytes()
        assert frame.instances.tobytes() == earlier.instances.tobytes()
        assert frame.hazards == earlier.hazards
    assert fresh.render(6.2).image.tobytes() == later.image.tobytes()


def test_frame_has_the_promised_shapes(drive: Drive) -> None:
    frame = drive.render(0.5)
    assert frame.image.shape == (180, 320, 3) and frame.image.dtype == np.uint8
    assert frame.labels.shape == frame.instances.shape == (180, 320)
    assert frame.labels.dtype == frame.instances.dtype == np.uint8
    assert frame.camera.width == 320 and frame.camera.height == 180
    assert frame.camera_height_m == 1.5 and frame.camera_pitch_rad == pytest.approx(math.radians(3))
    assert set(np.unique(frame.labels)) <= {*range(11), 255}


def test_time_and_seed_change_the_picture(drive: Drive) -> None:
    first, second = drive.render(2.0), drive.render(2.5)
    other = Drive(seed=8, **SMALL).render(2.0)
    assert np.abs(first.image.astype(int) - second.image).mean() > 3
    assert np.abs(first.image.astype(int) - other.image).mean() > 10
    assert (first.labels != other.labels).mean() > 0.05


def test_road_lies_below_the_horizon_and_sky_above(drive: Drive) -> None:
    labels = drive.render(3.0).labels
    assert not (labels[:70] == 3).any()
    assert not (labels[90:] == 0).any()
    assert (labels[150:] == 3).mean() > 0.3


def test_instances_and_void_labels_cover_the_same_pixels(drive: Drive) -> None:
    seen = 0
    for time in np.arange(0.0, 12.0, 1.5):
        frame = drive.render(float(time))
        assert np.array_equal(frame.instances > 0, frame.labels == 255)
        assert set(np.unique(frame.instances)) - {0} == {truth.id % 255 for truth in frame.hazards}
        for truth in frame.hazards:
            rows, columns = np.nonzero(frame.instances == truth.id % 255)
            assert truth.visible_px == len(rows)
            assert truth.box_px == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            seen += 1
    assert seen >= 5


@pytest.mark.parametrize("along", [6.0, 10.0, 18.0])
def test_lower_edge_of_a_crate_is_where_its_nearest_corner_stands(along: float) -> None:
    (truth,) = staged(crate_m=along).render(0.0).hazards
    reach = 0.4 * math.cos(0.3) + 0.5 * math.sin(0.3)
    assert truth.size_m == pytest.approx((0.8, 1.0, 0.6))
    assert truth.position_m[0] == pytest.approx(along)
    assert truth.distance_m == pytest.approx(along - reach)
    assert truth.box_px[3] - 1 == pytest.approx(ground_row(truth.distance_m), abs=1.0)


def test_base_centre_projects_into_the_box() -> None:
    (truth,) = staged(crate_m=12.0).render(0.0).hazards
    x, y, _ = truth.position_m
    column = 159.5 - 160 / math.tan(math.radians(30)) * y / x
    assert truth.box_px[0] < column < truth.box_px[2]
    assert truth.box_px[1] < ground_row(x) < truth.box_px[3]


def test_distance_shrinks_by_speed_times_time() -> None:
    drive = staged(crate_m=30.0, yaw_rad=0.0, speed_mps=8.0)
    (before,), (after,) = drive.render(0.5).hazards, drive.render(1.75).hazards
    assert before.position_m[0] - after.position_m[0] == pytest.approx(8.0 * 1.25)
    assert before.distance_m - after.distance_m == pytest.approx(8.0 * 1.25)
    assert after.visible_px > before.visible_px


def test_nearer_object_hides_a_hazard_and_a_farther_one_does_not() -> None:
    alone = staged(crate_m=16.0).render(0.0)
    behind = staged(crate_m=16.0, wall_m=9.0).render(0.0)
    in_front = staged(crate_m=16.0, wall_m=24.0).render(0.0)
    assert alone.hazards[0].visible_px > 100
    assert behind.hazards == () and not behind.instances.any()
    assert in_front.hazards[0].visible_px == alone.hazards[0].visible_px
    assert (in_front.labels == CAR).any()


def test_hazard_shows_in_the_picture() -> None:
    with_crate, without = staged(crate_m=9.0).render(0.0), staged(crate_m=None).render(0.0)
    inside = with_crate.instances > 0
    change = np.abs(with_crate.image.astype(int) - without.image).sum(axis=2)
    assert change[inside].mean() > 30
    assert change[:40].max() == 0


def test_clean_stretch_has_no_instances() -> None:
    frame = Drive(seed=7, hazard_spacing_m=(900.0, 900.0), **SMALL).render(0.0)
    assert frame.hazards == () and not frame.instances.any() and not (frame.labels == 255).any()


def test_default_drive_has_clean_stretches_too(drive: Drive) -> None:
    counts = [len(drive.render(float(time)).hazards) for time in np.arange(0.0, 40.0, 2.0)]
    assert min(counts) == 0 and max(counts) >= 1


def test_hazards_are_seen_from_about_sixty_metres() -> None:
    assert len(staged(crate_m=60.0).render(0.0).hazards) == 1
    assert staged(crate_m=75.0).render(0.0).hazards == ()


def test_passing_right_through_a_hazard_is_harmless() -> None:
    drive = staged(crate_m=10.0, speed_mps=10.0)
    for time in np.linspace(0.8, 1.3, 11):
        frame = drive.render(float(time))
        assert all(truth.box_px[2] <= 320 and truth.box_px[3] <= 180 for truth in frame.hazards)
    assert frame.hazards == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("width", 0),
        ("height", 10),
        ("width", 99999),
        ("speed_mps", -1.0),
        ("speed_mps", math.nan),
        ("horizontal_field_of_view_deg", 180.0),
        ("camera_height_m", 0.0),
        ("camera_pitch_deg", 80.0),
        ("hazard_spacing_m", (60.0, 25.0)),
        ("hazard_spacing_m", (0.0, 25.0)),
    ],
)
def test_wrong_argument_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name) as caught:
        Drive(**{"seed": 0, name: value})
    assert "allowed" in str(caught.value)


@pytest.mark.parametrize("time_s", [-0.1, math.nan, math.inf])
def test_wrong_time_is_refused(drive: Drive, time_s: float) -> None:
    with pytest.raises(ValueError, match="time_s"):
        drive.render(time_s)
