"""All that the parameters say of one camera, as what the core and the watch over it understand."""

from __future__ import annotations

from dataclasses import dataclass, fields

from mgcda_core.following import FollowSettings
from mgcda_core.frame import Extrinsics
from mgcda_core.hazards.ground_grid import GridSettings
from mgcda_core.hazards.region_settings import RegionSettings
from mgcda_core.monitoring.monitor import MonitorSettings
from mgcda_core.region_of_interest import RegionOfInterest
from mgcda_ros import settings as meanings
from mgcda_ros.cloud_settings import CloudSettings
from mgcda_ros.settings import Values


@dataclass(frozen=True)
class Limits:
    """Seconds, as the parameters of the same names say: frame_deadline_s, maximum_input_age_s, maximum_latency_s."""

    frame_deadline_s: float
    maximum_input_age_s: float
    maximum_latency_s: float


@dataclass(frozen=True)
class View:
    """What of a camera's pictures is looked at. maximum_rate_hz: by their stamps; 0: all."""

    region: RegionOfInterest = RegionOfInterest()
    maximum_rate_hz: float = 0.0


@dataclass(frozen=True)
class CameraSettings:
    """What may change while a camera is looked at. extrinsics: None where the parameters do not tell.

    topics: the outputs that are published.
    """

    regions: RegionSettings
    follow: FollowSettings
    limits: Limits
    view: View
    monitor: MonitorSettings
    extrinsics: Extrinsics | None
    topics: frozenset[str]
    cloud: CloudSettings
    grid: GridSettings
    kept_frames: int


def camera_settings(values: Values, own_threshold: float) -> CameraSettings:
    """Return what a camera's parameters mean; own_threshold: of the weights. Raises ParameterError."""
    return CameraSettings(
        regions=meanings.region_settings(values, own_threshold),
        follow=meanings.follow_settings(values),
        limits=Limits(**{field.name: values[field.name] for field in fields(Limits)}),
        view=View(meanings.region_of_interest(values), values["maximum_rate_hz"]),
        monitor=meanings.monitor_settings(values),
        extrinsics=meanings.fixed_extrinsics(values),
        topics=meanings.published_topics(values),
        cloud=meanings.cloud_settings(values),
        grid=meanings.grid_settings(values),
        kept_frames=values["kept_frames"],
    )
