"""What holds for the tracker on any sequence, and after a very long one."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from random import Random

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mgcda_core.frame import Hazard, HazardState
from mgcda_core.hazards.ego_motion import EgoMotion
from mgcda_core.hazards.track_settings import TrackSettings
from mgcda_core.hazards.tracking import Tracker

STEP_NS = 100_000_000


def hazard(
    box: tuple[int, int, int, int], at: tuple[float, float] | None = None, sigma: float = 0.3, score: float = 0.8
) -> Hazard:
    """Return a hazard in a box; at: middle of its footprint of 0.4 m by 0.6 m, in the base frame."""
    outline = np.array([box[:2], box[2:]], np.float32)
    if at is None:
        return Hazard(0, box, outline, score, 9)
    footprint = np.array([[*at, 0.0]]) + [[-0.2, -0.3, 0], [0.2, -0.3, 0], [0.2, 0.3, 0], [-0.2, 0.3, 0]]
    return Hazard(0, box, outline, score, 9, None, footprint, float(np.hypot(*at)), sigma, 0.6, 0.05)


def test_100_000_frames_leave_nothing_behind() -> None:
    tracker, rng = Tracker(TrackSettings()), np.random.default_rng(1)
    flashes = [hazard((x, 50, x + 20, 70)) for x in range(0, 600, 60)]
    sizes, highest = [], 0
    for number in range(100_000):
        found = tracker.update([flashes[rng.integers(10)]] if number % 10 == 0 else [], number * STEP_NS)
        if number % 20_000 == 10_000:
            sizes.append(len(pickle.dumps(tracker)))
        highest = max([highest, *(one.id for one in found)])
    assert highest == 10_000
    assert max(sizes) < 1.2 * min(sizes) < 10_000


BOXES = st.tuples(st.integers(0, 200), st.integers(0, 100), st.integers(2, 60), st.integers(2, 40)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
PLACES = st.none() | st.tuples(st.floats(-5, 40), st.floats(-6, 6))
FRAMES = st.lists(
    st.lists(
        st.builds(hazard, BOXES, PLACES, sigma=st.floats(0.0, 5.0), score=st.sampled_from([0.5, 0.7, 0.9])), max_size=5
    ),
    min_size=1,
    max_size=8,
)


def outcome(hazards: Iterable[Hazard]) -> list[tuple]:
    return [
        (one.id, one.state, one.box_px, one.score, one.hits, one.distance_m, one.distance_sigma_m) for one in hazards
    ]


@settings(max_examples=150, deadline=None)
@example([[hazard((0, 0, 2, 2), (0.0, 0.0), sigma) for sigma in (0.5, 1.0)]], Random(1), False)
@given(FRAMES, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_hazards_does_not_matter_and_ids_are_unique(frames: list, random: object, moves: bool) -> None:
    motion = EgoMotion()
    for number in range(20 * moves):
        motion.add(number * STEP_NS // 2, 0.4 * number, 0.0, 0.01 * number)
    tracker, other, ended, before = Tracker(TrackSettings()), Tracker(TrackSettings()), set(), set()
    for stamp, frame in enumerate(frames):
        found = tracker.update(frame, stamp * STEP_NS, motion)
        mixed = list(frame)
        random.shuffle(mixed)
        assert outcome(found) == outcome(other.update(mixed, stamp * STEP_NS, motion))
        ids = [one.id for one in found]
        assert len(set(ids)) == len(ids) and not set(ids) & ended
        confirmed = {one.id for one in found if one.state != HazardState.TENTATIVE}
        ended |= before - confirmed
        before = confirmed
        assert sorted(one.box_px for one in found if one.state != HazardState.COASTING) == sorted(
            one.box_px for one in frame
        )
