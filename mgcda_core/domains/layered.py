"""Several domains over one another in one picture, so that none of them can be told by what else is missing.

Domains in pictures of their own may contradict each other: where RoadDebris draws, all that is large is known, and a
network could learn that large things are. Over one another they do not (docs/training.md has what that is worth).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mgcda_core.domains.domain import Domain
from mgcda_core.domains.sample import Sample

SEPARATOR = "+"
"""Between the names of the domains, in the order in which they are applied."""


class Layered:
    """Domains one after the other, each on what the one before returned; raises ValueError where that cannot be.

    layers: one or more. What a later one puts down hides what an earlier one did. All but the first must need a street
    picture: others do not look at what they are given.
    """

    def __init__(self, layers: Sequence[Domain]) -> None:
        if not layers:
            raise ValueError("Layered.layers: none is not allowed; one domain or more")
        for layer in layers[1:]:
            if not layer.needs_street:
                raise ValueError(
                    f"{layer.name} is not allowed after {SEPARATOR}: it makes a picture of its own and would leave "
                    "nothing of the one before; name it first"
                )
        self.layers = tuple(layers)

    @property
    def name(self) -> str:
        """Return the names of the layers in their order."""
        return SEPARATOR.join(layer.name for layer in self.layers)

    @property
    def needs_street(self) -> bool:
        """Return whether the first one does."""
        return self.layers[0].needs_street

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        """Return what the last layer makes of it; the given sample is left as it was."""
        first, *later = self.layers
        result = first(rng, sample)
        for layer in later:
            result = layer(rng, result)
        return result
