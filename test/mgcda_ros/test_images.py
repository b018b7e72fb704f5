"""sensor_msgs/Image to numpy: every encoding against a slow reference, and every way to be refused."""

from __future__ import annotations

import array
import sys
import types
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_samples import BAYER_TILES, YUV_TOLERANCE, as_rows, mosaic_of, raw_message, scene, yuv_to_rgb
from sensor_msgs.msg import Image

from mgcda_ros.encodings import LAYOUTS
from mgcda_ros.images import (
    MAXIMUM_SURPLUS,
    ImageError,
    image_to_rgb,
)

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
