"""The losses against slow readings of what they say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mgcda_core.networks.mgcda import Outputs
from mgcda_core.training.losses import (
    allowed_classes,
    anomaly_loss,
    judged_labels,
    segmentation_loss,
    synthesis_loss,
    total_loss,
)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def integers(high: int, *shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(seed))


def test_every_mask_of_three_classes_reads_bit_by_bit() -> None:
    allowed = allowed_classes(torch.arange(8, dtype=torch.int32).view(1, 1, 8), 3)
    expected = [list(bits)[::-1] for bits in itertools.product([False, True], repeat=3)]
    assert allowed.dtype == torch.bool
    assert allowed[0, :, 0].T.tolist() == expected


def test_the_highest_of_eleven_classes_is_read() -> None:
    allowed = allowed_classes(torch.tensor([[[1 << 10]]], dtype=torch.int32), 11)
    assert allowed[0, :, 0, 0].tolist() == [False] * 10 + [True]


def test_with_one_class_per_pixel_segmentation_is_cross_entropy() -> None:
    logits, labels = 3 * random(2, 11, 5, 7), integers(11, 2, 5, 7)
    found = segmentation_loss(logits, allowed_classes(1 << labels, 11))
    torch.testing.assert_close(found, F.cross_entropy(logits, labels))


def test_void_pixels_do_not_count_in_segmentation() -> None:
    logits, labels = 3 * random(2, 11, 5, 7), integers(11, 2, 5, 7)
    void = integers(2, 2, 5, 7, seed=1).bool()
    found = segmentation_loss(logits, allowed_classes((1 << labels).masked_fill(void, 0), 11))
    expected = F.cross_entropy(logits, labels.masked_fill(void, 255), ignore_index=255)
    torch.testing.assert_close(found, expected)


def test_a_set_of_classes_costs_the_surprise_of_their_sum() -> None:
    logits, masks = 2 * random(2, 6, 3, 4), integers(64, 2, 3, 4)
    surprises = []
    for b, row, column in itertools.product(range(2), range(3), range(4)):
        weights = [math.exp(value) for value in logits[b, :, row, column].tolist()]
        allowed = [weight for c, weight in enumerate(weights) if int(masks[b, row, column]) >> c & 1]
        if allowed:
            surprises.append(-math.log(sum(allowed) / sum(weights)))
    found = segmentation_loss(logits, allowed_classes(masks, 6))
    assert float(found) == pytest.approx(sum(surprises) / len(surprises), rel=1e-5)


def test_a_pixel_that_allows_every_class_costs_nothing() -> None:
    logits = random(1, 4, 3, 3)
    assert float(segmentation_loss(logits, torch.ones(1, 4, 3, 3, dtype=torch.bool))) == pytest.approx(0, abs=1e-6)


def test_nothing_but_void_is_a_zero_that_can_be_learned_from() -> None:
    logits = random(2, 11, 5, 7).requires_grad_()
    loss = segmentation_loss(logits, torch.zeros(2, 11, 5, 7, dtype=torch.bool))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def labelled(seed: int = 3) -> torch.Tensor:
    """Return anomaly labels of which some are ignored, uint8 (2, 5, 7)."""
    return torch.tensor([0, 1, 255], dtype=torch.uint8)[integers(3, 2, 5, 7, seed=seed)]


def test_ignored_pixels_change_nothing_and_learn_nothing() -> None:
    anomaly = labelled()
    logits = random(2, 1, 5, 7).requires_grad_()
    changed = torch.where(anomaly[:, None] == 255, 50 * random(2, 1, 5, 7, seed=9), logits.detach())
    loss = anomaly_loss(logits, anomaly)
    torch.testing.assert_close(anomaly_loss(changed, anomaly), loss.detach())
    loss.backward()
    assert (logits.grad[:, 0][anomaly == 255] == 0).all()
    assert (logits.grad[:, 0][anomaly != 255] != 0).all()


def test_the_anomaly_loss_is_weighted_cross_entropy_and_dice() -> None:
    anomaly, logits = labelled(), random(2, 1, 5, 7)
    entropy, overlap, sizes, count = 0.0, 0.0, 0.0, 0
    for score, truth in zip(logits.flatten().tolist(), anomaly.flatten().tolist(), strict=True):
        if truth == 255:
            continue
        p = 1 / (1 + math.exp(-score))
        entropy -= 2 * math.log(p) if truth else math.log(1 - p)
        overlap += p * truth
        sizes += p + truth
        count += 1
    expected = 2 * entropy / count + 0.5 * (1 - (2 * overlap + 1) / (sizes + 1))
    assert float(anomaly_loss(logits, anomaly)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("value", [0, 1, 255], ids=["all normal", "all anomalous", "all ignored"])
def test_pictures_of_one_kind_have_a_loss_and_a_gradient_that_are_numbers(value: int) -> None:
    logits = (20 * random(2, 1, 5, 7)).requires_grad_()
    loss = anomaly_loss(logits, torch.full((2, 5, 7), value, dtype=torch.uint8))
    loss.backward()
    assert math.isfinite(float(loss.detach())) and torch.isfinite(logits.grad).all()
    if value == 255:
        assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_synthesis_compares_with_the_reduced_picture_over_normal_pixels() -> None:
    image = torch.rand(2, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    reconstruction = torch.rand(2, 3, 4, 6, generator=torch.Generator().manual_seed(1))
    anomaly = torch.zeros(2, 8, 12, dtype=torch.uint8)
    anomaly[0, :4, :6] = 1
    anomaly[1, 4:] = 255
    reduced = image.numpy().reshape(2, 3, 4, 2, 6, 2).mean(axis=(3, 5))
    normal = anomaly.numpy()[:, ::2, ::2] == 0
    difference = np.abs(reconstruction.numpy() - reduced).mean(axis=1)
    assert float(synthesis_loss(reconstruction, image, anomaly)) == pytest.approx(difference[normal].mean(), rel=1e-5)
    nothing = synthesis_loss(reconstruction, image, torch.ones_like(anomaly))
    assert float(nothing) == 0


@pytest.mark.parametrize(("height", "width"), [(64, 96), (65, 97), (66, 98), (67, 99)])
def test_the_whole_loss_looks_at_the_right_pixels_for_odd_sizes_too(height: int, width: int) -> None:
    """An answer that is right everywhere costs next to nothing, and the opposite answer much."""
    h, w = -(-height // 4), -(-width // 4)
    columns = torch.arange(width) >= width // 2
    anomaly = columns.to(torch.uint8).repeat(1, height, 1)
    masks = torch.where(columns, 1 << 2, 1 << 0).repeat(1, height, 1)
    seam = slice(width // 2 - 6, width // 2 + 6)  # a quarter of the resolution does not know exactly where it is
    anomaly[..., seam], masks[..., seam] = 255, 0
    image = torch.full((1, 3, height, width), 0.25)

    def loss(sign: float) -> dict[str, float]:
        right = (torch.arange(w) >= w / 2).float().expand(1, 1, h, w)
        segmentation = torch.cat([1 - right, torch.zeros_like(right), right], dim=1)
        logits = sign * 20 * (2 * right - 1)
        reconstruction = torch.full((1, 3, 2 * h, 2 * w), 0.25, requires_grad=True)
        segmentation = (sign * 20 * segmentation).requires_grad_()
        outputs = Outputs(logits, segmentation, logits, logits, torch.zeros(1, 3, h, w), reconstruction)
        return total_loss(outputs, image, masks, anomaly)[1]

    good, bad = loss(1), loss(-1)
    assert good["segmentation"] < 0.01 and good["anomaly"] < 0.01 and good["synthesis"] == pytest.approx(0, abs=1e-6)
    assert bad["segmentation"] > 15 and bad["anomaly"] > 15


def test_a_network_that_cannot_see_a_swap_is_not_asked_about_it() -> None:
    anomaly = torch.tensor([[[0, 1, 1, 255]]], dtype=torch.uint8)
    swapped = torch.tensor([[[255, 255, 3, 3]]], dtype=torch.uint8)
    assert torch.equal(judged_labels(anomaly, swapped, uses_swapped=True), anomaly)
    assert judged_labels(anomaly, swapped, uses_swapped=False).tolist() == [[[0, 1, 255, 255]]]


@pytest.mark.parametrize("learns", [("segmentation",), ("synthesis",), ("anomaly",), ("anomaly", "synthesis")])
def test_only_the_losses_asked_for_are_taken(learns: tuple[str, ...]) -> None:
    image, masks = torch.rand(1, 3, 16, 16), torch.ones(1, 16, 16, dtype=torch.int32)
    outputs = Outputs(
        random(1, 1, 4, 4), random(1, 3, 4, 4), random(1, 2, 2, 2), random(1, 2, 4, 4), None, torch.rand(1, 3, 8, 8)
    )
    loss, parts = total_loss(outputs, image, masks, torch.zeros(1, 16, 16, dtype=torch.uint8), learns=learns)
    assert set(parts) == set(learns)
    assert float(loss) == pytest.approx(sum(parts.values()))
