"""Several domains as one numbered stream of pictures: number i is the same whatever process makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mgcda_core.domains.domain import Domain
from mgcda_core.domains.sample import Sample

Street = Callable[[np.random.Generator], Sample]
"""Draws a street picture with its labels."""
Augment = Callable[[np.random.Generator, Sample], Sample]


class MixedDomains:
    """A sequence of (sample, number of its domain); everything about number i comes from (seed, i).

    domains: (domain, share) pairs; shares are 0 or more and are scaled to add up to 1. street: where domains that need
    a street picture get theirs. augment: applied to what the domain returns. Raises ValueError for no domain, for a
    negative share, and for shares that add up to 0.
    """

    def __init__(
        self,
        domains: Sequence[tuple[Domain, float]],
        street: Street,
        *,
        length: int,
        seed: int,
        augment: Augment | None = None,
    ) -> None:
        shares = np.array([share for _, share in domains], np.float64)
        if not len(shares) or shares.min() < 0 or shares.sum() <= 0 or not np.isfinite(shares).all():
            raise ValueError(
                f"MixedDomains.domains: shares {shares.tolist()} are not allowed; one or more domains, with shares of "
                "0 or more that do not add up to 0"
            )
        if length < 1:
            raise ValueError(f"MixedDomains.length: {length} is not allowed; it must be 1 or more")
        self.domains = tuple(domain for domain, _ in domains)
        self.shares = shares / shares.sum()
        self.street, self.length, self.seed, self.augment = street, length, seed, augment

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the domains, in the order of their numbers."""
        return tuple(domain.name for domain in self.domains)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Sample, int]:
        """Return picture number index and the number of its domain; raises IndexError beyond the length."""
        if not 0 <= index < self.length:
            raise IndexError(f"picture {index} of {self.length}")
        rng = np.random.default_rng((self.seed, index))
        number = int(rng.choice(len(self.domains), p=self.shares))
        domain = self.domains[number]
        sample = domain(rng, self.street(rng) if domain.needs_street else None)
        return (self.augment(rng, sample) if self.augment else sample), number
