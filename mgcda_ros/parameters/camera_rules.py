"""Where pictures come from, and where the camera sits on the vehicle."""

from __future__ import annotations

from mgcda_core.hazards.ground import GroundSettings
from mgcda_ros.parameters.rule import ParameterRule

CAMERA_RULES: tuple[ParameterRule, ...] = (
    ParameterRule("image_topic", "image", "Topic of the camera's pictures; relative names can be remapped."),
    ParameterRule(
        "image_transport",
        "raw",
        "raw: sensor_msgs/Image on image_topic. compressed: CompressedImage on image_topic + '/compressed'.",
        choices=("raw", "compressed"),
    ),
    ParameterRule("camera_info_topic", "camera_info", "Topic of the camera's sensor_msgs/CameraInfo."),
    ParameterRule(
        "image_reliability",
        "best_effort",
        "Reliability asked of the camera; best_effort accepts every publisher, reliable only reliable ones.",
        choices=("best_effort", "reliable"),
    ),
    ParameterRule(
        "extrinsics",
        "parameters",
        "Where the camera sits. parameters: as camera_height_m to camera_y_m say. tf: as the transform from the "
        "picture's frame_id to base_frame at the picture's stamp says; needs tf2_ros.",
        choices=("parameters", "tf"),
    ),
    ParameterRule(
        "base_frame",
        "base_link",
        "Frame of everything in metres: x forward, y left, z up (REP 105).",
    ),
    ParameterRule(
        "camera_height_m",
        0.0,
        "Height of the camera above the ground; 0: not known, and hazards have no position.",
        "m",
        0.1,
        10.0,
        or_zero=True,
    ),
    ParameterRule("camera_pitch_deg", 0.0, "How far the camera looks down; up is negative.", "deg", -90.0, 90.0),
    ParameterRule("camera_roll_deg", 0.0, "How far the camera leans to the right.", "deg", -180.0, 180.0),
    ParameterRule("camera_yaw_deg", 0.0, "How far the camera looks to the left.", "deg", -180.0, 180.0),
    ParameterRule("camera_x_m", 0.0, "How far the camera is ahead of base_frame's origin.", "m", -50.0, 50.0),
    ParameterRule("camera_y_m", 0.0, "How far the camera is to the left of base_frame's origin.", "m", -10.0, 10.0),
    ParameterRule(
        "ground_height_m",
        0.0,
        "With extrinsics: tf, the height of the ground in base_frame; minus the wheel's radius for a frame between "
        "the wheels.",
        "m",
        -10.0,
        10.0,
    ),
    ParameterRule(
        "transform_timeout_s",
        0.1,
        "With extrinsics: tf, how long a frame waits for its transform; without it hazards have no position and the "
        "status is DEGRADED.",
        "s",
        0.0,
        2.0,
    ),
    ParameterRule(
        "camera_pitch_sigma_deg",
        GroundSettings.pitch_sigma_deg,
        "Standard deviation of the camera's pitch against the road; braking and a road that bends count.",
        "deg",
        0.0,
        10.0,
    ),
    ParameterRule(
        "camera_roll_sigma_deg",
        GroundSettings.roll_sigma_deg,
        "Standard deviation of the camera's roll against the road.",
        "deg",
        0.0,
        10.0,
    ),
    ParameterRule(
        "camera_height_sigma_m",
        GroundSettings.height_sigma_m,
        "Standard deviation of the camera's height above the road.",
        "m",
        0.0,
        1.0,
    ),
    ParameterRule(
        "odometry_topic",
        "",
        "Topic of the vehicle's nav_msgs/Odometry, with base_frame as child_frame_id; empty: hazards are followed "
        "without the vehicle's motion.",
    ),
)
