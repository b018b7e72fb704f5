"""What a table says below its rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgcda_ros.benchmark.results import SizeTimes
from mgcda_ros.benchmark.table import format_about, format_size


def test_the_networks_share_is_that_of_the_whole_chains_time(size_times: SizeTimes) -> None:
    steps = size_times.steps | {"network": [0.2, 1.0]}
    others = (2**15 - 1 - 4) / 1000
    share = 1.2 / (1.2 + 2 * others)
    assert f"network: {100 * share:.1f} % of the whole chain" in format_size(SizeTimes(steps), 3)


@pytest.mark.parametrize(("frames", "few"), [(199, True), (200, False)])
def test_few_frames_are_said_to_be_few(frames: int, few: bool, size_times: SizeTimes) -> None:
    times = SizeTimes({name: seconds[:1] * frames for name, seconds in size_times.steps.items()})
    told = format_size(times, 3)
    assert f"of {frames} frame(s) after 3 to warm up" in told
    assert ("percentiles want 200" in told) == few


def test_an_output_that_was_not_always_published_is_named(size_times: SizeTimes) -> None:
    told = format_size(replace(size_times, published={"grid": 2, "nearest": 0}), 3)
    assert "~/nearest: published for 0 of these frames" in told and "~/grid: published" not in told


def test_what_is_not_set_is_not_made_up() -> None:
    about = {"threads asked for": None, "environment": {}, "further looks": [], "versions": {"A": "1", "B": "2"}}
    assert format_about(about).splitlines() == [
        "threads asked for: not set", "environment: nothing set", "further looks: none", "versions: A 1, B 2",
    ]  # fmt: skip
