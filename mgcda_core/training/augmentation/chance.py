"""Drawing the strength of a change, or that it does not happen."""

from __future__ import annotations

import numpy as np

from mgcda_core.training.augmentation.settings import Chance


def draw(rng: np.random.Generator, chance: Chance, *, logarithmic: bool = False) -> float | None:
    """Return a strength from the chance's range, or None where the change does not happen this time."""
    if rng.random() >= chance.share:
        return None
    if logarithmic:
        return float(np.exp(rng.uniform(np.log(chance.low), np.log(chance.high))))
    return float(rng.uniform(chance.low, chance.high))
