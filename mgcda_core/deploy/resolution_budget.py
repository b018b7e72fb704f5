"""How finely the network may look while reports have to come within a budget: down by steps, and up again.

What is judged is the latency, from a picture's arrival to its report: that is what the vehicle pays, and what a user
can ask for. A smaller size shortens the look and, where pictures come faster than looks, the wait for the look before;
nothing else of it. What a finer size would need is estimated as if all of it grew with the pixels: rather too much than
too little. There is no clock here: seconds are told, and looks are counted.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

SHARES = (0.8, 0.64, 0.5)
"""Of the full longer side; each step takes about a third off the pixels. None goes below a half: there a thing must be
twice as near to have as many pixels, a quarter of the work is left, and what is late even so has another reason."""
STRIDE_PX = 32
"""Of the networks' coarsest features. Sizes are multiples of it, rounded up: at one in between, the last feature of a
row is paid for whole and sees little."""
SMALLEST_PX = 64
"""The smallest longer side that a network is given."""
LATE_LOOKS = 4
"""How many more late looks than others lead one step down; one that is slow by chance does not."""
EARLY_LOOKS = 20
"""How many more looks with time to spare than others lead one step up: more than down, because up is a try."""
MOST_EARLY_LOOKS = 16 * EARLY_LOOKS
"""After a try that failed the next one takes twice as many, up to this."""
MARGIN = 0.85
"""Of the budget: what the finer size may be expected to need. A load that led down is expected to need more than all of
it, so that it never leads up again while it stays as it is."""
SETTLING_LOOKS = 2
"""After a change of size, how many do not count: the first allocates memory, and the second has waited for it."""
REMEMBERED_ROUNDS = 100
"""A camera that was in none of the last ones has no say."""


def checked_long_side(long_side_px: int) -> int:
    """Return the longer side that a network is to see, pixels; raises ValueError for one below SMALLEST_PX."""
    if long_side_px < SMALLEST_PX:
        raise ValueError(f"long_side_px: {long_side_px} is not allowed; it must be {SMALLEST_PX} pixels or more")
    return long_side_px


def step_sizes(full_px: int) -> tuple[int, ...]:
    """Return the longer sides to choose from, pixels, the full one first; it alone where there is nothing below."""
    sizes = (max(SMALLEST_PX, math.ceil(full_px * share / STRIDE_PX) * STRIDE_PX) for share in SHARES)
    return (full_px, *sorted({size for size in sizes if size < full_px}, reverse=True))


@dataclass
class _Tally:
    """What one camera's looks at the size in use were like. missed: rounds in a row that it was not in."""

    looks: int = 0
    late: int = 0
    early: int = 0
    missed: int = 0

    def count(self, is_late: bool, is_early: bool) -> None:
        """Take in one look; each that is not so takes one back that was: what most of them are decides."""
        self.missed = 0
        self.looks += 1
        if self.looks > SETTLING_LOOKS:
            self.late = min(LATE_LOOKS, self.late + 1) if is_late else max(0, self.late - 1)
            self.early = self.early + 1 if is_early else max(0, self.early - 1)


class ResolutionBudget:
    """Chooses the longer side for one model and all cameras that share it.

    One size for all: while one camera's picture is looked at the others' wait, and in a batch all are as late as the
    last. The camera that fares worst decides: one that is late leads down, and up it goes when all have time to spare.

    set_px: the longer side that the user has set, pixels. budget_s: seconds; 0: the size is never changed.
    """

    def __init__(self, set_px: int, budget_s: float = 0.0) -> None:
        self.set_px = set_px
        self.budget_s = budget_s
        self._begin(step_sizes(set_px))

    def _begin(self, sizes: tuple[int, ...]) -> None:
        """Choose among these sizes, beginning at the full one, with nothing known of any."""
        self._sizes = sizes
        self._lowest, self._proven = len(sizes) - 1, 0
        self._patience, self._is_try = EARLY_LOOKS, False
        self._go_to(0)

    def _go_to(self, step: int) -> None:
        self._step = step
        self._tallies: dict[Hashable, _Tally] = {}

    @property
    def full_px(self) -> int:
        """Return the longer side that nothing is lowered at: what is set, or the largest picture's where it is less."""
        return self._sizes[0]

    @property
    def long_side_px(self) -> int:
        """Return the longer side to use now, pixels."""
        return self._sizes[self._step] if self.is_lowered else self.set_px

    @property
    def is_lowered(self) -> bool:
        """Return whether it is below the full one."""
        return self._step > 0

    @property
    def is_exhausted(self) -> bool:
        """Return whether looks are late and there is no smaller size to use."""
        return self._is_late and self._step == self._lowest

    def adopt(self, budget_s: float, picture_px: int) -> None:
        """Go on with this budget, seconds, and pictures whose longer sides are up to picture_px pixels.

        Another budget counts from the next look on, at the size in use, or at the full one where it is 0; what was
        counted against the one before is forgotten. Other pictures begin anew at their full size.
        """
        sizes = step_sizes(min(self.set_px, picture_px))
        if sizes != self._sizes:
            self._begin(sizes)
        if budget_s != self.budget_s:
            self.budget_s = budget_s
            self._patience, self._is_try = EARLY_LOOKS, False
            self._go_to(self._step if budget_s else 0)

    def judge(self, latencies_s: Mapping[Hashable, float]) -> None:
        """Take in a round of looks at long_side_px: the latencies of the cameras in it, one at least, seconds."""
        self._proven = max(self._proven, self._step)
        if not self.budget_s:
            return
        self._count(latencies_s)
        tallies = self._tallies.values()
        if self._is_try and all(tally.looks > self._patience for tally in tallies):  # it went well
            self._is_try, self._patience = False, EARLY_LOOKS
        if self._is_late and self._step < self._lowest:
            if self._is_try:
                self._is_try, self._patience = False, min(MOST_EARLY_LOOKS, 2 * self._patience)
            self._go_to(self._step + 1)
        elif self.is_lowered and all(tally.early >= self._patience for tally in tallies):
            self._is_try = True
            self._go_to(self._step - 1)

    def fail(self) -> None:
        """Note a round that no picture could be looked at in: a size that has never worked is not used again.

        A network from a file may take pictures of some sizes only.
        """
        if self._step > self._proven:
            self._lowest = self._step - 1
            self._go_to(self._lowest)

    @property
    def _is_late(self) -> bool:
        return any(tally.late == LATE_LOOKS for tally in self._tallies.values())

    def _count(self, latencies_s: Mapping[Hashable, float]) -> None:
        growth = (self._sizes[self._step - 1] / self._sizes[self._step]) ** 2 if self.is_lowered else math.inf
        for camera, latency_s in latencies_s.items():
            tally = self._tallies.setdefault(camera, _Tally())
            tally.count(latency_s > self.budget_s, latency_s * growth <= MARGIN * self.budget_s)
        for camera in self._tallies.keys() - latencies_s.keys():
            self._tallies[camera].missed += 1
            if self._tallies[camera].missed > REMEMBERED_ROUNDS:
                del self._tallies[camera]
