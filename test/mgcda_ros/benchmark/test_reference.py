"""The reference-sized network beside the one in use, with a small one in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mgcda_core.deploy.cost import part_costs
from mgcda_core.deploy.detector import Detector
from mgcda_core.networks.build import NAMED, build_network
from mgcda_ros.benchmark.reference import MODEL_PASSES, format_reference, time_reference
from mgcda_ros.benchmark.results import ReferenceTimes


def test_both_are_timed_at_one_size(detector: Detector) -> None:
    architecture = replace(NAMED["direct"], backbone="resnet18")
    times = time_reference(detector, architecture, (96, 64))
    built = build_network(replace(architecture, classes=tuple(map(str, range(19)))))
    assert times.parameters == sum(cost.parameters for cost in part_costs(built, 64, 96))
    assert (times.size, times.model, len(times.model_seconds)) == ("96x64", "mgcda_lite", MODEL_PASSES)
    assert times.seconds > 0 and min(times.model_seconds) > 0


def test_a_runtime_that_shows_no_network_is_timed_too(opaque: Detector) -> None:
    assert min(time_reference(opaque, NAMED["direct"], (96, 64)).model_seconds) > 0


@pytest.mark.parametrize(("seconds", "ratio"), [(41.0, "82.0 times as fast"), (0.25, "0.5 times as fast")])
def test_the_ratio_is_that_of_the_medians(seconds: float, ratio: str) -> None:
    times = ReferenceTimes("1024x512", 134_700_000, seconds, "lite", [0.4, 0.5, 2.0], 3900.0)
    told = format_reference(times)
    assert "134.7 M parameters" in told and "lite: 0.500 s (median of 3)" in told and ratio in told
