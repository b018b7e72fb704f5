"""Every raw encoding a camera driver emits: how it lies in Image.data, and how it becomes RGB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

ToRGB = Callable[[np.ndarray, int], np.ndarray]
"""From uint8 (R, S), R rows of S >= row bytes, and the width in pixels, to uint8 (H, W, 3) RGB."""


class ImageError(ValueError):
    """A message that cannot be turned into a picture or a camera, or an array that cannot be sent.

    problem: what is wrong. found: the value. allowed: what would have been right. remedy: what to
    do. The caller knows the topic and adds it.
    """

    def __init__(self, problem: str, found: object, allowed: str, remedy: str) -> None:
        super().__init__(problem, found, allowed, remedy)

    def __str__(self) -> str:
        problem, found, allowed, remedy = self.args
        return f"{problem}: found {found}; allowed: {allowed}; {remedy}"


@dataclass(frozen=True)
class Layout:
    """How one encoding lies in Image.data.

    samples: per pixel, in one row. sample_bytes: 1, or 2 for 16 bit. rows_per_line: rows of `step`
    bytes in the data for one line of the picture, more than one where chroma follows as a plane of
    its own. width_multiple, height_multiple: chroma is shared by so many pixels. minimum: least
    width and height in pixels.
    """

    samples: int
    to_rgb: ToRGB
    sample_bytes: int = 1
    rows_per_line: Fraction = Fraction(1)
    width_multiple: int = 1
    height_multiple: int = 1
    minimum: int = 1


def high_bytes(rows: np.ndarray, *, big_endian: bool) -> np.ndarray:
    """Scale 16-bit samples to 8 bit by the full-range shift (value >> 8), which is their high byte.

    rows: uint8 (R, 2 N), any row stride. Returns uint8 (R, N), C-contiguous. A camera that puts 12
    bits into the low end of 16 looks dark: 4095 becomes 15. Have the driver shift to the high end.
    """
    pairs = rows.reshape(rows.shape[0], -1, 2)
    return cv2.extractChannel(pairs, 0 if big_endian else 1).reshape(pairs.shape[:2])


def _pixels(rows: np.ndarray, width: int, samples: int) -> np.ndarray:
    """View rows, uint8 (R, S), without their padding, as (R, width, samples)."""
    return rows[:, : width * samples].reshape(rows.shape[0], width, samples)


def _rgb(rows: np.ndarray, width: int) -> np.ndarray:
    return np.ascontiguousarray(_pixels(rows, width, 3))


def _by_opencv(samples: int, code: int) -> ToRGB:
    def to_rgb(rows: np.ndarray, width: int) -> np.ndarray:
        return cv2.cvtColor(_pixels(rows, width, samples), code)

    return to_rgb


# ITU-R BT.601, limited range, with the coefficients OpenCV uses for its other YUV formats; the last
# column carries the offsets of 16 (luma) and 128 (chroma). From (Y, U, V) to (R, G, B).
_BT601 = np.array(
    [
        [1.164, 0.0, 1.596, -1.164 * 16 - 1.596 * 128],
        [1.164, -0.391, -0.813, -1.164 * 16 + (0.391 + 0.813) * 128],
        [1.164, 2.018, 0.0, -1.164 * 16 - 2.018 * 128],
    ]
)


def _nv24(rows: np.ndarray, width: int) -> np.ndarray:
    """Convert NV24, which OpenCV does not know: a luma plane, then U and V in turn, not subsampled.

    rows: uint8 (3 H, S), C-contiguous; a chroma line takes two rows (V4L2: twice the luma stride).
    """
    height, stride = rows.shape[0] // 3, rows.shape[1]
    # Luma below 16 is black in OpenCV's conversions, not blacker than black.
    luma = np.maximum(rows[:height, :width], 16)
    chroma = _pixels(rows[height:].reshape(height, 2 * stride), width, 2)
    yuv = np.empty((height, width, 3), np.uint8)
    cv2.mixChannels([luma[..., np.newaxis], chroma], [yuv], [0, 0, 1, 1, 2, 2])
    return cv2.transform(yuv, _BT601)


def _bayer(code: int, sample_bytes: int) -> Layout:
    # OpenCV answers black for pictures of fewer than three rows or columns.
    return Layout(1, _by_opencv(1, code), sample_bytes, minimum=3)


def _semi_planar(code: int) -> Layout:
    return Layout(1, _by_opencv(1, code), 1, Fraction(3, 2), width_multiple=2, height_multiple=2)


_GREY = _by_opencv(1, cv2.COLOR_GRAY2RGB)
_BGR = _by_opencv(3, cv2.COLOR_BGR2RGB)
_RGBA = _by_opencv(4, cv2.COLOR_RGBA2RGB)
_BGRA = _by_opencv(4, cv2.COLOR_BGRA2RGB)
_UYVY = Layout(2, _by_opencv(2, cv2.COLOR_YUV2RGB_UYVY), width_multiple=2)
_YUYV = Layout(2, _by_opencv(2, cv2.COLOR_YUV2RGB_YUYV), width_multiple=2)

LAYOUTS: dict[str, Layout] = {
    "rgb8": Layout(3, _rgb),
    "bgr8": Layout(3, _BGR),
    "rgba8": Layout(4, _RGBA),
    "bgra8": Layout(4, _BGRA),
    "mono8": Layout(1, _GREY),
    "rgb16": Layout(3, _rgb, 2),
    "bgr16": Layout(3, _BGR, 2),
    "rgba16": Layout(4, _RGBA, 2),
    "bgra16": Layout(4, _BGRA, 2),
    "mono16": Layout(1, _GREY, 2),
    "8UC1": Layout(1, _GREY),
    "8UC3": Layout(3, _BGR),
    "8UC4": Layout(4, _BGRA),
    "16UC1": Layout(1, _GREY, 2),
    "16UC3": Layout(3, _BGR, 2),
    "16UC4": Layout(4, _BGRA, 2),
    # OpenCV's old names, which cv_bridge uses, count from the second row: its BayerBG is RGGB.
    "bayer_rggb8": _bayer(cv2.COLOR_BayerRGGB2RGB, 1),
    "bayer_bggr8": _bayer(cv2.COLOR_BayerBGGR2RGB, 1),
    "bayer_gbrg8": _bayer(cv2.COLOR_BayerGBRG2RGB, 1),
    "bayer_grbg8": _bayer(cv2.COLOR_BayerGRBG2RGB, 1),
    "bayer_rggb16": _bayer(cv2.COLOR_BayerRGGB2RGB, 2),
    "bayer_bggr16": _bayer(cv2.COLOR_BayerBGGR2RGB, 2),
    "bayer_gbrg16": _bayer(cv2.COLOR_BayerGBRG2RGB, 2),
    "bayer_grbg16": _bayer(cv2.COLOR_BayerGRBG2RGB, 2),
    "yuv422": _UYVY,
    "uyvy": _UYVY,
    "yuv422_yuy2": _YUYV,
    "yuyv": _YUYV,
    "nv12": _semi_planar(cv2.COLOR_YUV2RGB_NV12),
    "nv21": _semi_planar(cv2.COLOR_YUV2RGB_NV21),
    "nv24": Layout(1, _nv24, 1, Fraction(3)),
}
"""By the names of sensor_msgs/image_encodings.hpp (Jazzy; nv12 is Rolling's).

8UC3, 8UC4, 16UC3 and 16UC4 name no colours; they are read as BGR(A), the order of the OpenCV arrays
that they are made from, as cv_bridge does for display. 16UC1 is read as grey: a depth picture under
that name cannot be told apart. Alpha is dropped. YUV is ITU-R BT.601, limited range.
"""
