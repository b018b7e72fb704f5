"""Contact sheets: colours mean what they say, and the sheets are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.domains.preview import (
    ANOMALY_COLOUR,
    DECOY_COLOUR,
    SWAPPED_COLOUR,
    WIDTH_PX,
    Layout,
    domain_sheet,
    outlined,
    sheet,
    write_sheets,
)
from mgcda_core.domains.sample import ANOMALY, IGNORE, Sample, street_sample


def street(rng: np.random.Generator) -> Sample:
    return street_sample(np.full((40, 60, 3), 120, np.uint8), np.ones((40, 60), np.int32))


def keep(rng: np.random.Generator, sample: Sample) -> Sample:
    return sample


@dataclass(frozen=True)
class Squares:
    """Draws an anomaly, a decoy, a swapped square and pixels that are not judged, each in its place."""

    name: str = "squares"
    needs_street = True

    def __call__(self, rng: np.random.Generator, sample: Sample | None) -> Sample:
        result = sample.copy()
        result.anomaly[5:15, 5:15], result.image[5:15, 5:15] = ANOMALY, 10
        result.image[5:15, 25:35] = 200
        result.swapped = np.full((40, 60), 255, np.uint8)
        result.swapped[25:35, 5:15], result.anomaly[25:35, 5:15] = 3, ANOMALY
        result.anomaly[25:35, 40:50] = IGNORE
        return result


def colours_in(picture: np.ndarray, window: tuple[slice, slice]) -> set[tuple[int, ...]]:
    return {tuple(colour) for colour in picture[window].reshape(-1, 3).tolist()}


def test_each_colour_outlines_its_own() -> None:
    before = street(np.random.default_rng(0))
    picture = outlined(Squares()(np.random.default_rng(0), before), before)
    assert colours_in(picture, np.s_[4:16, 4:16]) == {(120,) * 3, (10,) * 3, ANOMALY_COLOUR}
    assert colours_in(picture, np.s_[4:16, 24:36]) == {(120,) * 3, (200,) * 3, DECOY_COLOUR}
    assert colours_in(picture, np.s_[24:36, 4:16]) == {(120,) * 3, SWAPPED_COLOUR}
    assert colours_in(picture, np.s_[25:35, 40:50]) == {(40,) * 3}
    assert colours_in(picture, np.s_[:, 52:]) == {(120,) * 3}


def test_without_the_picture_before_no_decoy_is_guessed() -> None:
    sample = Squares()(np.random.default_rng(0), street(np.random.default_rng(0)))
    assert DECOY_COLOUR not in colours_in(outlined(sample), np.s_[:, :])


def test_a_sheet_holds_pictures_of_several_sizes_in_order() -> None:
    sizes = {50: (10, 20), 100: (10, 20), 150: (30, 40)}
    whole = sheet([np.full((*size, 3), value, np.uint8) for value, size in sizes.items()], columns=2)
    assert whole.shape == (2 * 360, 2 * WIDTH_PX, 3)
    assert (whole[:240, :WIDTH_PX] == 50).all() and (whole[:240, WIDTH_PX:] == 100).all()
    assert (whole[360:, :WIDTH_PX] == 150).all() and (whole[360:, WIDTH_PX:] == 0).all()


def test_sheets_are_written_and_repeat(tmp_path: Path) -> None:
    layout = Layout(columns=1, rows=2)
    paths = write_sheets([Squares()], street, keep, tmp_path / "new", layout=layout)
    assert [path.name for path in paths] == ["squares.png", "augmented.png"]
    for path in paths:
        assert cv2.imread(str(path)).shape == (2 * 320, 2 * WIDTH_PX, 3)
    twice = [domain_sheet(Squares(), street, layout=layout, seed=3) for _ in range(2)]
    assert np.array_equal(*twice)


def test_impossible_sheets_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="columns: 0 is not allowed; it must be 1 or more"):
        Layout(columns=0)
    with pytest.raises(ValueError, match="domains: an empty list is not allowed"):
        write_sheets([], street, keep, tmp_path)
