"""What a synthetic source is: a rule that makes street pictures whose anomalies are known."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from mgcda_core.domains.sample import Sample


class Domain(Protocol):
    """domain(rng, sample) -> sample: a street picture with labels in, a picture with known anomalies out.

    All chance comes from rng. The given sample is left as it was. name: of the domain, for tables and file names.
    needs_street: whether the given sample is looked at; a domain that draws its pictures itself takes None.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs_street(self) -> bool: ...

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample: ...


def require_shares(owner: str, **shares: float) -> None:
    """Raise ValueError naming the first value that is not a probability in [0, 1]."""
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{owner}.{name}: {value} is not allowed; it must be from 0 to 1")


def require_sample(owner: str, sample: Sample | None) -> Sample:
    """Return the sample, or raise ValueError where a domain that needs a street picture got none."""
    if sample is None:
        raise ValueError(f"{owner}: sample is None, which is not allowed; this domain needs a street picture")
    return sample
