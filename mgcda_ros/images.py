"""sensor_msgs <-> numpy: pictures in, cameras in, pictures out. No node, no cv_bridge needed.

What comes in may be a message of rclpy or of rosbags: both have the same fields."""

from __future__ import annotations

import array
import re
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mgcda_ros.camera_info import camera_from_info
from mgcda_ros.compressed import compressed_size
from mgcda_ros.encodings import LAYOUTS, ImageError, Layout, high_bytes

if TYPE_CHECKING:
    # Pictures of a bag are read where no ROS is installed: only who writes messages needs their packages.
    from sensor_msgs.msg import CompressedImage, Image
    from std_msgs.msg import Header

__all__ = ["ImageError", "camera_from_info", "compressed_to_rgb", "image_to_rgb", "rgb_to_image"]

MAXIMUM_PIXELS = 64_000_000
"""A compressed picture larger than this is taken for a damaged header."""

MAXIMUM_SURPLUS = 4096
"""Bytes of Image.data beyond step * rows that are ignored: some drivers send whole memory pages."""

_NO_PICTURE = re.compile(r"(8S|16S|32S|32F|64F)C\d*")

_OUTPUTS = {
    "mono8": ("uint8 or bool (H, W)", 2, (np.uint8, np.bool_)),
    "32FC1": ("float32 (H, W)", 2, (np.float32,)),
    "bgr8": ("uint8 (H, W, 3)", 3, (np.uint8,)),
    "rgb8": ("uint8 (H, W, 3)", 3, (np.uint8,)),
}


def image_to_rgb(message: Image) -> np.ndarray:
    """Return the picture as uint8 (H, W, 3) RGB, C-contiguous.

    For rgb8 without padding this is a view on the message: do not write to it. Everything else is
    one new array. Encodings: encodings.LAYOUTS; any other is handed to cv_bridge where that is
    installed. 16 bit is shifted to 8 (value >> 8), so 12 bits at the low end of 16 look dark.

    Raises ImageError: empty picture, unknown encoding, depth (float and signed types), odd size of
    a subsampled format, step or data too short, or data longer by more than MAXIMUM_SURPLUS bytes,
    where height or step must be wrong and part of the picture would be lost.
    Source: sensor_msgs/msg/Image.
    """
    width, height, encoding = message.width, message.height, message.encoding
    if width == 0 or height == 0:
        found = f"{width} x {height}"
        raise ImageError("the picture is empty", found, "1 x 1 or more", "check the driver")
    if _NO_PICTURE.fullmatch(encoding):
        raise _depth_error(encoding)
    layout = LAYOUTS.get(encoding)
    if layout is None:
        return _by_cv_bridge(message)

    lines = _lines(message, layout)
    if layout.sample_bytes == 2:
        samples = lines[:, : 2 * width * layout.samples]
        lines = high_bytes(samples, big_endian=bool(message.is_bigendian))
    return layout.to_rgb(lines, width)


def compressed_to_rgb(message: CompressedImage) -> np.ndarray:
    """Decode a JPEG, PNG or WebP picture to uint8 (H, W, 3) RGB, C-contiguous.

    The codec is told by the data. Of the format, "ORIGINAL; CODEC compressed TARGET", three things
    count: depth is refused; "compressed rgb" means that red and blue were exchanged before coding,
    as compressed_image_transport reads it; a Bayer original with no target (PNG) is a mosaic still
    and is demosaiced. Grey is repeated over the channels, alpha dropped, 16 bit shifted to 8. EXIF
    orientation is ignored: cameras do not set it, and CameraInfo would no longer fit.

    Raises ImageError: no data, depth, another codec (video among them), more than MAXIMUM_PIXELS,
    data that cannot be decoded. Source: sensor_msgs/msg/CompressedImage.
    """
    original, _, codec = (part.strip() for part in message.format.partition(";"))
    if "compressedDepth" in message.format or _NO_PICTURE.fullmatch(original):
        raise _depth_error(message.format)
    remedy = "set the transport's format to jpeg or png, and check the driver and the network"
    found = f"{len(message.data)} bytes of format '{message.format}'"
    if len(message.data) == 0:
        raise ImageError("the compressed picture is empty", found, "JPEG, PNG, WebP", remedy)

    data = np.frombuffer(message.data, np.uint8)
    size = compressed_size(data.data)
    if size is None:
        found += f", which begins with {data[:4].tobytes()!r}"
        raise ImageError("this is no picture", found, "JPEG, PNG, WebP", remedy)
    if size[0] * size[1] > MAXIMUM_PIXELS:
        found, allowed = f"{size[0]} x {size[1]}", f"{MAXIMUM_PIXELS} pixels"
        raise ImageError("the picture is too large", found, allowed, remedy)
    picture = _decode(data)
    if picture is None:
        allowed = "a whole JPEG, PNG or WebP file"
        raise ImageError("the picture cannot be decoded", found, allowed, remedy)
    if "compressed rgb" in codec:
        return picture
    if original.startswith("bayer_") and original in LAYOUTS and codec == "png compressed":
        mosaic = cv2.extractChannel(picture, 0).reshape(picture.shape[:2])
        return LAYOUTS[original].to_rgb(mosaic, mosaic.shape[1])
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture)


def rgb_to_image(picture: np.ndarray, *, encoding: str, header: Header) -> Image:
    """Return a message that holds a copy of picture, ready to publish.

    picture: uint8 or bool (H, W) for mono8 (True becomes 255), float32 (H, W) for 32FC1, uint8
    (H, W, 3) for rgb8 (an RGB array) and bgr8 (a BGR array); channels are written as they are. Any
    memory layout. header is kept, not copied. Raises ImageError for any other array or encoding.
    """
    from sensor_msgs.msg import Image

    if encoding not in _OUTPUTS:
        known = ", ".join(_OUTPUTS)
        raise ImageError("this encoding is not written", f"'{encoding}'", known, "use one of these")
    allowed, dimensions, types = _OUTPUTS[encoding]
    found = f"{picture.dtype} {picture.shape}"
    shaped = picture.ndim == dimensions and picture.shape[2:] in ((), (3,))
    if not shaped or picture.dtype not in types:
        problem = f"the array does not suit '{encoding}'"
        raise ImageError(problem, found, allowed, "convert it first")
    if picture.size == 0:
        raise ImageError("the picture is empty", found, "1 x 1 or more", "publish nothing instead")

    # 0.5 ms for 1920 x 1080 rgb8; assigning bytes or a numpy array to Image.data takes 5 to 400 ms,
    # and so does the message's constructor, which copies the array element by element.
    written = np.float32 if encoding == "32FC1" else np.uint8
    data = array.array("B", b"\0") * picture.nbytes
    target = np.frombuffer(data, written).reshape(picture.shape)
    np.copyto(target, picture)
    if picture.dtype == np.bool_:
        np.multiply(target, 255, out=target)
    message = Image()
    message.header = header
    message.height, message.width = picture.shape[:2]
    message.encoding = encoding
    message.is_bigendian = int(sys.byteorder == "big")
    message.step = len(data) // message.height
    message.data = data
    return message


def _lines(message: Image, layout: Layout) -> np.ndarray:
    """View the data, checked against size, step and layout, as uint8 (R, step)."""
    width, height, step, encoding = message.width, message.height, message.step, message.encoding
    across, down, least = layout.width_multiple, layout.height_multiple, layout.minimum
    if width % across or height % down or min(width, height) < least:
        raise ImageError(
            f"the size does not suit '{encoding}'",
            f"{width} x {height}",
            f"multiples of {across} x {down}, {least} x {least} or more",
            "set another size or another encoding in the driver",
        )
    row_bytes = width * layout.samples * layout.sample_bytes
    if step < row_bytes:
        raise ImageError(
            f"step is too short for {width} pixels of '{encoding}'",
            f"{step} bytes",
            f"{row_bytes} bytes or more",
            "check that the driver's encoding is the one it fills in",
        )
    rows = int(height * layout.rows_per_line)
    needed, present = step * rows, len(message.data)
    if present < needed:
        raise ImageError(
            "the data is truncated",
            f"{present} of {needed} bytes",
            f"step * rows = {step} * {rows}",
            "check the driver and the network",
        )
    if present > needed + MAXIMUM_SURPLUS:
        raise ImageError(
            "the data is longer than the picture",
            f"{present} instead of {needed} bytes",
            f"step * rows = {step} * {rows}, and up to {MAXIMUM_SURPLUS} more",
            "check that the driver's height and step are those it fills in",
        )
    return np.frombuffer(message.data, np.uint8, count=needed).reshape(rows, step)


def _decode(data: np.ndarray) -> np.ndarray | None:
    """Decode uint8 (N,) to uint8 (H, W, 3) BGR, or None where that fails."""
    try:
        # BGR, not IMREAD_COLOR_RGB: OpenCV 4.6, which ROS 2 Jazzy brings, does not have that.
        return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None


def _depth_error(found: str) -> ImageError:
    problem = "this is a depth or measurement picture, not a camera picture"
    remedy = "subscribe to the camera's colour or grey topic"
    return ImageError(problem, f"'{found}'", ", ".join(LAYOUTS), remedy)


def _by_cv_bridge(message: Image) -> np.ndarray:
    """Let cv_bridge convert an encoding that is not in LAYOUTS."""
    problem, found, known = "the encoding is not known", f"'{message.encoding}'", ", ".join(LAYOUTS)
    try:
        from cv_bridge import CvBridge, CvBridgeError
    except ImportError as error:
        remedy = "set the driver to one of these, or install cv_bridge, which may know it"
        raise ImageError(problem, found, known, remedy) from error
    try:
        return np.ascontiguousarray(CvBridge().imgmsg_to_cv2(message, desired_encoding="rgb8"))
    except (CvBridgeError, TypeError) as error:  # TypeError: from numpy, where data is too short
        remedy = f"set the driver to one of these; cv_bridge could not convert it either ({error})"
        raise ImageError(problem, found, known, remedy) from error
