"""What the parameters mean to the core: one function per part of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import Exported
from mgcda_core.following import FollowSettings
from mgcda_core.frame import Extrinsics
from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.ground import GroundSettings
from mgcda_core.hazards.ground_grid import GridSettings
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.hazards.track_settings import TrackSettings
from mgcda_core.monitoring.covered_part import CoveredPartSettings
from mgcda_core.monitoring.frozen import FrozenSettings
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_core.region_of_interest import RegionOfInterest
from mgcda_ros.cloud_settings import CloudSettings
from mgcda_ros.parameters.checking import ParameterError
from mgcda_ros.parameters.output_rules import OUTPUT_DESCRIPTIONS

Values = Mapping[str, Any]
"""By name, as Parameters.read() returns them: each is allowed by itself."""


@contextmanager
def _explained(**parameters: str) -> Iterator[None]:
    """Let a ValueError that begins with a field's name name the parameter that the field comes from."""
    try:
        yield
    except ValueError as error:
        field, colon, rest = str(error).partition(":")
        raise ParameterError(f"parameter {parameters.get(field, field)}{colon}{rest}") from None


def region_settings(values: Values, own_threshold: float) -> RegionSettings:
    """Return how regions are cut out; own_threshold: that of the weights. Raises ParameterError."""
    names = {field.name for field in fields(RegionSettings)} & values.keys() - {"threshold"}
    with _explained():
        return RegionSettings(values["threshold"] or own_threshold, **{name: values[name] for name in names})


def runtime_settings(values: Values) -> RuntimeSettings:
    """Return what runs the network, and where; raises ParameterError."""
    with _explained():
        return RuntimeSettings(**{field.name: values[field.name] for field in fields(RuntimeSettings)})


def check_latency_budget(values: Values, exported: Exported | None) -> None:
    """Raise ParameterError where pictures are to be lowered for a budget and the network takes one size alone."""
    if values["latency_budget_s"] and exported is not None:
        raise ParameterError(
            f"parameter latency_budget_s: {values['latency_budget_s']!r} is not allowed with weights exported "
            f"for {exported.width} x {exported.height} alone; set it to 0.0, or weights to the .safetensors file"
        )


def follow_settings(values: Values) -> FollowSettings:
    """Return how hazards are located, followed and judged to be in the way; raises ParameterError."""
    with _explained(pixel_sigma="region_border_sigma_px"):
        ground = GroundSettings(
            pixel_sigma=values["region_border_sigma_px"],
            pitch_sigma_deg=values["camera_pitch_sigma_deg"],
            roll_sigma_deg=values["camera_roll_sigma_deg"],
            height_sigma_m=values["camera_height_sigma_m"],
            maximum_distance_m=values["maximum_distance_m"],
        )
    with _explained():
        tracks = TrackSettings(
            confirm_hits=values["confirm_hits"],
            confirm_window=values["confirm_window"],
            time_to_live_s=values["time_to_live_s"],
        )
    if not values["follow_hazards"]:
        return FollowSettings(ground, None)
    if not values["vehicle_width_m"]:
        return FollowSettings(ground, tracks)
    with _explained(width_m="vehicle_width_m", front_m="vehicle_front_m", margin_m="vehicle_margin_m"):
        corridor = CorridorSettings(values["vehicle_width_m"], values["vehicle_front_m"], values["vehicle_margin_m"])
    return FollowSettings(ground, tracks, corridor)


def fixed_extrinsics(values: Values) -> Extrinsics | None:
    """Return where the parameters say that the camera sits, None where they do not; raises ParameterError."""
    if not values["camera_height_m"]:
        return None
    names = ("height_m", "pitch_deg", "roll_deg", "yaw_deg", "x_m", "y_m")
    with _explained(**{name: f"camera_{name}" for name in names}):
        return extrinsics_of(values["base_frame"], **{name: values[f"camera_{name}"] for name in names})


def region_of_interest(values: Values) -> RegionOfInterest:
    """Return the part of the picture that is looked at; raises ParameterError."""
    names = [field.name for field in fields(RegionOfInterest)]
    with _explained(**{name: f"region_of_interest_{name}" for name in names}):
        return RegionOfInterest(**{name: values[f"region_of_interest_{name}"] for name in names})


def monitor_settings(values: Values) -> MonitorSettings:
    """Return when a picture is called unfit."""
    return MonitorSettings(
        frozen=FrozenSettings(after_s=values["frozen_after_s"]),
        covered_part=CoveredPartSettings(views=values["covered_after_views"]),
    )


def cloud_settings(values: Values) -> CloudSettings:
    """Return what ~/cloud has."""
    return CloudSettings(values["cloud_spacing_m"], values["cloud_includes_tentative"])


def grid_settings(values: Values) -> GridSettings:
    """Return what ~/grid covers; raises ParameterError for too many cells."""
    names = [field.name for field in fields(GridSettings)]
    with _explained(**{name: f"grid_{name}" for name in names}):
        return GridSettings(**{name: values[f"grid_{name}"] for name in names})


def published_topics(values: Values) -> frozenset[str]:
    """Return the outputs that are wanted."""
    return frozenset(topic for topic in OUTPUT_DESCRIPTIONS if values[f"publish_{topic}"])
