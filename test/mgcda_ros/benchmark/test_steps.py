"""The rows of a table add up as their names say."""

from __future__ import annotations

import pytest

from mgcda_ros.benchmark.results import SizeTimes
from mgcda_ros.benchmark.steps import chain_rows


def test_every_sum_has_its_members_and_no_others(size_times: SizeTimes) -> None:
    rows = {name: round(1000 * seconds[0]) for name, seconds in chain_rows(size_times.steps).items()}
    chain = 2**15 - 1  # everything but decode
    network, overlay, scaling = 4, 512 + 1024, 2 + 8
    assert rows["whole chain"] == chain
    assert rows["whole chain, compressed camera"] == chain - 1 + 32768
    assert rows["all but network and overlay"] == chain - network - overlay
    assert rows["conversion, hazards, messages"] == chain - network - overlay - scaling
    assert rows["regions to messages in metres"] == 16 + 32 + (2048 + 4096) + (8192 + 16384)
    assert rows["all messages, build"] == 128 + 512 + 2048 + 8192
    assert rows["all messages, publish"] == 256 + 1024 + 4096 + 16384
    assert rows["~/grid"] == 2048 + 4096
    assert (rows["- ~/grid, build"], rows["- ~/grid, publish"], rows["decode"]) == (2048, 4096, 32768)


def test_sums_are_made_frame_by_frame(size_times: SizeTimes) -> None:
    """The p95 of a sum is not the sum of p95s: a slow network does not meet a slow picture every time."""
    steps = dict(size_times.steps) | {"network": [1.0, 0.0], "regions": [0.0, 1.0]}
    first, second = chain_rows(steps)["whole chain"]
    assert first == pytest.approx(second)


def test_parts_come_below_their_whole(size_times: SizeTimes) -> None:
    parts = {"backbone": [0.001], "rest of the network": [0.002]}
    names = list(SizeTimes(size_times.steps, parts, {"2": [0.1, 0.2]}).rows())
    place = names.index("network")
    assert names[place : place + 4] == ["network", "- backbone", "- rest of the network", "postprocess"]
    assert names[0] == "decode"
    place = names.index("~/score")
    assert names[place : place + 3] == ["~/score", "- ~/score, build", "- ~/score, publish"]
    assert names[-1] == "batch of 2, per picture"


def test_a_chain_without_compressed_pictures_has_no_sum_for_them(size_times: SizeTimes) -> None:
    steps = {name: seconds for name, seconds in size_times.steps.items() if name != "decode"}
    assert not [name for name in chain_rows(steps) if "decode" in name or "compressed" in name]


def test_steps_of_other_frames_are_refused(size_times: SizeTimes) -> None:
    with pytest.raises(ValueError, match="every frame"):
        chain_rows(size_times.steps | {"network": [0.1]})
