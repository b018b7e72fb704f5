"""The uncertainty maps at the points where their value is known in closed form."""

from __future__ import annotations

import math

import pytest
import torch

from mgcda_core.networks.uncertainty import perceptual_difference, softmax_distance, softmax_entropy


def pixels(*probabilities: tuple[float, ...]) -> torch.Tensor:
    """Return class probabilities of a row of pixels, (1, C, 1, W)."""
    return torch.tensor(probabilities).T[None, :, None]


@pytest.mark.parametrize("class_count", [2, 11, 19])
def test_entropy_is_one_where_all_classes_are_alike(class_count: int) -> None:
    entropy = softmax_entropy(torch.full((1, class_count, 2, 3), 1 / class_count))
    torch.testing.assert_close(entropy, torch.ones(1, 1, 2, 3))


def test_entropy_of_a_certain_pixel_is_zero_and_not_nan() -> None:
    entropy = softmax_entropy(pixels((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    assert torch.equal(entropy, torch.zeros(1, 1, 1, 2))


def test_entropy_follows_its_definition() -> None:
    values = (0.7, 0.2, 0.1)
    expected = -sum(p * math.log(p) for p in values) / math.log(3)
    assert softmax_entropy(pixels(values)).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((1.0, 0.0, 0.0), 0.0), ((0.5, 0.0, 0.5), 1.0), ((0.2, 0.7, 0.1), 0.5), ((0.25, 0.25, 0.5), 0.75)],
    ids=["certain", "torn between two", "third class does not count", "tied seconds"],
)
def test_distance_is_one_minus_the_lead_of_the_best_class(values: tuple[float, ...], expected: float) -> None:
    assert softmax_distance(pixels(values)).item() == pytest.approx(expected)


def maps(*sizes: tuple[int, int, int], seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(1, *size, generator=generator) for size in sizes]


SIZES = ((4, 9, 13), (6, 5, 7), (8, 3, 4))


def test_equal_features_differ_by_zero() -> None:
    features = maps(*SIZES, seed=1)
    difference = perceptual_difference(features, [level.clone() for level in features])
    assert torch.equal(difference, torch.zeros(1, 1, 9, 13))


def test_features_that_share_nothing_differ_by_one_whatever_their_strength() -> None:
    image, reconstruction = maps(*SIZES, seed=1), maps(*SIZES, seed=2)
    for ours, theirs in zip(image, reconstruction, strict=True):
        ours[:, ::2] = 0
        theirs[:, 1::2] = 0
        theirs *= 100
    torch.testing.assert_close(perceptual_difference(image, reconstruction), torch.ones(1, 1, 9, 13))


def test_features_that_are_zero_on_both_sides_do_not_divide_by_zero() -> None:
    flat = [torch.zeros(1, *size) for size in SIZES]
    assert torch.equal(perceptual_difference(flat, flat), torch.zeros(1, 1, 9, 13))


def test_perceptual_difference_stays_between_zero_and_one_and_levels_weigh_alike() -> None:
    image, other = maps(*SIZES, seed=3), maps(*SIZES, seed=4)
    difference = perceptual_difference(image, other)
    assert 0 <= difference.min() and difference.max() <= 1
    # Only one of three levels differs, and there wholly: a third.
    partly = [-image[0], image[1], image[2]]
    torch.testing.assert_close(perceptual_difference(image, partly), torch.full((1, 1, 9, 13), 1 / 3))
