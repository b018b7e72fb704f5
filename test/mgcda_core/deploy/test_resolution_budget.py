"""The resolution goes down under a load that lasts, comes back when it is over, and does not swing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mgcda_core.deploy.resolution_budget import (
    EARLY_LOOKS,
    LATE_LOOKS,
    MARGIN,
    MOST_EARLY_LOOKS,
    REMEMBERED_ROUNDS,
    SETTLING_LOOKS,
    ResolutionBudget,
    step_sizes,
)

FULL_PX, BUDGET_S = 1024, 0.3
SIZES = (1024, 832, 672, 512)
LATE_S, IN_TIME_S = 2 * BUDGET_S, 0.9 * BUDGET_S


def run(budget: ResolutionBudget, latency_s: Callable[[int], float], looks: int) -> list[int]:
    """Return the size of each of so many looks; latency_s: of a look at a size."""
    sizes = []
    for _ in range(looks):
        sizes.append(budget.long_side_px)
        budget.judge({"": latency_s(budget.long_side_px)})
    return sizes


def tell(budget: ResolutionBudget, latencies_s: Iterable[float]) -> int:
    """Tell a budget of looks one by one, and return the size that it has then."""
    for latency_s in latencies_s:
        budget.judge({"": latency_s})
    return budget.long_side_px


def settled(budget_s: float = BUDGET_S, steps: int = 0) -> ResolutionBudget:
    """Return a budget so many steps down, whose looks count from now on."""
    budget = ResolutionBudget(FULL_PX, budget_s)
    tell(budget, [LATE_S] * (steps * (SETTLING_LOOKS + LATE_LOOKS)) + [IN_TIME_S] * SETTLING_LOOKS)
    assert budget.long_side_px == SIZES[steps]
    return budget


def load(full_s: float, share: float = 1.0, exponent: float = 2.0) -> Callable[[int], float]:
    """Return the latency of a size: so much at the full one, a share of which shrinks with a power of the size."""
    return lambda size: full_s * (1 - share + share * (size / FULL_PX) ** exponent)


@pytest.mark.parametrize(
    ("full_px", "sizes"),
    [
        (1024, SIZES),
        (1920, (1920, 1536, 1248, 960)),
        (640, (640, 512, 416, 320)),
        (160, (160, 128, 96)),
        (70, (70, 64)),
        (64, (64,)),
        (40, (40,)),
    ],
)
def test_sizes_are_multiples_of_the_stride_from_the_full_one_to_its_half(full_px: int, sizes: tuple[int, ...]) -> None:
    assert step_sizes(full_px) == sizes


@given(st.integers(32, 4096))
def test_no_size_is_below_a_half_or_what_a_detector_may_have(full_px: int) -> None:
    full, *lower = step_sizes(full_px)
    assert full == full_px
    assert all(size % 32 == 0 and 64 <= size and full_px / 2 <= size < full_px for size in lower)
    assert lower == sorted(set(lower), reverse=True)


def test_a_load_that_lasts_leads_down_step_by_step_and_at_the_lowest_it_is_said() -> None:
    budget = ResolutionBudget(FULL_PX, BUDGET_S)
    each = SETTLING_LOOKS + LATE_LOOKS
    assert run(budget, lambda _: LATE_S, 3 * each) == [size for size in SIZES[:3] for _ in range(each)]
    assert (budget.long_side_px, budget.is_lowered, budget.is_exhausted) == (512, True, False)
    assert set(run(budget, lambda _: LATE_S, 500)) == {512}
    assert budget.is_exhausted
    tell(budget, [IN_TIME_S])
    assert not budget.is_exhausted


def test_when_the_load_is_over_it_comes_back_step_by_step() -> None:
    budget = settled(steps=3)
    tell(budget, [0.01] * (EARLY_LOOKS - 1))
    assert budget.long_side_px == 512, "not yet"
    sizes = run(budget, lambda _: 0.01, 200)
    assert [size for size, _ in itertools.groupby(sizes)] == [512, 672, 832, 1024]
    assert sizes[-1] == budget.full_px and not budget.is_lowered


def test_without_a_budget_nothing_changes() -> None:
    assert set(run(ResolutionBudget(FULL_PX), lambda _: 100.0, 200)) == {FULL_PX}


@pytest.mark.parametrize("period", [2, 3, 10])
def test_slow_looks_now_and_then_do_not_lead_down(period: int) -> None:
    budget = settled()
    assert tell(budget, ([LATE_S] + [IN_TIME_S] * (period - 1)) * 100) == FULL_PX
    assert not budget.is_exhausted


def test_slow_looks_now_and_then_do_not_keep_it_down() -> None:
    budget = settled(steps=1)
    assert tell(budget, ([0.01] * 9 + [LATE_S]) * 4) == FULL_PX


def test_mostly_late_is_late() -> None:
    assert tell(settled(), [LATE_S, LATE_S, IN_TIME_S] * 10) < FULL_PX


def test_the_first_looks_at_a_size_do_not_count() -> None:
    budget = ResolutionBudget(FULL_PX, BUDGET_S)
    assert tell(budget, [100.0] * SETTLING_LOOKS + [LATE_S] * (LATE_LOOKS - 1)) == FULL_PX
    assert tell(budget, [LATE_S]) == SIZES[1]
    assert tell(budget, [100.0] * SETTLING_LOOKS + [LATE_S] * (LATE_LOOKS - 1)) == SIZES[1]
    assert tell(budget, [LATE_S]) == SIZES[2]


@given(
    st.floats(0.05, 20.0),
    st.floats(0.0, 1.0),
    st.floats(0.5, 2.0),
)
@example(1.001, 1.0, 2.0)
@example(0.999, 1.0, 2.0)
@example(1.6, 1.0, 2.0)
@settings(deadline=None)
def test_a_steady_load_leads_to_the_finest_size_that_is_in_time_and_never_up(
    times: float, share: float, exponent: float
) -> None:
    """Wherever it lies, the work grows with the pixels, or with less than them."""
    latency_s = load(times * BUDGET_S, share, exponent)
    sizes = run(ResolutionBudget(FULL_PX, BUDGET_S), latency_s, 1000)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == next((size for size in SIZES if latency_s(size) <= BUDGET_S), SIZES[-1])


@given(st.lists(st.floats(0.93, 1.07), min_size=300, max_size=300))
@settings(deadline=None, max_examples=50)
def test_a_load_that_trembles_around_the_budget_does_not_swing(factors: list[float]) -> None:
    budget = ResolutionBudget(FULL_PX, BUDGET_S)
    tremble = iter(factors)
    sizes = run(budget, lambda size: next(tremble) * load(BUDGET_S)(size), len(factors))
    assert sizes == sorted(sizes, reverse=True) and min(sizes) >= SIZES[1]


@pytest.mark.parametrize(("times", "comes_back"), [(MARGIN - 0.01, True), (MARGIN + 0.01, False), (0.99, False)])
def test_it_comes_back_only_with_time_to_spare(times: float, comes_back: bool) -> None:
    budget = settled(steps=1)
    run(budget, load(times * BUDGET_S), 1000)
    assert (budget.long_side_px == FULL_PX) == comes_back


def test_a_try_that_fails_again_and_again_becomes_rare() -> None:
    """A cost that no pixel explains: in time at the smaller size, and late at the full one."""
    budget = settled(steps=1)
    sizes = run(budget, lambda size: 0.1 * BUDGET_S if size < FULL_PX else LATE_S, 5000)
    waits = [len(list(looks)) for size, looks in itertools.groupby(sizes) if size < FULL_PX][1:]
    assert set(sizes) == set(SIZES[:2])
    assert waits[:5] == [SETTLING_LOOKS + min(MOST_EARLY_LOOKS, EARLY_LOOKS * 2**n) for n in range(1, 6)]
    assert max(waits) == SETTLING_LOOKS + MOST_EARLY_LOOKS
    late = sizes[-1000:].count(FULL_PX)
    assert 0 < late < 0.02 * 1000


def test_after_a_try_that_went_well_it_is_patient_no_more() -> None:
    budget = settled(steps=1)
    failing = [0.01] * EARLY_LOOKS + [LATE_S] * (SETTLING_LOOKS + LATE_LOOKS) + [0.01] * SETTLING_LOOKS
    assert tell(budget, failing) == SIZES[1]
    assert tell(budget, [0.01] * EARLY_LOOKS) == SIZES[1], "twice as long"
    assert tell(budget, [0.01] * EARLY_LOOKS) == FULL_PX
    tell(budget, [0.01] * (2 * EARLY_LOOKS + 1))
    assert tell(budget, [LATE_S] * LATE_LOOKS + [0.01] * SETTLING_LOOKS) == SIZES[1]
    assert tell(budget, [0.01] * EARLY_LOOKS) == FULL_PX


def test_another_budget_counts_at_once_and_what_was_counted_is_forgotten() -> None:
    budget = settled()
    tell(budget, [LATE_S] * (LATE_LOOKS - 1))
    budget.adopt(0.5 * BUDGET_S, FULL_PX)
    assert tell(budget, [LATE_S] * (SETTLING_LOOKS + LATE_LOOKS - 1)) == FULL_PX
    assert tell(budget, [LATE_S]) == SIZES[1]
    budget.adopt(10.0, FULL_PX)
    assert budget.long_side_px == SIZES[1], "the finer size is tried when it is known to fit"
    assert tell(budget, [LATE_S] * (SETTLING_LOOKS + EARLY_LOOKS)) == FULL_PX, "which is early now"


def test_the_same_budget_again_forgets_nothing() -> None:
    budget = settled()
    for _ in range(LATE_LOOKS):
        budget.adopt(BUDGET_S, FULL_PX)
        tell(budget, [LATE_S])
    assert budget.long_side_px == SIZES[1]


def test_without_a_budget_any_more_it_is_full_at_once() -> None:
    budget = settled(steps=3)
    budget.adopt(0.0, FULL_PX)
    assert (budget.long_side_px, budget.is_lowered, budget.is_exhausted) == (FULL_PX, False, False)


def test_smaller_pictures_have_steps_of_their_own() -> None:
    budget = ResolutionBudget(FULL_PX, BUDGET_S)
    budget.adopt(BUDGET_S, 640)
    assert (budget.full_px, budget.long_side_px) == (640, FULL_PX), "what is set stays until something is lowered"
    assert tell(budget, [LATE_S] * (SETTLING_LOOKS + LATE_LOOKS)) == 512, "fewer pixels than the picture has"
    budget.adopt(BUDGET_S, 4000)
    assert (budget.full_px, budget.long_side_px) == (FULL_PX, FULL_PX), "other pictures begin anew"
    tell(budget, [LATE_S] * (SETTLING_LOOKS + LATE_LOOKS))
    assert budget.long_side_px == SIZES[1]
    budget.adopt(BUDGET_S, 64)
    assert (budget.full_px, budget.is_lowered) == (64, False), "nothing is below that"
    tell(budget, [LATE_S] * (SETTLING_LOOKS + LATE_LOOKS))
    assert budget.is_exhausted and budget.long_side_px == FULL_PX


def test_one_camera_that_is_late_leads_down_however_rare_its_pictures() -> None:
    budget = ResolutionBudget(FULL_PX, BUDGET_S)
    for number in range(10 * (SETTLING_LOOKS + LATE_LOOKS)):
        assert budget.long_side_px == FULL_PX
        budget.judge({"fast": 0.01} | ({"slow": LATE_S} if number % 10 == 9 else {}))
    assert budget.long_side_px == SIZES[1]


def test_one_camera_without_time_to_spare_keeps_it_down_until_it_is_gone() -> None:
    budget = settled(steps=1)
    for _ in range(500):
        budget.judge({"fast": 0.01, "slow": IN_TIME_S, "": 0.01})
    assert budget.long_side_px == SIZES[1]
    for _ in range(REMEMBERED_ROUNDS):
        budget.judge({"fast": 0.01, "": 0.01})
    assert budget.long_side_px == SIZES[1], "it may come again"
    budget.judge({"fast": 0.01, "": 0.01})
    assert budget.long_side_px == FULL_PX


def test_a_size_that_fails_at_once_is_not_used_again() -> None:
    budget = settled(steps=1)
    tell(budget, [LATE_S] * LATE_LOOKS)
    assert budget.long_side_px == SIZES[2]
    budget.fail()
    assert budget.long_side_px == SIZES[1]
    tell(budget, [LATE_S] * 100)
    assert budget.long_side_px == SIZES[1] and budget.is_exhausted
    run(budget, lambda _: 0.01, 100)
    assert tell(budget, [LATE_S] * 100) == SIZES[1]
    budget.adopt(0.5 * BUDGET_S, FULL_PX)
    assert tell(budget, [LATE_S] * 100) == SIZES[1], "whatever the budget"


def test_a_failure_at_a_size_that_has_worked_says_nothing_of_it() -> None:
    for budget in (settled(), settled(steps=2)):
        before = budget.long_side_px
        budget.fail()
        budget.adopt(2 * BUDGET_S, FULL_PX)
        budget.fail()
        assert budget.long_side_px == before


Event = tuple[str, float]
EVENTS = st.one_of(
    st.tuples(st.just("look"), st.floats(0.0, 3.0)),
    st.tuples(st.sampled_from(["late", "early"]), st.floats(1, 60)),
    st.tuples(st.just("budget"), st.sampled_from([0.0, 0.05, 0.3, 2.0])),
    st.tuples(st.just("picture"), st.integers(32, 2000)),
    st.tuples(st.just("failure"), st.just(0.0)),
)


@given(st.integers(64, 2048), st.lists(EVENTS, max_size=40))
@settings(deadline=None)
def test_whatever_happens_it_stays_between_the_lowest_and_what_is_set(set_px: int, events: list[Event]) -> None:
    budget, budget_s, picture_px = ResolutionBudget(set_px, BUDGET_S), BUDGET_S, set_px
    for kind, value in events:
        if kind == "budget":
            budget_s = value
        elif kind == "picture":
            picture_px = int(value)
        elif kind == "failure":
            budget.fail()
        looks = {"look": [value], "late": [10.0] * int(value), "early": [1e-3] * int(value)}.get(kind, [])
        for latency_s in looks:
            budget.adopt(budget_s, picture_px)
            full_px = min(set_px, picture_px)
            sizes = (set_px, *step_sizes(full_px)[1:])
            before = sizes.index(budget.long_side_px)
            assert budget.is_lowered == (budget.long_side_px < full_px) == (before > 0)
            assert not (budget.is_lowered and budget_s == 0)
            budget.judge({"": latency_s})
            assert abs(sizes.index(budget.long_side_px) - before) <= 1
            assert not budget.is_lowered or budget.long_side_px >= max(64, full_px / 2)
