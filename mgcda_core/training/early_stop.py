"""The best validation of a stage, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Best:
    """goodness: of the best validation so far, higher is better. waited: validations since then without a gain."""

    goodness: float = -math.inf
    waited: int = 0

    def take(self, goodness: float) -> bool:
        """Take in a validation and return whether it is the best so far; NaN (nothing to measure) never is."""
        if goodness > self.goodness:
            self.goodness, self.waited = goodness, 0
            return True
        self.waited += 1
        return False

    def exhausted(self, patience: int) -> bool:
        """Return whether patience validations have brought no gain; a patience of 0 never ends."""
        return 0 < patience <= self.waited
