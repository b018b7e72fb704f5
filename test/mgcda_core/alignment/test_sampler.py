"""The sampler: who is drawn, how many, and who comes first."""

from __future__ import annotations

import pytest
import torch

from mgcda_core.alignment.sampler import sample_pixels


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def labels() -> torch.Tensor:
    """Two pictures of 8 x 10: one anomalous pixel in the first, twenty in the second, void in both."""
    values = torch.zeros(2, 8, 10, dtype=torch.int64)
    values[0, 3, 4] = 1
    values[1, 2:4] = 1
    values[:, 7] = 255
    return values


@pytest.mark.parametrize("per_class", [1, 5, 1000])
def test_every_picture_gives_up_to_the_cap_of_each_class_and_never_void(labels: torch.Tensor, per_class: int) -> None:
    pixels = sample_pixels(labels, per_class=per_class, generator=generator())
    drawn = labels.flatten(1)[pixels.picture, pixels.index]
    assert torch.equal(drawn == 1, pixels.anomalous) and not (drawn == 255).any()
    for picture in (0, 1):
        for value in (0, 1):
            available = int((labels[picture] == value).sum())
            count = int(((pixels.picture == picture) & (pixels.anomalous == bool(value))).sum())
            assert count == min(per_class, available)
    assert len({*zip(pixels.picture.tolist(), pixels.index.tolist(), strict=True)}) == len(pixels.index)


def test_misclassified_pixels_come_first(labels: torch.Tensor) -> None:
    probability = torch.full(labels.shape, 0.1)
    probability[1, 2] = 0.9  # ten of the twenty anomalous ones are found, ten are not
    probability[0, 0, :3] = 0.5  # three normal ones are taken for anomalies
    pixels = sample_pixels(labels, per_class=12, generator=generator(), probability=probability)
    first = (pixels.picture == 0) & ~pixels.anomalous
    assert {0, 1, 2} <= set(pixels.index[first].tolist())
    second = set(pixels.index[(pixels.picture == 1) & pixels.anomalous].tolist())
    missed = set(range(30, 40))
    assert missed <= second and len(second - missed) == 2


def test_misclassified_pixels_take_no_more_than_their_share(labels: torch.Tensor) -> None:
    """All twenty anomalous pixels are missed by one half of the draws' share, and the rest is drawn from all."""
    probability = torch.full(labels.shape, 0.1)
    probability[1, 2] = 0.9  # indices 20 to 29 are found, 30 to 39 are missed
    counts = torch.zeros(80)
    for seed in range(300):
        pixels = sample_pixels(labels, per_class=10, generator=generator(seed), probability=probability, hard_share=0.4)
        drawn = pixels.index[(pixels.picture == 1) & pixels.anomalous]
        assert len(drawn) == len(drawn.unique()) == 10
        assert int((drawn >= 30).sum()) >= 4
        counts[drawn] += 1
    # Four missed ones are certain, six more come from the sixteen that are left: 6 of the 10 found, 10 of the rest.
    assert counts[30:40].sum() / 300 == pytest.approx(4 + 6 * 6 / 16, abs=0.3)


def test_the_draw_is_random_and_repeatable(labels: torch.Tensor) -> None:
    draws = [sample_pixels(labels, per_class=5, generator=generator(seed)).index.tolist() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    counts = torch.zeros(80)
    for seed in range(400):
        pixels = sample_pixels(labels[1:], per_class=5, generator=generator(seed))
        counts[pixels.index[pixels.anomalous]] += 1
    # 400 draws of 5 from 20: each is expected 100 times, with a deviation of 9.
    assert (counts[20:40] - 100).abs().max() < 45 and counts[:20].sum() == counts[40:].sum() == 0


def test_an_all_void_picture_gives_nothing() -> None:
    pixels = sample_pixels(torch.full((2, 4, 4), 255), per_class=5, generator=generator())
    assert pixels.vectors(torch.rand(2, 7, 4, 4)).shape == (0, 7)


def test_vectors_are_those_of_the_pixels(labels: torch.Tensor) -> None:
    embeddings = torch.rand(2, 3, 8, 10, generator=generator())
    pixels = sample_pixels(labels, per_class=4, generator=generator())
    for row, (picture, index) in enumerate(zip(pixels.picture.tolist(), pixels.index.tolist(), strict=True)):
        assert torch.equal(pixels.vectors(embeddings)[row], embeddings[picture, :, index // 10, index % 10])
