"""Sequences made by hand: what is confirmed, what coasts, what ends, and what starts anew."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields, replace

import numpy as np
import pytest
from track_samples import COASTING, CONFIRMED, NOW, SECOND, TENTATIVE, Run, hazard, straight

from mgcda_core.frame import Hazard
from mgcda_core.hazards.corridor import CorridorSettings, stop_distance
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.track_settings import TrackSettings


@pytest.fixture(params=[None, (20.0, 1.0)], ids=["picture only", "on the ground"])
def place(request: pytest.FixtureRequest) -> tuple[float, float] | None:
    return request.param


@pytest.mark.parametrize(
    ("sightings", "states"),
    [
        ("x", "T"),
        ("x.....", "T-----"),
        ("xx", "TC"),
        ("x.x", "T-C"),
        ("x..x", "T--T"),
        ("x..x..x..x", "T--T--T--T"),
        ("xx.xx", "TC~CC"),
        ("xx...x", "TC~~~C"),
    ],
)
def test_two_of_three_frames_confirm_and_a_flash_never_does(
    sightings: str, states: str, place: tuple[float, float] | None
) -> None:
    assert Run(motion=straight(0)).states(sightings, hazard(at=place)) == states


def test_it_coasts_for_its_time_to_live_and_no_longer(place: tuple[float, float] | None) -> None:
    run = Run(motion=straight(0), time_to_live_s=0.55)
    assert run.states("xxx" + 8 * ".", hazard(at=place)) == "TCC~~~~~---"


def test_slow_frames_do_not_end_a_hazard_that_one_picture_misses() -> None:
    assert Run(rate=0.5).states("xx.x..", hazard()) == "TC~C~-"


def test_other_counts_confirm_later() -> None:
    assert Run(confirm_hits=3, confirm_window=5).states("x..xx", hazard()) == "T--TC"
    assert Run(confirm_hits=3, confirm_window=3).states("xx.xxx", hazard()) == "TT-TTC"


def test_age_and_hits_count_from_the_first_sight() -> None:
    run = Run()
    found = [run.see(*([hazard()] if sign == "x" else [])) for sign in "xx.x"]
    assert [hazards[0].hits for hazards in found] == [1, 2, 2, 3]
    assert [hazards[0].age_s for hazards in found] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert {hazards[0].id for hazards in found} == {1}


def test_all_that_the_tracker_does_not_know_better_stays_as_it_was_seen() -> None:
    known = {"on_road": 0.5, "width_m": 0.7, "width_sigma_m": 0.1}
    seen = replace(hazard(at=(20.0, 1.0)), **known)
    (found,) = Run().see(seen)
    better = {"id", "footprint_m", "distance_m", "distance_sigma_m", "state", "age_s", "hits"}
    for field in fields(Hazard):
        if field.name not in better:
            assert field.default is MISSING or field.name in known, "a default would stay by chance"
            assert getattr(found, field.name) is getattr(seen, field.name)


def test_a_coasting_hazard_keeps_what_was_seen_of_it_and_its_score() -> None:
    run, seen = Run(), hazard(score=0.7)
    run.see(seen), run.see(seen)
    for _ in range(10):
        (coasting,) = run.see()
        assert (coasting.box_px, coasting.score, coasting.area_px) == (seen.box_px, 0.7, seen.area_px)
        assert coasting.state == COASTING and coasting.polygon_px is seen.polygon_px


def test_while_coasting_it_comes_nearer_as_the_vehicle_does() -> None:
    run = Run(motion=straight(10.0))
    for number in range(4):
        run.see(hazard(at=(20.0 - number, 1.0), sigma=0.1))
    sigmas = []
    for number in range(4, 12):
        (coasting,) = run.see()
        assert coasting.state == COASTING
        assert coasting.footprint_m.mean(axis=0) == pytest.approx([20.0 - number, 1.0, 0.0], abs=1e-6)
        assert coasting.distance_m == pytest.approx(math.hypot(19.8 - number, 0.7), abs=1e-4)
        sigmas.append(coasting.distance_sigma_m)
    assert sigmas == sorted(sigmas) and 0.1 < sigmas[0] < sigmas[-1] < 1.0


@pytest.mark.parametrize("motion", [straight(10.0), None], ids=["odometry", "no odometry"])
def test_through_a_gap_the_vehicle_goes_on_braking(motion: EgoMotion | None) -> None:
    run, corridor = Run(motion=motion), CorridorSettings(width_m=1.8, front_m=2.0)
    for number in range(20):
        shown = [] if number in (3, 7, 8, 9, 15) else [hazard(at=(30.0 - number, 0.2), sigma=0.5)]
        distance = stop_distance(run.see(*shown), corridor)
        # Where nothing tells how far the vehicle went, no distance is the answer, but never a clear road.
        assert number == 0 or distance <= 30.0 - number - 0.2 - 2.0 + 1e-6 or (motion is None and math.isnan(distance))


def test_in_a_turn_it_moves_to_the_side() -> None:
    motion = EgoMotion()
    for number in range(100):
        motion.add(NOW + number * SECOND // 50, 0.0, 0.0, 0.5 * number / 50)
    run = Run(motion=motion)
    run.see(hazard(at=(10.0, 0.0)))
    run.see(hazard(at=(10.0 * math.cos(0.05), -10.0 * math.sin(0.05))))
    found = [run.see() for _ in range(8)][-1][0].footprint_m.mean(axis=0)
    assert found[:2] == pytest.approx([10.0 * math.cos(0.45), -10.0 * math.sin(0.45)], abs=1e-6)


def test_without_odometry_it_stays_and_its_sigma_grows_as_the_unknown_speed() -> None:
    run = Run(unknown_speed_mps=4.0, process_noise=1e-6)
    run.see(hazard(at=(20.0, 0.0))), run.see(hazard(at=(20.0, 0.0)))
    (seen,) = run.see(hazard(at=(20.0, 0.0)))
    for number in range(1, 11):
        (coasting,) = run.see()
        assert coasting.footprint_m.mean(axis=0)[:2] == pytest.approx([20.0, 0.0])
        assert coasting.distance_sigma_m == pytest.approx(math.hypot(seen.distance_sigma_m, 4.0 * 0.1 * number))


def test_a_position_that_no_longer_tells_anything_is_given_up_but_not_the_hazard() -> None:
    run = Run(unknown_speed_mps=20.0, maximum_sigma_m=5.0)
    run.see(hazard(at=(20.0, 0.0))), run.see(hazard(at=(20.0, 0.0)))
    found = [run.see()[0] for _ in range(6)]
    assert [one.footprint_m is not None for one in found] == [True, True, False, False, False, False]
    for one in found[2:]:
        assert one.state == COASTING
        assert (one.distance_m, one.distance_sigma_m, one.width_m, one.width_sigma_m) == (None,) * 4
    (again,) = run.see(hazard(at=(12.0, 0.0)))
    assert (again.id, again.state) == (1, CONFIRMED)
    assert again.footprint_m.mean(axis=0)[:2] == pytest.approx([12.0, 0.0])


def test_a_far_position_that_is_measured_is_reported_however_uncertain() -> None:
    run = Run(motion=straight(0), maximum_sigma_m=2.0)
    found = [run.see(hazard(at=(60.0, 0.0), sigma=8.0))[0] for _ in range(2)]
    assert found[0].distance_sigma_m == pytest.approx(8.0) and found[1].distance_m is not None
    assert run.see()[0].distance_m is None


def test_one_seen_without_a_position_is_moved_by_ego_motion() -> None:
    run = Run(motion=straight(10.0))
    for number in range(3):
        run.see(hazard(at=(8.0 - number, 0.0), sigma=0.1))
    (seen,) = run.see(hazard())
    assert (seen.id, seen.state) == (1, CONFIRMED)
    assert seen.footprint_m.mean(axis=0)[:2] == pytest.approx([5.0, 0.0]) and seen.width_m == 0.6


@pytest.mark.parametrize(
    "broken",
    [{"distance_sigma_m": math.nan}, {"distance_sigma_m": None}, {"footprint_m": np.full((3, 3), np.nan)}],
)
def test_a_position_with_holes_is_none(broken: dict) -> None:
    run = Run(motion=straight(0))
    for _ in range(3):
        (found,) = run.see(replace(hazard(at=(20.0, 0.0)), **broken))
    assert found.state == CONFIRMED and found.footprint_m is None and found.distance_m is None


def test_one_that_the_vehicle_has_passed_ends() -> None:
    run = Run(motion=straight(10.0))
    for number in range(3):
        run.see(hazard(at=(5.5 - number, 2.0), sigma=0.1))
    found = [run.see() for _ in range(5)]
    # Its rear end is at 5.7 m - 1 m per frame: behind the base frame from frame 6 on.
    assert [len(hazards) for hazards in found] == [1, 1, 1, 0, 0]


def test_one_that_was_seen_at_the_lower_edge_last_ends_as_well_when_it_is_passed() -> None:
    run = Run(motion=straight(10.0))
    for number in range(2):
        run.see(hazard(at=(3.5 - number, 2.0), sigma=0.1))
    assert run.see(hazard())[0].footprint_m is not None
    assert [len(run.see()) for _ in range(3)] == [1, 0, 0]


def test_a_camera_that_looks_back_may_miss_a_hazard_too() -> None:
    assert Run(motion=straight(0)).states("xx.x", hazard(at=(-6.0, 0.0))) == "TC~C"


def test_smoothing_brings_a_place_nearer_to_the_truth_than_its_measurements() -> None:
    rng = np.random.default_rng(3)
    run = Run(motion=straight(10.0))
    errors = []
    for number in range(30):
        truth = np.array([45.0 - number, 0.5])
        measured = truth + rng.normal(0, [1.5, 0.1])
        (found,) = run.see(hazard(at=tuple(measured), sigma=1.5))
        errors.append((measured[0] - truth[0], found.footprint_m[:, 0].mean() - truth[0]))
    raw, smoothed = np.sqrt((np.array(errors)[5:] ** 2).mean(axis=0))
    assert raw > 1.2 and smoothed < 0.6 * raw


def test_without_odometry_a_measured_place_is_not_smoothed_with_one_from_before() -> None:
    run = Run()
    for number in range(10):
        (found,) = run.see(hazard(at=(40.0 - number, 0.5), sigma=2.0))
        assert found.id == 1 and found.distance_sigma_m == pytest.approx(2.0, rel=1e-3)
        assert found.footprint_m.mean(axis=0)[:2] == pytest.approx([40.0 - number, 0.5])


def test_two_that_cross_in_the_picture_keep_their_ids_by_place() -> None:
    run, ids = Run(motion=straight(0)), []
    for number in range(21):
        near, far = (100 + 5 * number, 100, 140 + 5 * number, 160), (200 - 5 * number, 100, 240 - 5 * number, 130)
        found = run.see(
            hazard(near, (10.0, 1.0 - 0.1 * number), score=0.9), hazard(far, (25.0, -2.5 + 0.25 * number), score=0.6)
        )
        ids.append([one.id for one in found])
    assert ids == [[1, 2]] * 21


def test_two_that_cross_in_the_picture_keep_their_ids_by_their_motion() -> None:
    run, ids = Run(), []
    for number in range(21):
        left, right = (100 + 20 * number, 100, 140 + 20 * number, 130), (500 - 20 * number, 100, 540 - 20 * number, 130)
        # Where they cross they are one region.
        seen = [hazard(left, score=0.9), hazard(right, score=0.6)] if abs(number - 10) > 1 else []
        ids.append([one.id for one in run.see(*seen)])
    assert ids == [[1, 2]] * 21


def test_one_that_hides_another_does_not_take_its_id() -> None:
    run = Run(motion=straight(0))
    box = (100, 100, 140, 130)
    for _ in range(3):
        run.see(hazard(box, (30.0, 0.0)))
    found = {one.state: one for one in run.see(hazard((98, 98, 142, 140), (12.0, 0.0)))}
    assert found[COASTING].id == 1 and found[TENTATIVE].id == 2
    assert found[COASTING].distance_m == pytest.approx(29.8)


def test_a_region_that_splits_keeps_its_id_in_one_part_and_merges_back_into_it() -> None:
    run, whole = Run(), hazard((100, 100, 160, 140))
    parts = hazard((100, 100, 136, 140), score=0.9), hazard((142, 105, 160, 140), score=0.5)
    for _ in range(3):
        run.see(whole)
    assert [(one.id, one.state) for one in run.see(*parts)] == [(1, CONFIRMED), (2, TENTATIVE)]
    assert [(one.id, one.state) for one in run.see(*parts)] == [(1, CONFIRMED), (2, CONFIRMED)]
    assert {one.id: one.state for one in run.see(whole)} == {1: CONFIRMED, 2: COASTING}


def test_a_box_that_grows_fast_is_followed() -> None:
    run, ids = Run(rate=5.0), set()
    for number in range(18):
        # 0.5 m wide, 0.7 m to the right and 1.5 m below a camera of 550 pixels, from 40 m on at 10 m/s.
        distance = 40.0 - 2.0 * number
        x, y, half = 320 + 550 * 0.7 / distance, 180 + 550 * 1.5 / distance, 550 * 0.25 / distance
        ids |= {one.id for one in run.see(hazard((int(x - half), int(y - 2 * half), int(x + half) + 1, int(y) + 1)))}
    assert ids == {1}


def test_a_duplicate_is_no_second_sighting() -> None:
    run = Run()
    first = run.tracker.update([hazard()], NOW)
    for _ in range(3):
        assert run.tracker.update([hazard()], NOW) == first
    assert not run.tracker.is_settled
    (second,) = run.tracker.update([hazard()], NOW + SECOND // 10)
    assert (second.state, second.hits) == (CONFIRMED, 2)


@pytest.mark.parametrize("leap", [-60.0, -0.001, 3.5], ids=["bag loop", "a little back", "long gap"])
def test_after_a_jump_of_the_stamps_all_starts_anew_with_new_ids(leap: float) -> None:
    run = Run()
    assert run.states("xxx", hazard()) == "TCC" and run.tracker.is_settled
    run.stamp += round(leap * SECOND) - run.step
    (found,) = run.see(hazard())
    assert (found.id, found.state, found.hits, found.age_s) == (2, TENTATIVE, 1, 0.0)
    assert not run.tracker.is_settled
    assert run.states("xx", hazard()) == "CC" and run.tracker.is_settled


def test_frames_may_come_at_any_rate() -> None:
    rng = np.random.default_rng(5)
    run = Run(motion=straight(10.0))
    seconds, found = 0.0, []
    for number, step in enumerate(rng.uniform(0.02, 0.4, 16)):
        seconds += step
        run.stamp = NOW + round(seconds * SECOND)
        seen = [] if number % 4 == 3 else [hazard(at=(45.0 - 10.0 * seconds, 0.0))]
        found.append(run.see(*seen))
    assert {one.id for hazards in found for one in hazards} == {1}
    assert [hazards[0].state for hazards in found] == [TENTATIVE, CONFIRMED] + 3 * [
        CONFIRMED,
        COASTING,
        CONFIRMED,
        CONFIRMED,
    ] + [CONFIRMED, COASTING]
    assert found[-1][0].footprint_m[:, 0].mean() == pytest.approx(45.0 - 10.0 * seconds, abs=1e-6)


def test_a_new_tracker_is_not_settled_until_a_hazard_could_have_been_confirmed() -> None:
    run, settled = Run(), []
    for _ in range(4):
        run.see()
        settled.append(run.tracker.is_settled)
    assert settled == [False, False, True, True]


def test_other_settings_count_for_the_hazards_there_are() -> None:
    run = Run(motion=straight(0))
    seen = hazard(at=(20.0, 1.0))
    assert run.states("x", seen) == "T"
    (before,) = run.tracker._latest
    run.tracker.adopt(TrackSettings(confirm_hits=4, confirm_window=5, time_to_live_s=0.25))
    assert run.states("xxx", seen) == "TTC"
    assert run.states("....", seen) == "~~--", "at 10 frames per second, 0.25 s and no longer"
    (after,) = run.see(seen)
    assert after.id > before.id


def test_a_longer_window_can_still_be_filled_by_a_hazard_from_before() -> None:
    run = Run(motion=straight(0), confirm_hits=2, confirm_window=2)
    run.states("x", hazard())
    run.tracker.adopt(TrackSettings(confirm_hits=5, confirm_window=6))
    assert run.states("xxxx", hazard()) == "TTTC"
