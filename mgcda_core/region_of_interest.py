"""The part of a camera's picture that is looked at: its own bonnet or a mirror, say, left out."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from mgcda_core.frame import Camera, Frame

LEAST_SIDE_PX = 32
"""The smallest picture that the detector takes."""


@dataclass(frozen=True)
class RegionOfInterest:
    """Its borders as shares of the picture's width (left, right) and height (top, bottom), each in [0, 1].

    Raises ValueError where a share is not allowed or the region has no inside.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name}: {getattr(self, field.name)} is not allowed; it must be from 0 to 1")
        for low, high in (("left", "right"), ("top", "bottom")):
            if not getattr(self, low) < getattr(self, high):
                raise ValueError(
                    f"{high}: {getattr(self, high)} is not allowed; it must be above {low}, {getattr(self, low)}"
                )

    @property
    def is_whole(self) -> bool:
        """Return whether it is the whole picture."""
        return self == RegionOfInterest()

    def box_px(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return (x_min, y_min, x_max, y_max) in a picture of this size, pixels, the maxima exclusive."""
        return (
            round(self.left * width), round(self.top * height), round(self.right * width), round(self.bottom * height),
        )  # fmt: skip

    def cropped(self, frame: Frame) -> Frame:
        """Return the frame as if the camera had taken no more than the region: a view of its picture, its calibration.

        So whatever the region's border cuts off is known to go on, as at the picture's own. Raises ValueError where
        less than LEAST_SIDE_PX of either side is left.
        """
        if self.is_whole:
            return frame
        height, width = frame.image.shape[:2]
        x_min, y_min, x_max, y_max = self.box_px(width, height)
        if min(x_max - x_min, y_max - y_min) < LEAST_SIDE_PX:
            raise ValueError(
                f"region of interest: {x_max - x_min} x {y_max - y_min} pixels of {width} x {height} are not allowed; "
                f"it must be {LEAST_SIDE_PX} pixels or more each way"
            )
        camera = None if frame.camera is None else _moved(frame.camera, x_min, y_min, x_max, y_max)
        return replace(frame, image=frame.image[y_min:y_max, x_min:x_max], camera=camera)


def _moved(camera: Camera, x_min: int, y_min: int, x_max: int, y_max: int) -> Camera:
    intrinsics = camera.intrinsics.copy()
    intrinsics[:2, 2] -= x_min, y_min
    return replace(camera, width=x_max - x_min, height=y_max - y_min, intrinsics=intrinsics)
