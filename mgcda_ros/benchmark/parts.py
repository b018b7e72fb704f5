"""What the parts of a network cost, at each of its looks, and what is left of the whole."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from mgcda_core.deploy.detector import Detector
from mgcda_core.networks import mgcda
from mgcda_ros.benchmark.stopwatch import Clock

UNCERTAINTY = "uncertainty"
TOGETHER = "network, timed in parts"
REST = "rest of the network"
"""Resizing between the parts, class probabilities, and the timing itself."""


def time_parts(
    detector: Detector, given: Any, passes: int, warm_up: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Return seconds of each part of the network in each pass, of the REST, and of all TOGETHER, which they add up to.

    These are passes of their own: no pass of a chain is timed with what is hung into the network here. given: what
    Detector.preprocess returned. A part at a further look of the card's has a row of its own. Empty where the runtime
    shows no parts.
    """
    network = detector.network
    # A GPU works while the program goes on: what is timed here would be the telling, not the doing.
    if network is None or any(parameter.is_cuda for parameter in network.parameters()):
        return {}
    done: list[tuple[float, dict[str, float]]] = []
    looks = ("", *(f", look at {scale.factor:g}" for scale in detector.card.scales))
    with _timed(network, looks, clock) as parts, torch.inference_mode():
        for _ in range(warm_up + passes):
            parts.begin()
            started = clock()
            detector.run(given)
            done.append((clock() - started, parts.seconds))
    kept = done[warm_up:]
    rows: dict[str, list[float]] = {}
    for name in kept[0][1]:
        rows[name] = [seconds[name] for _, seconds in kept]
    rows[REST] = [together - sum(seconds.values()) for together, seconds in kept]
    return rows | {TOGETHER: [together for together, _ in kept]}


class _Parts:
    """Adds up the time inside every part during one pass."""

    def __init__(self, looks: Sequence[str], clock: Clock) -> None:
        self._looks, self._clock = looks, clock
        self._started: dict[str, float] = {}
        self.begin()

    def begin(self) -> None:
        """Start another pass."""
        self._look, self.seconds = -1, {}

    def next_look(self) -> None:
        """Go on to the next look of this pass."""
        self._look += 1

    def enter(self, part: str) -> None:
        self._started[part] = self._clock()

    def leave(self, part: str) -> None:
        name = part + self._looks[self._look]
        self.seconds[name] = self.seconds.get(name, 0.0) + self._clock() - self._started[part]


@contextmanager
def _timed(network: nn.Module, looks: Sequence[str], clock: Clock) -> Iterator[_Parts]:
    parts = _Parts(looks, clock)
    with ExitStack() as hooks:
        hooks.callback(network.register_forward_pre_hook(lambda *_: parts.next_look()).remove)
        for name, part in network.named_children():
            hooks.callback(part.register_forward_pre_hook(lambda *_, name=name: parts.enter(name)).remove)
            hooks.callback(part.register_forward_hook(lambda *_, name=name: parts.leave(name)).remove)
        # A function and no module: there is nothing to hang a hook on.
        original = mgcda.uncertainty_maps

        def uncertainty_maps(*arguments: Any, **settings: Any) -> torch.Tensor:
            parts.enter(UNCERTAINTY)
            try:
                return original(*arguments, **settings)
            finally:
                parts.leave(UNCERTAINTY)

        mgcda.uncertainty_maps = uncertainty_maps
        hooks.callback(setattr, mgcda, "uncertainty_maps", original)
        yield parts
