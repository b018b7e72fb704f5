"""Connected components, in the whole frame's coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from mgcda_core.evaluation.components import find_components, window_of

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_components_are_scipys(mask: np.ndarray) -> None:
    found = find_components(mask)
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    assert len(found.sizes) == len(found.boxes) == count + 1
    assert found.sizes.tolist() == np.bincount(found.labels.ravel(), minlength=count + 1).tolist()
    # As many pairs of labels as labels: the same components, whatever their numbers.
    assert len(set(zip(found.labels.flat, expected.flat, strict=True))) == len(np.unique(expected))
    for label, (rows, columns) in enumerate(ndimage.find_objects(found.labels), start=1):
        x, y, width, height = found.boxes[label]
        assert (slice(y, y + height), slice(x, x + width)) == (rows, columns)


@settings(max_examples=30, deadline=None)
@given(MASKS)
def test_the_window_holds_all_and_no_row_too_many(mask: np.ndarray) -> None:
    inside = mask[window_of(mask)]
    assert inside.sum() == mask.sum()
    assert all(inside.any(axis=axis)[[0, -1]].all() for axis in (0, 1)) if mask.any() else inside.size == 0


def test_pixels_that_touch_at_a_corner_are_one() -> None:
    assert find_components(np.eye(4, dtype=bool)).sizes.tolist() == [12, 4]


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_one_kind(value: bool) -> None:
    found = find_components(np.full((3, 5), value))
    assert found.sizes.tolist() == ([0, 15] if value else [15])
    assert found.boxes[-1].tolist() == [0, 0, 5, 3]
