"""When a frame counts as late, old or unfit, and how the node starts."""

from __future__ import annotations

from mgcda_core.monitoring.covered_part import CoveredPartSettings
from mgcda_core.monitoring.frozen import FrozenSettings
from mgcda_ros.parameters.rule import ParameterRule

WATCHING_RULES: tuple[ParameterRule, ...] = (
    ParameterRule("frame_deadline_s", 1.0, "Without a frame for this long the status is STALE.", "s", 0.05, 60.0),
    ParameterRule(
        "maximum_input_age_s",
        1.0,
        "Frames whose stamp is further than this from the node's clock are STALE and not looked at; 0: any age goes.",
        "s",
        0.0,
        3600.0,
    ),
    ParameterRule(
        "maximum_latency_s",
        1.0,
        "If a report comes later than this after its frame arrived, the status is DEGRADED.",
        "s",
        0.01,
        60.0,
    ),
    ParameterRule(
        "latency_budget_s",
        0.0,
        "If most reports come later than this after their frames arrived, the network's resolution goes down by steps, "
        "to half of long_side_px at most, and up again when there is time; DEGRADED while it is down. 0: never.",
        "s",
        0.01,
        60.0,
        or_zero=True,
    ),
    ParameterRule(
        "frozen_after_s",
        FrozenSettings.after_s,
        "If the same picture comes for this long with new stamps, the status is DEGRADED; 0: never, for a camera "
        "without noise on a vehicle that stands still.",
        "s",
        0.0,
        60.0,
    ),
    ParameterRule(
        "covered_after_views",
        CoveredPartSettings.views,
        "If part of the picture stays dark and plain in this many different views, the status is DEGRADED; 0: never, "
        "for a camera that sees its own vehicle.",
        "",
        0,
        10000,
    ),
    ParameterRule(
        "diagnostics_period_s", 1.0, "How often /diagnostics tells of rate, latency and memory.", "s", 0.1, 60.0
    ),
    ParameterRule(
        "kept_frames",
        10,
        "How many frames of each camera ~/save_frames can save; each takes the memory of its picture.",
        "frames",
        0,
        1000,
    ),
    ParameterRule("kept_frames_folder", "~/.ros/mgcda", "Where ~/save_frames writes them, a folder for each call."),
    ParameterRule("heartbeat_s", 0.5, "A status is published at least this often, frames or none.", "s", 0.05, 10.0),
    ParameterRule(
        "autostart",
        True,
        "Configure and activate without being asked, and try again while that fails; false: a lifecycle manager does.",
        read_only=True,
    ),
    ParameterRule("autostart_retry_s", 5.0, "Time between two such tries.", "s", 0.1, 3600.0),
)
