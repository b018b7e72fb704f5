"""MixedDomains: picture number i comes from (seed, i) alone, whatever worker makes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from torch.utils.data import DataLoader

from mgcda_core.domains.mixed import MixedDomains
from mgcda_core.domains.sample import Sample, street_sample


def street(rng: np.random.Generator) -> Sample:
    return street_sample(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8), np.ones((6, 8), np.int32))


@dataclass(frozen=True)
class Marks:
    """Writes value into one random pixel of the street picture."""

    name: str
    value: int
    needs_street = True

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        result = sample.copy()
        result.anomaly[int(rng.integers(6)), int(rng.integers(8))] = self.value
        return result


@dataclass(frozen=True)
class OnItsOwn:
    """Needs no street picture, and insists on getting none."""

    name: str = "own"
    needs_street = False

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        assert sample is None
        return street(rng)


def mirrored(rng: np.random.Generator, sample: Sample) -> Sample:
    return sample.relabelled(sample.image[:, ::-1].copy(), lambda labels, beyond: labels[:, ::-1].copy())


DOMAINS = [(Marks("one", 1), 2.0), (Marks("two", 2), 1.0), (OnItsOwn(), 1.0), (Marks("never", 3), 0.0)]


def mixed(**changes: object) -> MixedDomains:
    return MixedDomains(DOMAINS, street, **({"length": 12, "seed": 4} | changes))


def as_bytes(items: list[tuple[Sample, int]]) -> bytes:
    return b"".join(s.image.tobytes() + s.allowed.tobytes() + s.anomaly.tobytes() + bytes([n]) for s, n in items)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_pictures_do_not_depend_on_who_makes_them(workers: int) -> None:
    loader = DataLoader(mixed(), batch_size=None, num_workers=workers)
    assert as_bytes(list(loader)) == as_bytes([mixed()[index] for index in range(12)])


def test_pictures_do_not_depend_on_the_order() -> None:
    source = mixed()
    backwards = [source[index] for index in reversed(range(12))]
    assert as_bytes(backwards[::-1]) == as_bytes([source[index] for index in range(12)])


def test_seed_and_number_both_count() -> None:
    pictures = {source[index][0].image.tobytes() for source in (mixed(), mixed(seed=5)) for index in range(12)}
    assert len(pictures) == 24


def test_shares_are_kept_and_a_share_of_nothing_never_comes() -> None:
    source = mixed(length=2000)
    numbers = [source[index][1] for index in range(800)]
    counts = np.bincount(numbers, minlength=4)
    assert counts == pytest.approx([400, 200, 200, 0], abs=45) and counts[3] == 0
    assert source.names == ("one", "two", "own", "never")


def test_augmentation_comes_last() -> None:
    plain, turned = mixed(), mixed(augment=mirrored)
    for index in range(6):
        assert np.array_equal(plain[index][0].image[:, ::-1], turned[index][0].image)


def test_it_ends() -> None:
    assert len(mixed()) == 12
    with pytest.raises(IndexError, match="picture 12 of 12"):
        mixed()[12]


@pytest.mark.parametrize("shares", [[], [0.0, 0.0], [1.0, -0.1], [float("nan")]], ids=str)
def test_impossible_shares_are_named(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="MixedDomains.domains: shares"):
        MixedDomains([(OnItsOwn(), share) for share in shares], street, length=3, seed=0)


def test_an_empty_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="MixedDomains.length: 0 is not allowed"):
        mixed(length=0)
