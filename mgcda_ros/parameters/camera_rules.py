"""Where pictures come from, and where the camera sits on the vehicle."""

from __future__ import annotations

from mgcda_core.hazards.ground import GroundSettings
from mgcda_ros.parameters.rule import ParameterRule

CAMERA_RULES: tuple[ParameterRule, ...] = (
    ParameterRule(
        "cameras",
        "",
        "Names of several cameras, separated by commas, that share one model; each publishes below ~/NAME/ and has its "
        "own NAME.image_topic (by default NAME/image) and so on. Empty: one camera without a name.",
        read_only=True,
    ),
    ParameterRule(
        "image_topic",
        "image",
        "Topic of the camera's pictures; relative names can be remapped.",
        per_camera=True,
        at_configure=True,
    ),
    ParameterRule(
        "image_transport",
        "raw",
        "raw: sensor_msgs/Image on image_topic. compressed: CompressedImage on image_topic + '/compressed'.",
        choices=("raw", "compressed"),
        per_camera=True,
        at_configure=True,
    ),
    ParameterRule(
        "camera_info_topic",
        "camera_info",
        "Topic of the camera's sensor_msgs/CameraInfo.",
        per_camera=True,
        at_configure=True,
    ),
    ParameterRule(
        "image_reliability",
        "best_effort",
        "Reliability asked of the camera; best_effort accepts every publisher, reliable only reliable ones.",
        choices=("best_effort", "reliable"),
        per_camera=True,
        at_configure=True,
    ),
    ParameterRule(
        "maximum_rate_hz",
        0.0,
        "Frames that come faster are skipped and counted, by their stamps; 0: as fast as the model is.",
        "Hz",
        0.5,
        1000.0,
        or_zero=True,
        per_camera=True,
    ),
    *(
        ParameterRule(
            f"region_of_interest_{side}",
            default,
            f"{what} border of what is looked at, as a share of the picture's {of}; nothing is ever found outside.",
            "",
            0.0,
            1.0,
            per_camera=True,
        )
        for side, default, what, of in (
            ("left", 0.0, "Left", "width"),
            ("top", 0.0, "Upper", "height"),
            ("right", 1.0, "Right", "width"),
            ("bottom", 1.0, "Lower", "height"),
        )
    ),
    ParameterRule(
        "extrinsics",
        "parameters",
        "Where the camera sits. parameters: as camera_height_m to camera_y_m say. tf: as the transform from the "
        "picture's frame_id to base_frame at the picture's stamp says; needs tf2_ros.",
        choices=("parameters", "tf"),
        at_configure=True,
    ),
    ParameterRule(
        "base_frame",
        "base_link",
        "Frame of everything in metres: x forward, y left, z up (REP 105).",
        at_configure=True,
    ),
    ParameterRule(
        "camera_height_m",
        0.0,
        "Height of the camera above the ground; 0: not known, and hazards have no position.",
        "m",
        0.1,
        10.0,
        or_zero=True,
        per_camera=True,
    ),
    ParameterRule(
        "camera_pitch_deg", 0.0, "How far the camera looks down; up is negative.", "deg", -90.0, 90.0, per_camera=True
    ),
    ParameterRule(
        "camera_roll_deg", 0.0, "How far the camera leans to the right.", "deg", -180.0, 180.0, per_camera=True
    ),
    ParameterRule(
        "camera_yaw_deg", 0.0, "How far the camera looks to the left.", "deg", -180.0, 180.0, per_camera=True
    ),
    ParameterRule(
        "camera_x_m", 0.0, "How far the camera is ahead of base_frame's origin.", "m", -50.0, 50.0, per_camera=True
    ),
    ParameterRule(
        "camera_y_m",
        0.0,
        "How far the camera is to the left of base_frame's origin.",
        "m",
        -10.0,
        10.0,
        per_camera=True,
    ),
    ParameterRule(
        "ground_height_m",
        0.0,
        "With extrinsics: tf, the height of the ground in base_frame; minus the wheel's radius for a frame between "
        "the wheels.",
        "m",
        -10.0,
        10.0,
        at_configure=True,
    ),
    ParameterRule(
        "transform_timeout_s",
        0.1,
        "With extrinsics: tf, how long a frame waits for its transform; without it hazards have no position and the "
        "status is DEGRADED.",
        "s",
        0.0,
        2.0,
        at_configure=True,
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
        at_configure=True,
    ),
)
