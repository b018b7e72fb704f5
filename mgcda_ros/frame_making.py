"""A camera's messages -> Frames, with what is wrong with them reported: the node and the replay go this way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgcda_core.frame import Camera, Frame, Status
from mgcda_core.region_of_interest import RegionOfInterest
from mgcda_ros.health import Health
from mgcda_ros.images import ImageError, camera_from_info, compressed_to_rgb, image_to_rgb
from mgcda_ros.stamps import SECOND, to_nanoseconds

if TYPE_CHECKING:
    from sensor_msgs.msg import CameraInfo, CompressedImage, Image

WHOLE = RegionOfInterest()


class FrameMaker:
    """topic, info_topic: the pictures' and the calibration's, named in what is reported."""

    def __init__(self, health: Health, *, topic: str, info_topic: str) -> None:
        self._health, self._topic, self._info_topic = health, topic, info_topic
        self._camera: Camera | None = None
        self._last_stamp: int | None = None

    def calibrate(self, message: CameraInfo) -> None:
        """Take in the calibration of the pictures from now on."""
        try:
            self._camera = camera_from_info(message)
        except ImageError as error:
            # A calibration that was good before is not trusted once the camera says something else.
            self._camera = None
            self._health.report("camera_info", Status.DEGRADED, f"{self._info_topic}: {error}")
            return
        self._health.clear("camera_info")

    def frame(self, message: Image | CompressedImage, region: RegionOfInterest = WHOLE) -> Frame | None:
        """Return a picture as a Frame, or None with the condition "input" reported where it is none.

        region: the part of it that the frame is to be.
        """
        try:
            image = image_to_rgb(message) if hasattr(message, "encoding") else compressed_to_rgb(message)
        except ImageError as error:
            self._health.report("input", Status.BLIND, f"{self._topic}: {error}")
            return None
        if not image.flags.writeable:
            # Bytes of a bag; PyTorch wants arrays that could be written to.
            image = image.copy()
        stamp = to_nanoseconds(message.header.stamp)
        if self._last_stamp is not None and stamp < self._last_stamp:
            back_s = (self._last_stamp - stamp) / SECOND
            self._health.report("stamp", Status.DEGRADED, f"{self._topic}: the stamp went back by {back_s:.3f} s")
        else:
            self._health.clear("stamp")
        self._last_stamp = stamp
        frame = Frame(image, stamp, message.header.frame_id, self._matching_camera(image.shape[1], image.shape[0]))
        try:
            frame = region.cropped(frame)
        except ValueError as error:
            self._health.report("input", Status.BLIND, f"{self._topic}: {error}")
            return None
        self._health.clear("input")
        return frame

    def _matching_camera(self, width: int, height: int) -> Camera | None:
        camera = self._camera
        if camera is None:
            return None
        if (camera.width, camera.height) == (width, height):
            self._health.clear("camera_size")
            return camera
        self._health.report(
            "camera_size",
            Status.DEGRADED,
            f"{self._info_topic} describes {camera.width} x {camera.height} pixels, {self._topic} has "
            f"{width} x {height}: the calibration is not used; publish the one of this picture size",
        )
        return None
