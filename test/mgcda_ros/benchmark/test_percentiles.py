"""Percentiles of durations."""

from __future__ import annotations

import numpy as np
import pytest

from mgcda_ros.benchmark.percentiles import percentiles


def test_of_the_numbers_to_a_hundred_each_is_itself() -> None:
    shuffled = np.random.default_rng(3).permutation(101) / 1000
    assert percentiles(shuffled) == pytest.approx((50, 95, 99))


def test_between_two_durations_they_lie_on_the_line() -> None:
    assert percentiles([0.010, 0.020]) == pytest.approx((15, 19.5, 19.9))


def test_they_are_numpys() -> None:
    seconds = np.random.default_rng(4).exponential(0.02, 237)
    assert percentiles(list(seconds)) == pytest.approx(np.quantile(seconds, (0.5, 0.95, 0.99)) * 1000)


def test_one_duration_is_all_three_and_none_is_refused() -> None:
    assert percentiles([0.25]) == pytest.approx((250, 250, 250))
    with pytest.raises(ValueError, match="no durations"):
        percentiles([])
