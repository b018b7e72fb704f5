"""Parameters become settings of the core: the same defaults, and errors that name the parameter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mgcda_core.following import FollowSettings
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.ground_grid import GridSettings
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_ros import settings
from mgcda_ros.outputs import available_outputs
from mgcda_ros.outputs.cloud import CloudSettings
from mgcda_ros.parameters.declaration import RULES
from mgcda_ros.parameters.output_rules import OUTPUT_DESCRIPTIONS
from mgcda_ros.parameters.reading import ParameterError


def values(**changes: Any) -> dict[str, Any]:
    defaults = {rule.name: rule.default for rule in RULES}
    assert changes.keys() <= defaults.keys()
    return defaults | changes


def test_defaults_are_the_core_s_own() -> None:
    assert settings.region_settings(values(), 0.45) == RegionSettings(0.45)
    assert settings.follow_settings(values()) == FollowSettings()
    assert settings.monitor_settings(values()) == MonitorSettings()
    assert settings.cloud_settings(values()) == CloudSettings()
    assert settings.grid_settings(values()) == GridSettings()
    assert settings.fixed_extrinsics(values()) is None
    assert settings.published_topics(values()) == OUTPUT_DESCRIPTIONS.keys()


def test_every_output_has_its_parameter() -> None:
    assert {output.topic for output in available_outputs()} <= OUTPUT_DESCRIPTIONS.keys()
    wanted = settings.published_topics(values(publish_cloud=False, publish_mask=False))
    assert {"cloud", "mask"} == OUTPUT_DESCRIPTIONS.keys() - wanted
    assert {output.topic for output in available_outputs(wanted)}.isdisjoint({"cloud", "mask"})


def test_values_reach_the_setting_that_they_name() -> None:
    made = settings.follow_settings(
        values(
            region_border_sigma_px=3.0, camera_pitch_sigma_deg=0.1, camera_roll_sigma_deg=0.2,
            camera_height_sigma_m=0.3, maximum_distance_m=44.0, confirm_hits=4, confirm_window=6, time_to_live_s=2.5,
            vehicle_width_m=2.1, vehicle_front_m=3.7, vehicle_margin_m=0.4,
        )
    )  # fmt: skip
    ground, tracks = made.ground, made.tracks
    assert (ground.pixel_sigma, ground.pitch_sigma_deg, ground.roll_sigma_deg, ground.height_sigma_m) == (
        3,
        0.1,
        0.2,
        0.3,
    )
    assert (ground.maximum_distance_m, tracks.confirm_hits, tracks.confirm_window, tracks.time_to_live_s) == (
        44,
        4,
        6,
        2.5,
    )
    assert made.corridor == CorridorSettings(2.1, 3.7, 0.4)
    regions = settings.region_settings(values(threshold=0.3, off_road_weight=0.2, minimum_score=0.1), 0.45)
    assert (regions.threshold, regions.off_road_weight, regions.minimum_score) == (0.3, 0.2, 0.1)
    assert settings.follow_settings(values(follow_hazards=False)).tracks is None
    monitor = settings.monitor_settings(values(frozen_after_s=7.0, covered_after_views=0))
    assert (monitor.frozen.after_s, monitor.covered_part.views) == (7.0, 0)


def test_mounting_is_measured_in_metres_and_degrees() -> None:
    found = settings.fixed_extrinsics(
        values(camera_height_m=1.5, camera_pitch_deg=90.0, camera_x_m=2.0, camera_y_m=-1.0)
    )
    assert found.frame_id == "base_link" and found.position.tolist() == [2.0, -1.0, 1.5]
    assert np.allclose(found.rotation @ [0, 0, 1], [0, 0, -1]), "it looks straight down"


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (settings.follow_settings, {"confirm_hits": 5}, "parameter confirm_hits: 5 is not allowed"),
        (settings.grid_settings, {"grid_resolution_m": 0.05, "grid_ahead_m": 200.0, "grid_aside_m": 100.0},
         "parameter grid_resolution_m: 0.05 is not allowed"),
        (settings.follow_settings, {"vehicle_width_m": math.inf}, "parameter vehicle_width_m: inf is not allowed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_by_the_parameter_s_name(make: Any, changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make(values(**changes))
