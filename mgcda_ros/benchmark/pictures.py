"""What a benchmark looks at: a rendered drive as messages of a camera, and regions that are made up."""

from __future__ import annotations

import array
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from mgcda_core.frame import Camera
from mgcda_core.hazards.mounting import extrinsics_of
from mgcda_core.simulation.drive import Drive, RenderedFrame
from mgcda_ros.images import image_to_rgb, rgb_to_image

SEED = 7
"""Of the drive: one that was never trained on."""
INTERVAL_NS = 100_000_000
JPEG_QUALITY = 95
"""image_transport's default."""


class Shot(NamedTuple):
    """One picture of the camera. message: rgb8 without padding. stamp: nanoseconds."""

    message: Image
    camera: Camera
    stamp: int


class Pictures:
    """The pictures of a drive at ten per second. width and height: pixels, as Drive allows."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._drive = Drive(seed=SEED, width=width, height=height)

    def shot(self, number: int) -> Shot:
        """Return a picture of the drive by its number, 0 or more."""
        stamp = number * INTERVAL_NS
        rendered = self._drive.render(stamp / 1e9)
        message = rgb_to_image(rendered.image, encoding="rgb8", header=Header(frame_id="camera"))
        return Shot(message, mounted(rendered), stamp)


def as_jpeg(message: Image) -> CompressedImage:
    """Return a picture as image_transport would send it compressed."""
    picture = cv2.cvtColor(image_to_rgb(message), cv2.COLOR_RGB2BGR)
    written, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    if not written:
        raise RuntimeError(f"OpenCV could not write a JPEG of {message.width} x {message.height} pixels")
    compressed = CompressedImage(header=message.header, format="rgb8; jpeg compressed bgr8")
    compressed.data = array.array("B", data.tobytes())
    return compressed


def mounted(rendered: RenderedFrame) -> Camera:
    """Return the camera of a rendered frame with where it sits."""
    pitch_deg = float(np.rad2deg(rendered.camera_pitch_rad))
    extrinsics = extrinsics_of("base_link", rendered.camera_height_m, pitch_deg, 0.0, 0.0, 0.0, 0.0)
    return replace(rendered.camera, extrinsics=extrinsics)


def made_up_regions(height: int, width: int, count: int) -> np.ndarray:
    """Return probabilities, float32 (height, width), with count ellipses of 0.9 on the lower half, 0 elsewhere.

    They stand in five rows, the lower ones larger: things about 1 m wide on a road, 8 to 50 m away; no two touch.
    """
    probability = np.zeros((height, width), np.float32)
    columns = -(-count // 5)
    for number in range(count):
        row, column = number % 5, number // 5
        centre = (round((column + 0.5) * width / columns), round(height * (0.5 + 0.06 * row)))
        wide = 0.008 + 0.007 * row
        axes = (round(min(wide, 0.4 / columns) * width), round(0.5 * wide * height))
        cv2.ellipse(probability, centre, axes, 0, 0, 360, 0.9, -1)
    return probability
