"""sensor_msgs <-> numpy: every encoding against a slow reference, and every way to be refused."""

from __future__ import annotations

import array
import struct
import sys
import types
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, RegionOfInterest
from std_msgs.msg import Header

from mgcda_ros.encodings import LAYOUTS
from mgcda_ros.images import (
    MAXIMUM_PIXELS,
    MAXIMUM_SURPLUS,
    ImageError,
    camera_from_info,
    compressed_to_rgb,
    image_to_rgb,
    rgb_to_image,
)

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


# Channel order -----------------------------------------------------------------------------------

ORDERS = {
    "rgb8": (3, np.uint8, (0, 1, 2)),
    "bgr8": (3, np.uint8, (2, 1, 0)),
    "rgba8": (4, np.uint8, (0, 1, 2)),
    "bgra8": (4, np.uint8, (2, 1, 0)),
    "mono8": (1, np.uint8, (0, 0, 0)),
    "rgb16": (3, np.uint16, (0, 1, 2)),
    "bgr16": (3, np.uint16, (2, 1, 0)),
    "rgba16": (4, np.uint16, (0, 1, 2)),
    "bgra16": (4, np.uint16, (2, 1, 0)),
    "mono16": (1, np.uint16, (0, 0, 0)),
    "8UC1": (1, np.uint8, (0, 0, 0)),
    "8UC3": (3, np.uint8, (2, 1, 0)),
    "8UC4": (4, np.uint8, (2, 1, 0)),
    "16UC1": (1, np.uint16, (0, 0, 0)),
    "16UC3": (3, np.uint16, (2, 1, 0)),
    "16UC4": (4, np.uint16, (2, 1, 0)),
}


def expected_rgb(samples: np.ndarray, order: tuple[int, int, int]) -> np.ndarray:
    eight_bit = samples >> 8 if samples.dtype == np.uint16 else samples
    return eight_bit[..., list(order)].astype(np.uint8)


@pytest.mark.parametrize("is_bigendian", [0, 1], ids=["little", "big"])
@pytest.mark.parametrize("padding", [0, 5], ids=["tight", "padded"])
@pytest.mark.parametrize("encoding", ORDERS)
def test_channels_come_out_as_rgb(encoding: str, padding: int, is_bigendian: int) -> None:
    channels, dtype, order = ORDERS[encoding]
    samples = scene(6, 7, channels, dtype)
    rows = as_rows(samples, is_bigendian)
    message = raw_message(rows, encoding, (6, 7), padding=padding, is_bigendian=is_bigendian)

    picture = image_to_rgb(message)

    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    np.testing.assert_array_equal(picture, expected_rgb(samples, order))


@settings(max_examples=80, deadline=None)
@given(
    encoding=st.sampled_from(sorted(ORDERS)),
    height=st.integers(1, 9),
    width=st.integers(1, 40),
    padding=st.integers(0, 9),
    is_bigendian=st.integers(0, 1),
)
def test_any_size_and_step_is_read(encoding: str, height: int, width: int, padding: int, is_bigendian: int) -> None:
    channels, dtype, order = ORDERS[encoding]
    samples = scene(height, width, channels, dtype)
    rows = as_rows(samples, is_bigendian)
    size = (height, width)
    message = raw_message(rows, encoding, size, padding=padding, is_bigendian=is_bigendian)
    np.testing.assert_array_equal(image_to_rgb(message), expected_rgb(samples, order))


def test_rgb8_without_padding_is_not_copied() -> None:
    message = raw_message(as_rows(scene(4, 5)), "rgb8", (4, 5))
    assert np.shares_memory(image_to_rgb(message), np.frombuffer(message.data, np.uint8))


def test_padded_rgb8_is_copied() -> None:
    message = raw_message(as_rows(scene(4, 5)), "rgb8", (4, 5), padding=1)
    assert not np.shares_memory(image_to_rgb(message), np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize("encoding", sorted(LAYOUTS))
def test_read_only_data_is_read(encoding: str) -> None:
    """As rosbags hands it out, rather than the array('B') of rclpy."""
    message = Image(height=4, width=4, encoding=encoding, step=32)
    stored = types.SimpleNamespace(
        height=4, width=4, encoding=encoding, step=32, is_bigendian=0, data=bytes(range(128)) * 3
    )
    message.data = array.array("B", stored.data)
    np.testing.assert_array_equal(image_to_rgb(stored), image_to_rgb(message))


def test_twelve_bit_in_the_low_end_looks_dark() -> None:
    message = raw_message(as_rows(np.full((2, 2, 1), 4095, np.uint16)), "mono16", (2, 2))
    assert image_to_rgb(message).max() == 15


# Bayer -------------------------------------------------------------------------------------------


def mosaic_of(picture: np.ndarray, tile: str) -> np.ndarray:
    """What a sensor with this 2 x 2 colour filter would see of an RGB picture, (H, W, 1)."""
    mosaic = np.empty((*picture.shape[:2], 1), picture.dtype)
    for index, colour in enumerate(tile):
        y, x = divmod(index, 2)
        mosaic[y::2, x::2, 0] = picture[y::2, x::2, "RGB".index(colour)]
    return mosaic


@pytest.mark.parametrize("is_bigendian", [0, 1], ids=["little", "big"])
@pytest.mark.parametrize("padding", [0, 3], ids=["tight", "padded"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("pattern", BAYER_TILES)
def test_flat_colour_survives_its_bayer_mosaic(pattern: str, bits: int, padding: int, is_bigendian: int) -> None:
    colour = np.array([200, 120, 40], np.uint8)
    picture = np.broadcast_to(colour, (6, 9, 3))
    if bits == 16:
        picture = picture.astype(np.uint16) << 8 | 0x5A
    rows = as_rows(mosaic_of(picture, BAYER_TILES[pattern]), is_bigendian)
    encoding = f"bayer_{pattern}{bits}"
    message = raw_message(rows, encoding, (6, 9), padding=padding, is_bigendian=is_bigendian)
    np.testing.assert_array_equal(image_to_rgb(message), np.broadcast_to(colour, (6, 9, 3)))


@pytest.mark.parametrize("pattern", BAYER_TILES)
def test_bayer_keeps_every_measured_sample(pattern: str) -> None:
    """Where the filter passed a colour, that colour's value is the measured one."""
    picture = scene(8, 10)
    mosaic = mosaic_of(picture, BAYER_TILES[pattern])
    converted = image_to_rgb(raw_message(as_rows(mosaic), f"bayer_{pattern}8", (8, 10)))
    inner = slice(1, -1)
    again = mosaic_of(converted, BAYER_TILES[pattern])
    np.testing.assert_array_equal(again[inner, inner], mosaic[inner, inner])


# YUV ---------------------------------------------------------------------------------------------


def packed_422(yuv: np.ndarray, order: str) -> np.ndarray:
    """order: 'UYVY' or 'YUYV'; chroma of the left pixel of each pair. Returns (H, 2 W)."""
    packed = np.empty((yuv.shape[0], yuv.shape[1] * 2), np.uint8)
    luma, chroma = order.index("Y"), order.index("U")
    packed[:, luma::2] = yuv[..., 0]
    packed[:, chroma::4] = yuv[:, ::2, 1]
    packed[:, chroma + 2 :: 4] = yuv[:, ::2, 2]
    return packed


def semi_planar(yuv: np.ndarray, order: str, padding: int) -> np.ndarray:
    """order: 'UV' or 'VU'; chroma of each 2 x 2 block's first pixel. (3 H / 2, W + padding)."""
    chroma = yuv[::2, ::2, ["YUV".index(letter) for letter in order]]
    rows = np.concatenate([yuv[..., 0], chroma.reshape(len(chroma), -1)])
    return np.pad(rows, ((0, 0), (0, padding)))


def planar_444(yuv: np.ndarray, padding: int) -> np.ndarray:
    """NV24: chroma rows twice as long as luma rows, padding included. (3 H, W + padding)."""
    luma = np.pad(yuv[..., 0], ((0, 0), (0, padding)))
    chroma = np.pad(yuv[..., 1:].reshape(len(yuv), -1), ((0, 0), (0, 2 * padding)))
    return np.concatenate([luma, chroma.reshape(2 * len(yuv), -1)])


YUV_CASES: dict[str, tuple[Callable[[np.ndarray, int], np.ndarray], int, int]] = {
    "yuv422": (lambda yuv, pad: np.pad(packed_422(yuv, "UYVY"), ((0, 0), (0, pad))), 1, 2),
    "uyvy": (lambda yuv, pad: np.pad(packed_422(yuv, "UYVY"), ((0, 0), (0, pad))), 1, 2),
    "yuv422_yuy2": (lambda yuv, pad: np.pad(packed_422(yuv, "YUYV"), ((0, 0), (0, pad))), 1, 2),
    "yuyv": (lambda yuv, pad: np.pad(packed_422(yuv, "YUYV"), ((0, 0), (0, pad))), 1, 2),
    "nv12": (lambda yuv, pad: semi_planar(yuv, "UV", pad), 2, 2),
    "nv21": (lambda yuv, pad: semi_planar(yuv, "VU", pad), 2, 2),
    "nv24": (planar_444, 1, 1),
}
"""From YUV (H, W, 3) and padding to the rows of the message; height and width that share chroma."""


@pytest.mark.parametrize("padding", [0, 6], ids=["tight", "padded"])
@pytest.mark.parametrize("encoding", YUV_CASES)
def test_yuv_is_bt601_of_limited_range(encoding: str, padding: int) -> None:
    write, tall, wide = YUV_CASES[encoding]
    yuv = scene(8, 12)
    yuv[..., 1:] = yuv[::tall, ::wide, 1:].repeat(tall, axis=0).repeat(wide, axis=1)
    message = raw_message(write(yuv, padding), encoding, (8, 12))

    picture = image_to_rgb(message)

    assert picture.flags.c_contiguous
    difference = np.abs(picture.astype(int) - yuv_to_rgb(yuv))
    assert difference.max() <= YUV_TOLERANCE


def test_every_encoding_has_a_case() -> None:
    bayer = {f"bayer_{pattern}{bits}" for pattern in BAYER_TILES for bits in (8, 16)}
    assert set(LAYOUTS) == set(ORDERS) | set(YUV_CASES) | bayer


# Refusals ----------------------------------------------------------------------------------------


def image_with(**fields: object) -> Image:
    """A 10 x 10 rgb8 picture with some fields changed."""
    message = raw_message(as_rows(scene(10, 10)), "rgb8", (10, 10))
    for name, value in fields.items():
        setattr(message, name, value)
    return message


REFUSED_IMAGES = {
    "no width": (image_with(width=0), ["empty", "0 x 10"]),
    "no height": (image_with(height=0), ["empty", "10 x 0"]),
    "step": (image_with(step=29), ["step is too short", "29 bytes", "30 bytes or more"]),
    "truncated": (
        image_with(data=array.array("B", bytes(100))),
        ["truncated", "100 of 300 bytes", "30 * 10"],
    ),
    "no data": (image_with(data=array.array("B")), ["truncated", "0 of 300 bytes"]),
    "too long": (
        image_with(data=array.array("B", bytes(301 + MAXIMUM_SURPLUS))),
        ["longer", "4397 instead of 300 bytes", "30 * 10"],
    ),
    "depth": (image_with(encoding="32FC1"), ["depth", "'32FC1'", "colour or grey topic"]),
    "signed": (image_with(encoding="16SC1"), ["measurement", "'16SC1'"]),
    "odd width of uyvy": (
        image_with(encoding="uyvy", width=9),
        ["size does not suit 'uyvy'", "9 x 10", "2 x 1"],
    ),
    "odd height of nv21": (
        image_with(encoding="nv21", height=9),
        ["size does not suit 'nv21'", "10 x 9", "2 x 2"],
    ),
    "tiny bayer": (image_with(encoding="bayer_rggb8", width=2), ["2 x 10", "3 x 3 or more"]),
    "nv21 without chroma": (
        image_with(encoding="nv21", step=30),
        ["truncated", "300 of 450 bytes", "30 * 15"],
    ),
    "huge": (image_with(width=2**32 - 1, height=2**32 - 1), ["step is too short"]),
}


@pytest.mark.parametrize(("message", "parts"), REFUSED_IMAGES.values(), ids=REFUSED_IMAGES)
def test_wrong_image_is_refused(message: Image, parts: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        image_to_rgb(message)
    for part in parts:
        assert part in str(caught.value)


def test_surplus_of_one_memory_page_is_ignored() -> None:
    message = image_with()
    expected = image_to_rgb(message).copy()
    message.data = message.data + array.array("B", bytes(MAXIMUM_SURPLUS))
    np.testing.assert_array_equal(image_to_rgb(message), expected)


def test_unknown_encoding_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv_bridge", None)
    with pytest.raises(ImageError) as caught:
        image_to_rgb(image_with(encoding="foo"))
    for part in ("not known", "'foo'", "rgb8", "nv24", "set the driver", "install cv_bridge"):
        assert part in str(caught.value)


class FakeBridgeError(TypeError):
    """Stands for cv_bridge.CvBridgeError."""


class FakeBridge:
    """Stands for cv_bridge.CvBridge: knows 'odd' only."""

    def imgmsg_to_cv2(self, message: Image, desired_encoding: str) -> np.ndarray:
        if len(message.data) == 0:
            raise TypeError("buffer is too small for requested array")
        if message.encoding != "odd":
            raise FakeBridgeError("Unrecognized image encoding")
        assert desired_encoding == "rgb8"
        return np.full((message.height, message.width, 3), 7, np.uint8)


@pytest.fixture
def fake_cv_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("cv_bridge")
    module.CvBridge, module.CvBridgeError = FakeBridge, FakeBridgeError
    monkeypatch.setitem(sys.modules, "cv_bridge", module)


@pytest.mark.usefixtures("fake_cv_bridge")
def test_cv_bridge_is_asked_for_an_unknown_encoding() -> None:
    assert (image_to_rgb(image_with(encoding="odd")) == 7).all()


@pytest.mark.usefixtures("fake_cv_bridge")
def test_encoding_unknown_to_cv_bridge_too_is_refused() -> None:
    with pytest.raises(ImageError, match=r"'foo'.*rgb8.*Unrecognized image encoding"):
        image_to_rgb(image_with(encoding="foo"))


@pytest.mark.usefixtures("fake_cv_bridge")
def test_unknown_encoding_without_data_is_refused() -> None:
    with pytest.raises(ImageError, match=r"'odd'.*buffer is too small"):
        image_to_rgb(image_with(encoding="odd", data=array.array("B")))


BRIDGED = [name for name in ORDERS if "UC" not in name] + ["yuv422", "yuv422_yuy2"]
"""cv_bridge knows no colours of the UC types, and neither uyvy, yuyv nor the semi-planar names."""


@pytest.mark.parametrize("encoding", BRIDGED + [f"bayer_{pattern}8" for pattern in BAYER_TILES])
def test_agrees_with_cv_bridge(encoding: str) -> None:
    """cv_bridge rounds 16 bit to 8 (value * 255 / 65535), where ours shifts: one level apart."""
    reason = "cv_bridge is not installed; it comes with ROS 2 from apt"
    cv_bridge = pytest.importorskip("cv_bridge", reason=reason)
    layout = LAYOUTS[encoding]
    rows = scene(8, 12 * layout.samples * layout.sample_bytes, 1)[..., 0]
    message = raw_message(rows, encoding, (8, 12))
    theirs = cv_bridge.CvBridge().imgmsg_to_cv2(message, "rgb8")
    assert np.abs(image_to_rgb(message).astype(int) - theirs).max() <= 1


# Compressed --------------------------------------------------------------------------------------


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


# CameraInfo --------------------------------------------------------------------------------------

FX, FY, CX, CY = 1000.0, 1100.0, 960.5, 540.25


def info_with(**fields: object) -> CameraInfo:
    """A calibrated 1920 x 1080 camera with some fields changed."""
    message = CameraInfo(width=1920, height=1080, distortion_model="plumb_bob")
    message.k = [FX, 0.0, CX, 0.0, FY, CY, 0.0, 0.0, 1.0]
    message.d = [0.1, -0.2, 0.01, 0.02, 0.3]
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def region(x: int, y: int, width: int, height: int, *, do_rectify: bool = False) -> RegionOfInterest:
    return RegionOfInterest(x_offset=x, y_offset=y, width=width, height=height, do_rectify=do_rectify)


def test_camera_is_taken_over() -> None:
    camera = camera_from_info(info_with())
    assert (camera.width, camera.height) == (1920, 1080)
    np.testing.assert_array_equal(camera.intrinsics, [[FX, 0, CX], [0, FY, CY], [0, 0, 1]])
    assert camera.distortion_model == "plumb_bob"
    np.testing.assert_array_equal(camera.distortion, [0.1, -0.2, 0.01, 0.02, 0.3])


def test_message_is_left_as_it_was() -> None:
    message = info_with(binning_x=2, binning_y=2, roi=region(100, 50, 800, 600))
    camera_from_info(message)
    np.testing.assert_array_equal(message.k, [FX, 0, CX, 0, FY, CY, 0, 0, 1])


DISTORTIONS = {
    "plumb_bob of four": ("plumb_bob", [0.1] * 4, "plumb_bob", [0.1] * 4),
    "plumb_bob of none": ("plumb_bob", [], "plumb_bob", [0.0] * 5),
    "no model": ("", [], "plumb_bob", [0.0] * 5),
    "no model, zeros": ("", [0.0] * 8, "plumb_bob", [0.0] * 5),
    "rational": ("rational_polynomial", [0.1] * 8, "rational_polynomial", [0.1] * 8),
    "rational, thin prism": ("rational_polynomial", [0.1] * 12, "rational_polynomial", [0.1] * 12),
    "rational, tilted": ("rational_polynomial", [0.1] * 14, "rational_polynomial", [0.1] * 14),
    "equidistant": ("equidistant", [0.1] * 4, "equidistant", [0.1] * 4),
}


@pytest.mark.parametrize(("model", "given_d", "expected_model", "expected"), DISTORTIONS.values(), ids=DISTORTIONS)
def test_distortion_is_taken_over(model: str, given_d: list[float], expected_model: str, expected: list[float]) -> None:
    camera = camera_from_info(info_with(distortion_model=model, d=given_d))
    assert camera.distortion_model == expected_model
    np.testing.assert_array_equal(camera.distortion, expected)


REGIONS = {
    "all": ((0, 0, 0, 0), (0, 0)),
    "whole, spelt out": ((0, 0, 1920, 1080), (1, 1)),
    "window": ((100, 50, 800, 600), (0, 0)),
    "binned": ((0, 0, 0, 0), (2, 4)),
    "window, binned": ((100, 50, 800, 600), (2, 3)),
    "window, binned, with rest": ((1, 1, 801, 601), (2, 3)),
    "at the edge": ((1120, 480, 800, 600), (1, 2)),
}


@pytest.mark.parametrize(("window", "binning"), REGIONS.values(), ids=REGIONS)
def test_point_lands_where_window_and_binning_put_it(
    window: tuple[int, int, int, int], binning: tuple[int, int]
) -> None:
    message = info_with(roi=region(*window), binning_x=binning[0], binning_y=binning[1])
    camera = camera_from_info(message)

    x, y, width, height = window if any(window) else (0, 0, 1920, 1080)
    across, down = max(binning[0], 1), max(binning[1], 1)
    assert (camera.width, camera.height) == (width // across, height // down)
    point = np.array([0.7, -0.4, 5.0])
    full = message.k.reshape(3, 3) @ point / point[2]
    seen = camera.intrinsics @ point / point[2]
    np.testing.assert_allclose(seen, [(full[0] - x) / across, (full[1] - y) / down, 1.0])


def test_do_rectify_does_not_change_the_raw_camera() -> None:
    plain = camera_from_info(info_with(roi=region(8, 8, 64, 64)))
    flagged = camera_from_info(info_with(roi=region(8, 8, 64, 64, do_rectify=True)))
    np.testing.assert_array_equal(plain.intrinsics, flagged.intrinsics)


NAN, INFINITY = float("nan"), float("inf")
REFUSED_CAMERAS = {
    "uncalibrated": (
        CameraInfo(width=4, height=4),
        ["not calibrated", "K[0] = 0", "camera_info_url"],
    ),
    "no fx": (info_with(k=[0.0, 0, CX, 0, FY, CY, 0, 0, 1]), ["not calibrated"]),
    "nan fx": (info_with(k=[NAN, 0, CX, 0, FY, CY, 0, 0, 1]), ["not finite", "nan"]),
    "infinite cy": (info_with(k=[FX, 0, CX, 0, FY, INFINITY, 0, 0, 1]), ["not finite", "inf"]),
    "nan in D": (info_with(d=[0.0, NAN, 0.0, 0.0, 0.0]), ["not finite", "nan"]),
    "negative fx": (info_with(k=[-FX, 0, CX, 0, FY, CY, 0, 0, 1]), ["focal", "fx = -1000.0"]),
    "no fy": (info_with(k=[FX, 0, CX, 0, 0.0, CY, 0, 0, 1]), ["focal length", "fy = 0.0"]),
    "transposed": (info_with(k=[FX, 0, 0, 0, FY, 0, CX, CY, 1]), ["form", "960.5", "fx, 0, cx"]),
    "skewed": (info_with(k=[FX, 3.0, CX, 0, FY, CY, 0, 0, 1]), ["form", "3.0"]),
    "no width": (info_with(width=0), ["size is empty", "0 x 1080"]),
    "no height": (info_with(height=0), ["size is empty", "1920 x 0"]),
    "unknown model": (
        info_with(distortion_model="fisheye"),
        ["model is not known", "'fisheye'", "equidistant"],
    ),
    "no model": (info_with(distortion_model=""), ["model is not known", "''", "0.3"]),
    "plumb_bob of eight": (info_with(d=[0.1] * 8), ["'plumb_bob'", "8 coefficients", "4 or 5"]),
    "rational of five": (
        info_with(distortion_model="rational_polynomial"),
        ["'rational_polynomial'", "5 coefficients", "8 or 12 or 14"],
    ),
    "equidistant of none": (
        info_with(distortion_model="equidistant", d=[]),
        ["'equidistant'", "0 coefficients"],
    ),
    "window outside": (
        info_with(roi=region(1900, 0, 100, 100)),
        ["region", "100 x 100 at (1900, 0)", "1920 x 1080"],
    ),
    "window without width": (info_with(roi=region(0, 0, 0, 100)), ["region", "0 x 100"]),
    "window without size": (info_with(roi=region(5, 5, 0, 0)), ["region", "(5, 5)"]),
    "binning": (info_with(binning_x=2000), ["binning", "2000 x 1", "1920 x 1080"]),
}


@pytest.mark.parametrize(("message", "parts"), REFUSED_CAMERAS.values(), ids=REFUSED_CAMERAS)
def test_wrong_camera_is_refused(message: CameraInfo, parts: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        camera_from_info(message)
    for part in parts:
        assert part in str(caught.value)


# Out ---------------------------------------------------------------------------------------------

HEADER = Header(frame_id="camera_optical")
MASK = scene(5, 7, 1)[..., 0]
WRITTEN = {
    "mono8": (MASK, "mono8", MASK, 7),
    "mask": (MASK > 99, "mono8", np.where(MASK > 99, 255, 0).astype(np.uint8), 7),
    "32FC1": (MASK / np.float32(255), "32FC1", MASK / np.float32(255), 28),
    "rgb8": (scene(5, 7), "rgb8", scene(5, 7), 21),
    "bgr8": (scene(5, 7), "bgr8", scene(5, 7), 21),
    "mirrored": (scene(5, 7)[:, ::-1], "bgr8", scene(5, 7)[:, ::-1], 21),
    "transposed": (MASK.T, "mono8", MASK.T, 5),
    "one row": (MASK[:1], "mono8", MASK[:1], 7),
}


@pytest.mark.parametrize(("picture", "encoding", "expected", "step"), WRITTEN.values(), ids=WRITTEN)
def test_array_is_written_as_it_is(picture: np.ndarray, encoding: str, expected: np.ndarray, step: int) -> None:
    message = rgb_to_image(picture, encoding=encoding, header=HEADER)
    assert message.header == HEADER
    assert (message.height, message.width) == picture.shape[:2]
    assert (message.encoding, message.step) == (encoding, step)
    assert message.is_bigendian == (sys.byteorder == "big")
    assert isinstance(message.data, array.array)
    assert len(message.data) == message.step * message.height
    assert message.data.tobytes() == expected.tobytes()
    assert not np.shares_memory(np.frombuffer(message.data, np.uint8), picture)


REFUSED_ARRAYS = {
    "depth encoding": (MASK, "16UC1", ["not written", "'16UC1'", "mono8, 32FC1, bgr8, rgb8"]),
    "float mask": (MASK / 2.0, "mono8", ["'mono8'", "float64 (5, 7)", "uint8 or bool (H, W)"]),
    "double score": (MASK / 2.0, "32FC1", ["'32FC1'", "float64", "float32 (H, W)"]),
    "foreign byte order": (MASK.astype(">f4"), "32FC1", ["'32FC1'", ">f4"]),
    "grey as colour": (MASK, "bgr8", ["'bgr8'", "(5, 7)", "(H, W, 3)"]),
    "four channels": (scene(5, 7, 4), "rgb8", ["'rgb8'", "(5, 7, 4)"]),
    "colour as grey": (scene(5, 7), "mono8", ["'mono8'", "(5, 7, 3)"]),
    "empty": (MASK[:0], "mono8", ["empty", "(0, 7)"]),
}


@pytest.mark.parametrize(("picture", "encoding", "parts"), REFUSED_ARRAYS.values(), ids=REFUSED_ARRAYS)
def test_wrong_array_is_refused(picture: np.ndarray, encoding: str, parts: list[str]) -> None:
    with pytest.raises(ImageError) as caught:
        rgb_to_image(picture, encoding=encoding, header=HEADER)
    for part in parts:
        assert part in str(caught.value)


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    encoding=st.sampled_from(["rgb8", "bgr8"]),
)
def test_written_picture_reads_back(height: int, width: int, encoding: str) -> None:
    picture = scene(height, width)
    back = image_to_rgb(rgb_to_image(picture, encoding=encoding, header=HEADER))
    np.testing.assert_array_equal(back, picture if encoding == "rgb8" else picture[..., ::-1])


def test_written_mask_reads_back_as_grey() -> None:
    back = image_to_rgb(rgb_to_image(MASK, encoding="mono8", header=HEADER))
    np.testing.assert_array_equal(back, MASK[..., np.newaxis].repeat(3, axis=2))
