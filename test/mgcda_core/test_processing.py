"""Frame in, hazards out, with whatever classes and threshold the weights have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.weights import Card, save_weights
from mgcda_core.frame import Frame
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.networks.architecture import Architecture
from mgcda_core.processing import Processor


def processor(
    classes: tuple[str, ...],
    architecture: Architecture,
    make_network: Callable,
    folder: Path,
    threshold: float | None = None,
) -> Processor:
    network = make_network(replace(architecture, classes=classes))
    path = folder / "other.safetensors"
    save_weights(network, Card("other", network.architecture, threshold=0.37), path)
    return Processor(Detector(path), None if threshold is None else RegionSettings(threshold))


def test_the_threshold_is_the_weights_own_unless_one_is_given(
    architecture: Architecture, make_network: Callable, tmp_path: Path
) -> None:
    assert processor(("sky", "road"), architecture, make_network, tmp_path).threshold == 0.37
    assert processor(("sky", "road"), architecture, make_network, tmp_path, threshold=0.6).threshold == 0.6


def test_weights_that_know_no_road_leave_on_road_open(
    architecture: Architecture, make_network: Callable, make_picture: Callable, tmp_path: Path
) -> None:
    picture: np.ndarray = make_picture(96, 128)
    without = processor(("sky", "field"), architecture, make_network, tmp_path, threshold=1e-6)
    assert without.drivable == ()
    score_map, hazards = without.process(Frame(picture, 5, "camera"))
    assert score_map.stamp == 5 and hazards and all(hazard.on_road is None for hazard in hazards)
    assert processor(("sky", "road"), architecture, make_network, tmp_path).drivable == (1,)
