"""sensor_msgs/CompressedImage to numpy: codecs, damaged data, and every way to be refused."""

from __future__ import annotations

import array
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_samples import mosaic_of, scene
from sensor_msgs.msg import CompressedImage

from mgcda_ros.images import (
    MAXIMUM_PIXELS,
    ImageError,
    compressed_to_rgb,
)


def compressed(data: bytes | np.ndarray, text: str) -> CompressedImage:
    message = CompressedImage(format=text)
    message.data = array.array("B", bytes(data))
    return message


def encoded(suffix: str, picture: np.ndarray, *options: int) -> bytes:
    """picture in the channel order that OpenCV expects, BGR(A)."""
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def smooth(height: int = 48, width: int = 64) -> np.ndarray:
    """A BGR gradient that JPEG keeps within a few levels; blue, green and red clearly differ."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 2, y * 2 + 60, 250 - x], -1).astype(np.uint8)


LOSSLESS_WEBP = (cv2.IMWRITE_WEBP_QUALITY, 101)
COMPRESSED_CASES = {
    "jpeg": (".jpg", "bgr8; jpeg compressed bgr8", (), 6),
    "jpeg of rgb8": (".jpg", "rgb8; jpeg compressed bgr8", (), 6),
    "bare jpeg": (".jpg", "jpeg", (), 6),
    "no format": (".jpg", "", (), 6),
    "progressive jpeg": (".jpg", "jpeg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), 6),
    "png": (".png", "bgr8; png compressed bgr8", (), 0),
    "mislabelled": (".png", "jpeg", (), 0),
    "lossless webp": (".webp", "webp", LOSSLESS_WEBP, 0),
    "lossy webp": (".webp", "bgr8; webp compressed bgr8", (cv2.IMWRITE_WEBP_QUALITY, 95), 8),
}


@pytest.mark.parametrize(("suffix", "text", "options", "tolerance"), COMPRESSED_CASES.values(), ids=COMPRESSED_CASES)
def test_compressed_picture_comes_out_as_rgb(suffix: str, text: str, options: tuple[int, ...], tolerance: int) -> None:
    bgr = smooth()
    picture = compressed_to_rgb(compressed(encoded(suffix, bgr, *options), text))
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert np.abs(picture.astype(int) - bgr[..., ::-1]).max() <= tolerance


def test_sixteen_bit_png_is_shifted() -> None:
    bgr = scene(9, 11, 3, np.uint16)
    picture = compressed_to_rgb(compressed(encoded(".png", bgr), "bgr16; png compressed bgr16"))
    np.testing.assert_array_equal(picture, bgr[..., ::-1] >> 8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_png_is_repeated(dtype: type) -> None:
    grey = scene(9, 11, 1, dtype)
    picture = compressed_to_rgb(compressed(encoded(".png", grey), "mono8; png compressed "))
    expected = grey >> (8 if dtype == np.uint16 else 0)
    np.testing.assert_array_equal(picture, expected.repeat(3, axis=2))


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_alpha_is_dropped(suffix: str) -> None:
    bgra = np.dstack([smooth(), np.full((48, 64), 128, np.uint8)])
    options = LOSSLESS_WEBP if suffix == ".webp" else ()
    picture = compressed_to_rgb(compressed(encoded(suffix, bgra, *options), "png"))
    np.testing.assert_array_equal(picture, smooth()[..., ::-1])


def test_red_and_blue_are_exchanged_back_where_the_format_says_so() -> None:
    """compressed_image_transport takes 'compressed rgb' for an RGB array coded as if BGR."""
    rgb = smooth()
    message = compressed(encoded(".png", rgb), "rgb8; png compressed rgb8")
    np.testing.assert_array_equal(compressed_to_rgb(message), rgb)


@pytest.mark.parametrize("bits", [8, 16])
def test_bayer_png_is_demosaiced(bits: int) -> None:
    """compressed_image_transport codes the mosaic itself as grey PNG."""
    picture = np.broadcast_to(np.array([200, 120, 40], np.uint16), (6, 8, 3)) << (bits - 8)
    mosaic = mosaic_of(picture, "GBRG").astype(np.uint8 if bits == 8 else np.uint16)
    message = compressed(encoded(".png", mosaic), f"bayer_gbrg{bits}; png compressed ")
    np.testing.assert_array_equal(compressed_to_rgb(message), picture >> (bits - 8))


def test_exif_orientation_is_ignored() -> None:
    jpeg = encoded(".jpg", smooth())
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + bytes(4)
    segment = b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff
    turned = jpeg[:2] + segment + jpeg[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)
    assert compressed_to_rgb(compressed(turned, "jpeg")).shape == (48, 64, 3)


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum


def jpeg_header(width: int, height: int) -> bytes:
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3)
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xff\xc0" + frame + bytes(9)


def webp_header(chunk: bytes, payload: bytes) -> bytes:
    return b"RIFF" + bytes(4) + b"WEBP" + chunk + bytes(4) + payload + bytes(20)


OVERSIZED = {
    "png": (png_header(8001, 8000), "8001 x 8000"),
    "jpeg": (jpeg_header(65500, 65000), "65500 x 65000"),
    "lossy webp": (
        webp_header(b"VP8 ", bytes(6) + struct.pack("<HH", 16000, 15000)),
        "16000 x 15000",
    ),
    "lossless webp": (
        webp_header(b"VP8L", b"\x2f" + struct.pack("<I", 15999 | 14999 << 14)),
        "16000 x 15000",
    ),
    "extended webp": (
        webp_header(b"VP8X", bytes(4) + struct.pack("<I", 19999)[:3] + struct.pack("<I", 9999)[:3]),
        "20000 x 10000",
    ),
}


@pytest.mark.parametrize(("data", "size"), OVERSIZED.values(), ids=OVERSIZED)
def test_oversized_picture_is_refused_before_decoding(data: bytes, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ImageError, match=f"too large: found {size}.*{MAXIMUM_PIXELS} pixels"):
        compressed_to_rgb(compressed(data, "jpeg"))


REFUSED_COMPRESSED = {
    "empty": (b"", "bgr8; jpeg compressed bgr8", ["empty", "0 bytes", "jpeg or png"]),
    "compressedDepth": (b"abc", "16UC1; compressedDepth png", ["depth", "16UC1", "colour"]),
    "float png": (b"abc", "32FC1; png compressed", ["depth", "32FC1"]),
    "video": (b"\0\0\0\1\x67" * 9, "h264", ["no picture", "45 bytes", "'h264'", "JPEG, PNG"]),
    "marker alone": (b"\xff\xd8", "jpeg", ["no picture", "2 bytes"]),
    "endless jpeg fill": (b"\xff\xd8" + b"\xff" * 99, "jpeg", ["no picture", "101 bytes"]),
    "unknown webp": (webp_header(b"ABCD", b""), "webp", ["no picture", "'webp'"]),
    "header alone": (png_header(8, 8), "png", ["cannot be decoded", "33 bytes", "whole"]),
    "no pixels": (png_header(0, 8), "png", ["cannot be decoded"]),
}


@pytest.mark.parametrize(("data", "text", "parts"), REFUSED_COMPRESSED.values(), ids=REFUSED_COMPRESSED)
def test_wrong_compressed_picture_is_refused(data: bytes, text: str, parts: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        compressed_to_rgb(compressed(data, text))
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_truncated_compressed_picture_is_refused(suffix: str, share: float) -> None:
    """Half a picture with a grey rest would pass for an empty road."""
    data = encoded(suffix, scene(40, 60))
    with pytest.raises(ImageError):
        compressed_to_rgb(compressed(data[: int(share * len(data))], "jpeg"))


@settings(max_examples=60, deadline=None)
@given(
    suffix=st.sampled_from([".jpg", ".png", ".webp"]),
    position=st.integers(0, 199),
    value=st.integers(0, 255),
)
def test_damaged_picture_is_decoded_or_refused_with_our_error(suffix: str, position: int, value: int) -> None:
    data = bytearray(encoded(suffix, scene(12, 16)))
    data[position % len(data)] = value
    try:
        picture = compressed_to_rgb(compressed(bytes(data), "jpeg"))
    except ImageError:
        return
    assert picture.ndim == 3 and picture.shape[2] == 3
