"""What of a frame counts, and what is refused before anything does."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_core.evaluation.judged import check_labels, checked, judged

LABELS = np.array([[0, 1, 255], [255, 0, 0]], np.uint8)


def test_scores_are_parted_by_kind_without_the_ignored() -> None:
    normal, anomalous = judged(np.array([[1, 2, 3], [4, 5, 6]], np.float32), LABELS)
    assert normal.tolist() == [1, 5, 6] and anomalous.tolist() == [2]


@pytest.mark.parametrize("kind", ["float16", "float64", "uint8", "int32", "bool"])
def test_scores_of_any_real_type_are_taken_as_float32(kind: str) -> None:
    scores = np.array([[1, 0, 1], [0, 0, 1]]).astype(kind)
    assert checked(scores, LABELS).dtype == np.float32
    assert judged(scores, LABELS.astype(np.int64)).normal.tolist() == [1, 0, 1]


def test_what_is_kept_is_a_copy() -> None:
    scores = np.zeros((2, 3), np.float32)
    normal, _ = judged(scores, LABELS)
    scores[:] = 1
    assert normal.tolist() == [0, 0, 0]


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (0, 2)], ids=["normal", "anomalous", "ignored"])
def test_nan_is_refused_wherever_it_stands(place: tuple[int, int]) -> None:
    scores = np.zeros((2, 3), np.float32)
    scores[place] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        judged(scores, LABELS)


def test_other_labels_are_refused_by_name() -> None:
    labels = np.array([[0, 2, 254], [255, 1, 0]], np.uint8)
    with pytest.raises(ValueError, match=r"\[2, 254\] are not among 0, 1 and 255"):
        judged(np.zeros((2, 3), np.float32), labels)
    with pytest.raises(ValueError, match=r"\[-1\]"):
        check_labels(np.array([-1, 0]))


def test_shapes_that_differ_and_complex_scores_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 2\) and labels \(2, 3\)"):
        judged(np.zeros((3, 2), np.float32), LABELS)
    with pytest.raises(ValueError, match="complex64"):
        judged(np.zeros((2, 3), np.complex64), LABELS)


def test_a_frame_of_no_pixels_or_of_ignored_ones_gives_nothing() -> None:
    for shape in ((0, 0), (2, 3)):
        normal, anomalous = judged(np.zeros(shape, np.float32), np.full(shape, 255, np.uint8))
        assert (len(normal), len(anomalous)) == (0, 0)
