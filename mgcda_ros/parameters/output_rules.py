"""What is published, and in which form."""

from __future__ import annotations

from mgcda_core.hazards.ground_grid import GridSettings
from mgcda_ros.cloud_settings import CloudSettings
from mgcda_ros.parameters.rule import ParameterRule

OUTPUT_DESCRIPTIONS: dict[str, str] = {
    "score": "the anomaly probability of every pixel",
    "mask": "where hazards are in the picture",
    "overlay": "the picture with hazards and status drawn in",
    "markers": "the hazards for RViz",
    "hazards": "boxes in the picture as vision_msgs",
    "hazards_3d": "boxes on the ground as vision_msgs",
    "objects": "boxes on the ground as autoware_perception_msgs",
    "cloud": "the ground that hazards stand on as points",
    "grid": "the ground around the vehicle as an occupancy grid",
    "nearest": "the ground that the nearest confirmed hazard stands on",
    "stop_distance": "metres to the nearest confirmed hazard in the vehicle's corridor",
}
"""By topic, below the node's name."""

OUTPUT_RULES: tuple[ParameterRule, ...] = (
    *(
        ParameterRule(f"publish_{topic}", True, f"~/{topic}: {what}. Without a subscriber it costs nothing.")
        for topic, what in OUTPUT_DESCRIPTIONS.items()
    ),
    ParameterRule(
        "detections",
        "auto",
        "~/hazards as vision_msgs. auto: where vision_msgs is installed. required: refuse to configure without it.",
        choices=("auto", "required"),
        at_configure=True,
    ),
    ParameterRule(
        "cloud_spacing_m", CloudSettings.spacing_m, "How far the points of ~/cloud lie apart.", "m", 0.01, 1.0
    ),
    ParameterRule(
        "cloud_includes_tentative",
        CloudSettings.includes_tentative,
        "~/cloud has hazards that are not confirmed yet; false for a costmap that nothing clears.",
    ),
    ParameterRule(
        "grid_resolution_m",
        GridSettings.resolution_m,
        "Side of a cell of ~/grid.",
        "m",
        0.05,
        2.0,
    ),
    ParameterRule("grid_ahead_m", GridSettings.ahead_m, "How far ~/grid reaches ahead.", "m", 1.0, 200.0),
    ParameterRule("grid_behind_m", GridSettings.behind_m, "How far ~/grid reaches back.", "m", 0.0, 100.0),
    ParameterRule("grid_aside_m", GridSettings.aside_m, "How far ~/grid reaches to either side.", "m", 1.0, 100.0),
    ParameterRule(
        "grid_decay_s", GridSettings.decay_s, "How long ~/grid keeps a hazard that is no longer seen.", "s", 0.0, 60.0
    ),
)
