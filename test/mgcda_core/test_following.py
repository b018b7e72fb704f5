"""Frames in, hazards over time out: against what truly lies on the simulated road. Score maps are the true masks."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mgcda_core.deploy.weights import Card
from mgcda_core.following import Follower, FollowSettings, Outlook
from mgcda_core.frame import Frame, Hazard, HazardState, ScoreMap
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.ground import nearest_visible_ground
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.regions import find_hazards
from mgcda_core.networks.architecture import Architecture
from mgcda_core.processing import Processor
from mgcda_core.simulation.drive import Drive, RenderedFrame

STEP_S, SPEED_MPS = 0.2, 10.0
WIDTH_M, FRONT_M = 1.8, 0.5


class TrueProcessor:
    """Stands in for the network: what lies on the road is certain."""

    def __init__(self) -> None:
        self.truth: RenderedFrame | None = None

    def process(self, frame: Frame) -> tuple[ScoreMap, tuple[Hazard, ...]]:
        if self.truth is None:
            raise RuntimeError("the network broke")
        score_map = ScoreMap((self.truth.instances > 0).astype(np.float32), None, frame.stamp, frame.frame_id)
        return score_map, find_hazards(score_map, RegionSettings(0.5))


def settings(**corridor: float) -> FollowSettings:
    return FollowSettings(corridor=CorridorSettings(WIDTH_M, FRONT_M, **corridor))


def frame_of(truth: RenderedFrame, *, positioned: bool = True) -> Frame:
    mounted = extrinsics_of("base", truth.camera_height_m, np.rad2deg(truth.camera_pitch_rad), 0.0, 0.0, 0.0, 0.0)
    camera = replace(truth.camera, extrinsics=mounted if positioned else None)
    return Frame(truth.image, round(truth.time_s * 1e9), "camera", camera)


@pytest.fixture(scope="module")
def drive() -> list[RenderedFrame]:
    rendered = Drive(seed=7, speed_mps=SPEED_MPS)
    return [rendered.render(number * STEP_S) for number in range(25)]


def odometry() -> EgoMotion:
    motion = EgoMotion(length_s=100.0)
    for number in range(600):
        motion.add(round(number * 0.01 * 1e9), SPEED_MPS * number * 0.01, 0.0, 0.0)
    return motion


def test_hazards_keep_their_ids_and_their_distance_is_true(drive: list[RenderedFrame]) -> None:
    processor = TrueProcessor()
    follower = Follower(processor, settings(), odometry())
    ids: dict[int, set[int]] = {}
    errors = []
    for processor.truth in drive:
        outlook = follower.follow(frame_of(processor.truth))
        for true in processor.truth.hazards:
            near = [
                hazard
                for hazard in outlook.hazards
                if hazard.state == HazardState.CONFIRMED and hazard.box_px == true.box_px and hazard.distance_m
            ]
            for hazard in near:
                ids.setdefault(true.id, set()).add(hazard.id)
                if 5 < true.distance_m < 40:
                    errors.append(hazard.footprint_m[:, 0].min() / true.distance_m - 1)
    assert len(errors) >= 10 and np.median(np.abs(errors)) < 0.05
    assert len(ids) >= 2 and sum(len(own) > 1 for own in ids.values()) == 0


def test_the_stop_distance_is_to_the_nearest_in_the_corridor(drive: list[RenderedFrame]) -> None:
    """An infinitely wide corridor holds everything: then the nearest confirmed hazard is the nearest true one."""
    processor = TrueProcessor()
    follower = Follower(processor, settings(margin_m=1000.0), odometry())
    compared = 0
    for processor.truth in drive:
        outlook = follower.follow(frame_of(processor.truth))
        confirmed = [hazard for hazard in outlook.hazards if hazard.state != HazardState.TENTATIVE]
        if not outlook.is_settled:
            assert math.isnan(outlook.stop_distance_m)
        elif not confirmed:
            assert outlook.stop_distance_m == math.inf
        elif all(hazard.footprint_m is not None and hazard.state == HazardState.CONFIRMED for hazard in confirmed):
            nearest = min(hazard.footprint_m[:, 0].min() for hazard in confirmed)
            assert outlook.stop_distance_m == pytest.approx(max(0.0, nearest - FRONT_M), abs=1e-6)
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize("case", ["no extrinsics", "no corridor", "first frame"])
def test_what_is_not_known_is_never_a_clear_corridor(drive: list[RenderedFrame], case: str) -> None:
    processor = TrueProcessor()
    follower = Follower(processor, FollowSettings() if case == "no corridor" else settings(), odometry())
    for processor.truth in drive[: 1 if case == "first frame" else 8]:
        outlook = follower.follow(frame_of(processor.truth, positioned=case != "no extrinsics"))
        assert math.isnan(outlook.stop_distance_m)
    assert outlook.is_settled == (case != "first frame")
    if case == "no extrinsics":
        assert outlook.hazards and all(hazard.distance_m is None for hazard in outlook.hazards)


def test_after_a_failure_nothing_is_settled(drive: list[RenderedFrame]) -> None:
    processor = TrueProcessor()
    follower = Follower(processor, settings(), odometry())
    for processor.truth in drive[:5]:
        assert follower.follow(frame_of(processor.truth)) is not None
    processor.truth = None
    with pytest.raises(RuntimeError, match="the network broke"):
        follower.follow(frame_of(drive[5]))
    processor.truth = drive[6]
    outlook = follower.follow(frame_of(drive[6]))
    assert not outlook.is_settled and math.isnan(outlook.stop_distance_m)
    assert all(hazard.state == HazardState.TENTATIVE for hazard in outlook.hazards)


def test_the_ground_that_is_hidden_by_the_bonnet_is_measured(drive: list[RenderedFrame]) -> None:
    """By similar triangles: the lowest row lies below the optical axis by half of the picture."""
    truth = drive[0]
    camera = frame_of(truth).camera
    half = (camera.height - 0.5 - camera.intrinsics[1, 2]) / camera.intrinsics[1, 1]
    angle = truth.camera_pitch_rad + math.atan(half)
    assert nearest_visible_ground(camera) == pytest.approx(truth.camera_height_m / math.tan(angle), rel=1e-6)
    assert nearest_visible_ground(truth.camera) == 0.0
    upwards = replace(camera, extrinsics=extrinsics_of("base", 1.5, -60.0, 0.0, 0.0, 0.0, 0.0))
    assert nearest_visible_ground(upwards) == 0.0


def test_other_settings_keep_the_hazards_and_their_ids(drive: list[RenderedFrame]) -> None:
    follower = Follower(Processor(SimpleNamespace(card=Card("n", Architecture()))), settings(), odometry())
    true = TrueProcessor()

    def look(frame: RenderedFrame) -> Outlook:
        true.truth = frame
        return follower.follow(frame_of(frame), true.process(frame_of(frame))[0])

    for frame in drive[:10]:
        before = look(frame)
    assert any(hazard.state == HazardState.CONFIRMED for hazard in before.hazards)
    follower.adopt(RegionSettings(0.5, minimum_score=0.2), settings(margin_m=1000.0))
    after = look(drive[10])
    assert {hazard.id for hazard in before.hazards} & {hazard.id for hazard in after.hazards}
    assert math.isfinite(after.stop_distance_m), "everything is in the wide corridor now"
    follower.adopt(RegionSettings(0.5), FollowSettings(tracks=None))
    assert all(hazard.state == HazardState.TENTATIVE for hazard in look(drive[11]).hazards), "nothing is followed"
    follower.adopt(RegionSettings(0.5), settings())
    assert not look(drive[12]).is_settled, "it begins anew"


def test_a_map_that_is_there_already_is_not_made_again(drive: list[RenderedFrame]) -> None:
    """With the map given, the processor's own detector is not asked: there is none here."""
    true = TrueProcessor()
    true.truth = drive[5]
    score_map, hazards = true.process(frame_of(drive[5]))
    follower = Follower(Processor(SimpleNamespace(card=Card("n", Architecture())), RegionSettings(0.5)), settings())
    outlook = follower.follow(frame_of(drive[5]), score_map)
    assert outlook.score_map is score_map
    assert sorted(hazard.box_px for hazard in outlook.hazards) == sorted(hazard.box_px for hazard in hazards)


def test_what_lies_before_the_bumper_outlives_a_moment_without_mounting() -> None:
    """Without extrinsics nobody can say what the camera sees; what it could not see before it cannot see then."""
    rendered = Drive(seed=7, speed_mps=0.0).render(0.0)
    motion = EgoMotion(length_s=100.0)
    for number in range(2000):  # a metre ahead between 0.5 and 1 s
        motion.add(number * 10_000_000, 2 * min(0.5, max(0.0, number / 100 - 0.5)), 0.0, 0.0)
    follower = Follower(
        Processor(SimpleNamespace(card=Card("n", Architecture())), RegionSettings(0.5)), settings(), motion
    )
    height, width = rendered.image.shape[:2]
    shown, nothing = np.zeros((2, height, width), np.float32)
    shown[height - 40 :, width // 2 - 30 : width // 2 + 30] = 1.0  # cut off by the picture's lower border

    def look(number: int, probability: np.ndarray, *, mounted: bool) -> Outlook:
        frame = replace(frame_of(rendered, positioned=mounted), stamp=number * 100_000_000)
        return follower.follow(frame, ScoreMap(probability, None, frame.stamp, frame.frame_id))

    for number in range(10):
        look(number, shown if number < 6 else nothing, mounted=True)
    before = look(10, nothing, mounted=True).stop_distance_m
    for number in range(11, 41):
        look(number, nothing, mounted=False)
    after = look(41, nothing, mounted=True)
    assert math.isfinite(before) and after.stop_distance_m <= before + 0.1


def test_ids_are_never_used_again(drive: list[RenderedFrame]) -> None:
    follower = Follower(Processor(SimpleNamespace(card=Card("n", Architecture())), RegionSettings(0.5)), settings())
    true, seen = TrueProcessor(), []
    for true.truth in drive[5:8]:
        outlook = follower.follow(frame_of(true.truth), true.process(frame_of(true.truth))[0])
        seen.append({hazard.id for hazard in outlook.hazards})
        follower.forget()
    assert all(seen) and not seen[0] & seen[1] and not seen[1] & seen[2]
