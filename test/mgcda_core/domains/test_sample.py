"""Sample: what belongs to a picture is copied and changed together."""

from __future__ import annotations

import numpy as np

from mgcda_core.domains.sample import IGNORE, NOT_SWAPPED, Sample, street_sample


def full() -> Sample:
    allowed = np.array([[0, 1], [2, 0]], np.int32)
    sample = street_sample(np.zeros((2, 2, 3), np.uint8), allowed, void=np.array([[True, False], [False, False]]))
    sample.swapped = np.array([[255, 3], [255, 255]], np.uint8)
    return sample


def test_a_street_sample_does_not_judge_void() -> None:
    assert full().anomaly.tolist() == [[IGNORE, 0], [0, IGNORE]]


def test_a_copy_shares_nothing() -> None:
    sample, copy = full(), full().copy()
    for name in ("image", "allowed", "anomaly", "swapped", "void"):
        array = getattr(sample.copy(), name)
        assert not np.shares_memory(array, getattr(sample, name))
        assert np.array_equal(getattr(copy, name), getattr(sample, name))
        assert array.dtype == getattr(sample, name).dtype


def test_every_label_array_is_changed_with_its_own_value_for_beyond() -> None:
    seen: list[int] = []

    def shifted(labels: np.ndarray, beyond: int) -> np.ndarray:
        seen.append(beyond)
        result = np.full_like(labels, beyond)
        result[:, 1:] = labels[:, :1]
        return result

    result = full().relabelled(np.ones((2, 2, 3), np.uint8), shifted)
    assert sorted(seen) == [0, 0, IGNORE, NOT_SWAPPED]
    assert result.allowed.tolist() == [[0, 0], [0, 2]] and result.void.tolist() == [[False, True], [False, False]]
    assert result.void.dtype == bool and result.swapped.tolist() == [[255, 255], [255, 255]]


def test_scene_void_comes_from_the_data_set_where_it_knows() -> None:
    sample = full()
    assert sample.scene_void().tolist() == [[True, False], [False, False]]
    sample.void = None
    assert sample.scene_void().tolist() == [[True, False], [False, True]]
    assert Sample(sample.image, sample.allowed, sample.anomaly).copy().swapped is None
