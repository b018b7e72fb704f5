"""The uncertainty maps at the points where their value is known in closed form."""

from __future__ import annotations

import math

import pytest
import torch

from mgcda_core.networks.uncertainty import (
    perceptual_difference,
    reference_difference,
    softmax_distance,
    softmax_entropy,
    stretch_per_image,
    uncertainty_maps,
)


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


def test_the_references_difference_weighs_five_stages_from_a_32nd_to_one() -> None:
    sizes = ((2, 16, 16), (3, 8, 8), (4, 4, 4), (5, 2, 2), (6, 1, 1))
    zero = [torch.zeros(1, *size) for size in sizes]
    for level, weight in enumerate((1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)):
        other = [values.clone() for values in zero]
        other[level] += 3.0
        torch.testing.assert_close(reference_difference(zero, other), torch.full((1, 1, 16, 16), 3.0 * weight))
    together = reference_difference(zero, [values + 3.0 for values in zero])
    torch.testing.assert_close(together, torch.full((1, 1, 16, 16), 3 * (1 + 15 / 32)))


def test_the_per_image_scale_stretches_every_picture_by_itself() -> None:
    values = torch.tensor([[[[1.0, 2.0], [3.0, 5.0]]], [[[0.1, 0.1], [0.1, 0.2]]]])
    expected = torch.tensor([[[[0.0, 0.25], [0.5, 1.0]]], [[[0.0, 0.0], [0.0, 1.0]]]])
    torch.testing.assert_close(stretch_per_image(values), expected)


def test_a_flat_map_is_zero_on_the_per_image_scale_and_not_nan() -> None:
    assert torch.equal(stretch_per_image(torch.full((2, 1, 3, 3), 0.7)), torch.zeros(2, 1, 3, 3))


@pytest.mark.parametrize("per_image", [False, True])
def test_a_certain_flat_frame_gives_numbers_and_no_uncertainty(per_image: bool) -> None:
    """p = 0 for all classes but one, features alike everywhere: where the reference divides by zero and takes ln 0."""
    certain = torch.zeros(1, 5, 9, 13)
    certain[:, 2] = 1
    flat = [torch.ones(1, *size) for size in SIZES]
    found = uncertainty_maps(certain, flat, flat, per_image=per_image)
    assert torch.equal(found, torch.zeros(1, 3, 9, 13))


@pytest.mark.parametrize("per_image", [False, True])
def test_the_three_maps_come_in_order_and_in_range(per_image: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    probabilities = torch.randn(1, 5, 18, 26, generator=generator).mul(3).softmax(dim=1)
    image, other = maps(*SIZES, seed=3), maps(*SIZES, seed=4)
    found = uncertainty_maps(probabilities, image, other, per_image=per_image)
    assert found.shape == (1, 3, 18, 26) and 0 <= found.min() and found.max() <= 1
    scale = stretch_per_image if per_image else lambda values: values
    torch.testing.assert_close(found[:, :1], scale(softmax_entropy(probabilities)))
    torch.testing.assert_close(found[:, 1:2], scale(softmax_distance(probabilities)))
    if per_image:
        assert found.amin(dim=(2, 3)).eq(0).all() and found.amax(dim=(2, 3)).eq(1).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gives_numbers(dtype: torch.dtype) -> None:
    certain = torch.zeros(1, 5, 9, 13, dtype=dtype)
    certain[:, 2] = 1
    image, other = ([level.to(dtype) for level in maps(*SIZES, seed=seed)] for seed in (1, 2))
    for per_image in (False, True):
        assert uncertainty_maps(certain, image, other, per_image=per_image).isfinite().all()
