"""A picture is read as RGB, and a file that is none is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mgcda_core.datasets.picture import PICTURE_SUFFIXES, UnreadableFileError, read_picture


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_a_picture_is_read_as_rgb(tmp_path: Path, write_picture: Callable, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_picture(path, np.full((16, 24, 3), (230, 90, 10), np.uint8))
    image = read_picture(path)
    assert image.shape == (16, 24, 3) and image.dtype == np.uint8
    np.testing.assert_allclose(image[8, 8].astype(int), (230, 90, 10), atol=12)  # up to the compression


@pytest.mark.parametrize("content", [None, b"", b"not a picture"], ids=["missing", "empty", "text"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"a\.png: not a readable picture"):
        read_picture(path)
    assert issubclass(UnreadableFileError, ValueError)
