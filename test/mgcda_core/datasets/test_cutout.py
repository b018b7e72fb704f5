"""A stored cut-out is decoded when it is looked at, once for as long as it is kept, and travels to other processes."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.cutout import Cutout, StoredCutout, require_categories, shrink, wanted

DECODED: list[int] = []


@dataclass(frozen=True)
class Reference:
    """Decodes to a picture of its number, and notes that it did."""

    number: int

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        DECODED.append(self.number)
        return np.full((2, 3, 3), self.number, np.uint8), np.full((2, 3), 255, np.uint8)


def test_nothing_is_decoded_before_it_is_looked_at_and_then_once() -> None:
    DECODED.clear()
    cutouts = [StoredCutout(Reference(number), "dog", number) for number in (1, 2)]
    assert [(cutout.category, cutout.image_id) for cutout in cutouts] == [("dog", 1), ("dog", 2)]
    assert DECODED == []
    assert (cutouts[1].image == 2).all() and (cutouts[1].alpha == 255).all()
    assert StoredCutout(Reference(2), "dog", 2).image is cutouts[1].image
    assert DECODED == [2]


def test_a_stored_cutout_is_a_cutout_and_as_frozen_as_one() -> None:
    cutout = StoredCutout(Reference(3), "dog", "a/b")
    assert isinstance(cutout, Cutout)
    for name in ("category", "image", "alpha"):
        with pytest.raises(AttributeError):
            setattr(cutout, name, None)
    assert repr(cutout) == "StoredCutout(Reference(number=3), 'dog', 'a/b')"


def test_only_the_reference_travels_to_another_process() -> None:
    cutout = StoredCutout(Reference(4), "dog", 7)
    _ = cutout.image
    content = pickle.dumps(cutout)
    assert len(content) < 400
    other = pickle.loads(content)
    assert (other.category, other.image_id) == ("dog", 7) and np.array_equal(other.image, cutout.image)


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [((10, 40), 20, (5, 20)), ((40, 10), 40, (40, 10)), ((10, 10), 99, (10, 10)), ((1, 400), 10, (1, 10))],
)
def test_only_larger_ones_are_scaled_down(size: tuple, side: int, expected: tuple) -> None:
    image, alpha = shrink(np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8), side)
    assert image.shape == (*expected, 3) and alpha.shape == expected


def test_the_filter_leaves_out_what_is_excluded_even_if_it_is_included() -> None:
    assert wanted("dog", None, set()) and wanted("dog", {"dog"}, {"cat"})
    assert not wanted("dog", {"cat"}, set()) and not wanted("dog", {"dog"}, {"dog"})


def test_unknown_categories_are_named_with_their_source() -> None:
    require_categories({"dog"}, {"dog", "cat"}, Path("a.json"))
    with pytest.raises(ValueError, match=r"a\.json: categories \['cow', 'emu'\] are not in the set; it has cat, dog"):
        require_categories({"emu", "dog", "cow"}, {"dog", "cat"}, Path("a.json"))
