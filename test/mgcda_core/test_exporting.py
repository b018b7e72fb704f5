"""The pictures that an export is checked on and calibrated with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.exporting import CALIBRATION_PICTURES, calibration_pictures, parse_size, rendered_pictures


def test_a_size_is_read_width_first() -> None:
    assert parse_size("1024x576") == (576, 1024)


@pytest.mark.parametrize("size", ["1024", "1024x63", "big"])
def test_a_wrong_size_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match=f"size: '{size}' is not allowed; it must be width x height"):
        parse_size(size)


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
