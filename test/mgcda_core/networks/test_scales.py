"""Several looks of one network are the weighted mean of what it says of each size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from mgcda_core.networks.outputs import NOT_SWAPPED, AnomalyNetwork
from mgcda_core.networks.scales import Scale, at_scales, checked_scales


def as_tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255


def smaller_by_pillow(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.array(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def enlarged_by_hand(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear between pixel centres, one output pixel at a time."""
    result = np.empty((height, width))
    for row in range(height):
        for column in range(width):
            y = np.clip((row + 0.5) * values.shape[0] / height - 0.5, 0, values.shape[0] - 1)
            x = np.clip((column + 0.5) * values.shape[1] / width - 0.5, 0, values.shape[1] - 1)
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, values.shape[0] - 1), min(x0 + 1, values.shape[1] - 1)
            upper = values[y0, x0] * (1 - (x - x0)) + values[y0, x1] * (x - x0)
            lower = values[y1, x0] * (1 - (x - x0)) + values[y1, x1] * (x - x0)
            result[row, column] = upper * (1 - (y - y0)) + lower * (y - y0)
    return result


def test_logits_are_the_weighted_mean_of_the_looks(
    network: AnomalyNetwork, make_picture: Callable[..., np.ndarray]
) -> None:
    picture = make_picture(96, 144)
    with torch.inference_mode():
        whole = network(as_tensor(picture))
        small = network(as_tensor(smaller_by_pillow(picture, 96, 64))).anomaly_logits[0, 0].double().numpy()
        smallest = network(as_tensor(smaller_by_pillow(picture, 72, 48))).anomaly_logits[0, 0].double().numpy()
        found = at_scales(network, as_tensor(picture), [Scale(2 / 3, 0.3), Scale(0.5, 0.2)])
    size = whole.anomaly_logits.shape[-2:]
    expected = 0.5 * whole.anomaly_logits[0, 0].double().numpy()
    expected += 0.3 * enlarged_by_hand(small, *size) + 0.2 * enlarged_by_hand(smallest, *size)
    # Pillow rounds the smaller pictures to 8 bits.
    spread = float(np.abs(expected).max())
    np.testing.assert_allclose(found.anomaly_logits[0, 0].numpy(), expected, atol=0.02 * spread)
    assert np.abs(whole.anomaly_logits[0, 0].numpy() - expected).max() > 0.1 * spread, "the looks do not differ"
    for name in ("segmentation_logits", "uncertainty", "reconstruction"):
        assert torch.equal(getattr(found, name), getattr(whole, name)), f"{name} is the picture's own"


def test_without_scales_the_answer_is_the_networks(
    network: AnomalyNetwork, make_picture: Callable[..., np.ndarray]
) -> None:
    image = as_tensor(make_picture(64, 96))
    with torch.inference_mode():
        assert torch.equal(at_scales(network, image).anomaly_logits, network(image).anomaly_logits)


def test_swapped_classes_are_told_to_every_look(
    network: AnomalyNetwork, make_picture: Callable[..., np.ndarray]
) -> None:
    image = as_tensor(make_picture(96, 96))
    swapped = torch.full((1, 96, 96), NOT_SWAPPED, dtype=torch.uint8)
    seen: list[torch.Tensor] = []

    class Listening(torch.nn.Module):
        def forward(self, image: torch.Tensor, swapped: torch.Tensor | None = None) -> object:
            seen.append(swapped)
            return network(image, swapped)

    swapped[:, 48:, 48:] = 3
    with torch.inference_mode():
        at_scales(Listening(), image, [Scale(0.5, 0.5)], swapped)
    expected = torch.full((1, 48, 48), NOT_SWAPPED, dtype=torch.uint8)
    expected[:, 24:, 24:] = 3
    assert torch.equal(seen[0], swapped) and torch.equal(seen[1], expected)


def test_a_small_picture_is_not_made_too_small(
    network: AnomalyNetwork, make_picture: Callable[..., np.ndarray]
) -> None:
    with torch.inference_mode():
        logits = at_scales(network, as_tensor(make_picture(32, 40)), [Scale(0.25, 0.5)]).anomaly_logits
    assert logits.shape == (1, 1, 8, 10) and logits.isfinite().all()


@pytest.mark.parametrize(
    ("scales", "named"),
    [
        ([(1.0, 0.5)], "factor 1.0"), ([(0.0, 0.5)], "factor 0.0"), ([(0.5, 0.0)], "weights"),
        ([(0.5, 0.6), (0.7, 0.4)], "weights"), ([(0.5,)], "a factor and a weight"), ([("0.5", 0.5)], "a factor"),
        ([(float("nan"), 0.5)], "a factor and a weight"),
    ],
    ids=str,
)  # fmt: skip
def test_scales_that_make_no_sense_are_refused(scales: list, named: str) -> None:
    with pytest.raises(ValueError, match=f"scales: .*{named}"):
        checked_scales(scales)


def test_scales_from_a_card_are_scales() -> None:
    assert checked_scales([[0.67, 0.35]]) == (Scale(0.67, 0.35),)
