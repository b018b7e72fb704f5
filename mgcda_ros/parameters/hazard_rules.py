"""What becomes a hazard, where it stands, when it is believed, and when it is in the way."""

from __future__ import annotations

from mgcda_core.hazards.corridor import CorridorSettings
from mgcda_core.hazards.ground import GroundSettings
from mgcda_core.hazards.region_settings import MINIMUM_AREA_SHARE, RegionSettings
from mgcda_core.hazards.track_settings import TrackSettings
from mgcda_ros.parameters.rule import ParameterRule

HAZARD_RULES: tuple[ParameterRule, ...] = (
    ParameterRule(
        "threshold",
        0.0,
        "Anomaly probability above which a pixel belongs to a hazard; 0: the weights' own, from held-out data.",
        "",
        0.0,
        0.999,
    ),
    ParameterRule(
        "minimum_area_share",
        MINIMUM_AREA_SHARE,
        "Smallest hazard, as a share of the picture's pixels; 0.00003 is 62 pixels of 1920 x 1080.",
        "",
        0.0,
        0.01,
    ),
    ParameterRule(
        "far_area_ratio",
        RegionSettings.far_area_ratio,
        "Smallest hazard at the horizon, relative to that at the picture's lower border; 1: the same everywhere.",
        "",
        0.01,
        1.0,
    ),
    ParameterRule(
        "grow_share",
        RegionSettings.grow_share,
        "A region grows to connected pixels above this share of threshold; 1: no growth.",
        "",
        0.05,
        1.0,
    ),
    ParameterRule(
        "maximum_hole_share",
        RegionSettings.maximum_hole_share,
        "Holes up to this share of a region are filled; 0: none.",
        "",
        0.0,
        1.0,
    ),
    ParameterRule(
        "merge_gap",
        RegionSettings.merge_gap,
        "Two regions one above the other are one hazard where the gap is up to this times the root of the smaller "
        "one's area; 0: never.",
        "",
        0.0,
        5.0,
    ),
    ParameterRule(
        "split_depth",
        RegionSettings.split_depth,
        "A large region is two hazards where the probability between its peaks falls by more than this; 1: never.",
        "",
        0.01,
        1.0,
    ),
    ParameterRule(
        "off_road_weight",
        RegionSettings.off_road_weight,
        "What the score of a hazard with no road around it is multiplied by; 1: no difference.",
        "",
        0.0,
        1.0,
    ),
    ParameterRule(
        "minimum_score",
        RegionSettings.minimum_score,
        "Hazards with a lower score are not published; 0: all are, also those in the sky or on a facade.",
        "",
        0.0,
        0.999,
    ),
    ParameterRule(
        "region_border_sigma_px",
        GroundSettings.pixel_sigma,
        "Standard deviation of a region's border, in pixels of the camera.",
        "px",
        0.0,
        50.0,
    ),
    ParameterRule(
        "maximum_distance_m",
        GroundSettings.maximum_distance_m,
        "Hazards farther away have no position; they are hazards all the same.",
        "m",
        1.0,
        500.0,
    ),
    ParameterRule(
        "follow_hazards",
        True,
        "Hazards are followed from frame to frame; false for pictures that do not follow each other: then none is ever "
        "confirmed, and ~/stop_distance is NaN.",
    ),
    ParameterRule(
        "confirm_hits",
        TrackSettings.confirm_hits,
        "A hazard is confirmed once it was seen in this many of its last confirm_window frames.",
        "frames",
        1,
        100,
    ),
    ParameterRule("confirm_window", TrackSettings.confirm_window, "See confirm_hits.", "frames", 1, 100),
    ParameterRule(
        "time_to_live_s",
        TrackSettings.time_to_live_s,
        "A confirmed hazard that is not seen any more is kept this long, where the vehicle's motion puts it.",
        "s",
        0.1,
        60.0,
    ),
    ParameterRule(
        "vehicle_width_m",
        0.0,
        "Width of the vehicle, for ~/stop_distance; 0: not known, and ~/stop_distance is NaN.",
        "m",
        0.1,
        10.0,
        or_zero=True,
    ),
    ParameterRule(
        "vehicle_front_m",
        0.0,
        "From base_frame's origin to the vehicle's foremost point; must be right where vehicle_width_m is given.",
        "m",
        0.0,
        20.0,
    ),
    ParameterRule(
        "vehicle_margin_m",
        CorridorSettings.margin_m,
        "Room to either side of the vehicle that belongs to its corridor.",
        "m",
        0.0,
        5.0,
    ),
)
