"""Pictures and messages that the tests of image conversion share."""

from __future__ import annotations

import array

import numpy as np
from sensor_msgs.msg import Image

BAYER_TILES = {"rggb": "RGGB", "bggr": "BGGR", "gbrg": "GBRG", "grbg": "GRBG"}
YUV_TOLERANCE = 1
"""OpenCV computes in fixed point."""


def scene(height: int, width: int, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """Noise, (height, width, channels), every value of dtype possible."""
    generator = np.random.default_rng(height * 1000 + width)
    return generator.integers(0, np.iinfo(dtype).max + 1, (height, width, channels), dtype=dtype)


def raw_message(
    rows: np.ndarray,
    encoding: str,
    size: tuple[int, int],
    *,
    padding: int = 0,
    is_bigendian: int = 0,
) -> Image:
    """rows: uint8 (R, S), one per step of the message; size: (height, width)."""
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=0xEE)
    message = Image(height=size[0], width=size[1], encoding=encoding, is_bigendian=is_bigendian)
    message.step = padded.shape[1]
    message.data = array.array("B", padded.tobytes())
    return message


def as_rows(samples: np.ndarray, is_bigendian: int = 0) -> np.ndarray:
    """(H, W, C) of uint8 or uint16 as the bytes (H, S) of a message."""
    ordered = samples.astype(samples.dtype.newbyteorder(">" if is_bigendian else "<"))
    return np.frombuffer(ordered.tobytes(), np.uint8).reshape(len(samples), -1)


def yuv_to_rgb(yuv: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, limited range, in floating point; yuv: uint8 (H, W, 3)."""
    y, u, v = np.moveaxis(yuv.astype(np.float64), -1, 0)
    luma = 255 / 219 * (np.maximum(y, 16) - 16)
    chroma_blue, chroma_red = 255 / 112 * (u - 128), 255 / 112 * (v - 128)
    red = luma + 0.701 * chroma_red
    blue = luma + 0.886 * chroma_blue
    green = luma - 0.886 * 0.114 / 0.587 * chroma_blue - 0.701 * 0.299 / 0.587 * chroma_red
    return np.clip(np.rint(np.stack([red, green, blue], -1)), 0, 255).astype(np.uint8)


def mosaic_of(picture: np.ndarray, tile: str) -> np.ndarray:
    """What a sensor with this 2 x 2 colour filter would see of an RGB picture, (H, W, 1)."""
    mosaic = np.empty((*picture.shape[:2], 1), picture.dtype)
    for index, colour in enumerate(tile):
        y, x = divmod(index, 2)
        mosaic[y::2, x::2, 0] = picture[y::2, x::2, "RGB".index(colour)]
    return mosaic
