"""The pictures that an export is checked on and calibrated with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.deploy.weights import Card, save_weights
from mgcda_core.exporting import CALIBRATION_PICTURES, calibration_pictures, rendered_pictures, seen_size
from mgcda_core.networks.outputs import AnomalyNetwork


@pytest.fixture
def weights(network: AnomalyNetwork, tmp_path: Path) -> Path:
    """Return weights whose card asks for 448 pixels."""
    path = tmp_path / "small.safetensors"
    save_weights(network, Card("small", network.architecture, long_side_px=448), path)
    return path


@pytest.mark.parametrize(
    ("size", "long_side_px", "expected"),
    [
        ("1920x1080", None, (252, 448)),
        ("1080x1920", None, (448, 252)),
        ("448x252", None, (252, 448)),
        ("320x180", None, (180, 320)),
        ("1920x1080", 640, (360, 640)),
        ("640x480", 1024, (480, 640)),
    ],
    ids=str,
)
def test_a_cameras_pictures_are_seen_scaled_as_the_card_asks_and_never_enlarged(
    weights: Path, size: str, long_side_px: int | None, expected: tuple[int, int]
) -> None:
    assert seen_size(size, weights, long_side_px) == expected


@pytest.mark.parametrize("size", ["1024", "1024x63", "big"])
def test_a_wrong_size_is_refused(weights: Path, size: str) -> None:
    with pytest.raises(ValueError, match=f"size: '{size}' is not allowed; it must be width x height"):
        seen_size(size, weights)


def test_a_longer_side_that_is_too_small_is_refused(weights: Path) -> None:
    with pytest.raises(ValueError, match="long_side_px: 0 is not allowed; it must be 64 pixels or more"):
        seen_size("1920x1080", weights, 0)


def test_rendered_pictures_have_the_size_and_differ() -> None:
    pictures = rendered_pictures((72, 128))
    assert len(pictures) >= 2 and {picture.shape for picture in pictures} == {(72, 128, 3)}
    assert not np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize("stored", [(100, 300), (300, 100), (36, 64), (400, 800)], ids=str)
def test_calibration_pictures_are_cut_about_the_middle_and_spread(tmp_path: Path, stored: tuple[int, int]) -> None:
    for number in range(CALIBRATION_PICTURES + 12):
        cv2.imwrite(str(tmp_path / f"{number:03}.png"), np.full((*stored, 3), number, np.uint8))
    found = calibration_pictures(tmp_path, (72, 144))
    assert {picture.shape for picture in found} == {(72, 144, 3)}
    numbers = [int(np.median(picture)) for picture in found]
    assert len(set(numbers)) == CALIBRATION_PICTURES
    assert (numbers[0], numbers[-1]) == (0, CALIBRATION_PICTURES + 11)
