"""numpy to sensor_msgs/Image, as outputs are published."""

from __future__ import annotations

import array
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_samples import scene
from std_msgs.msg import Header

from mgcda_ros.images import (
    ImageError,
    image_to_rgb,
    rgb_to_image,
)

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
