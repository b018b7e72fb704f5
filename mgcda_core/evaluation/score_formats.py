"""How a score map lies in a file of each format: reading it, writing it, and what its header says."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

ARRAY_NAME = "value"
"""Name of the array in .hdf5 (SegmentMeIfYouCan's benchmark asks for it) and in the .npz files that are written."""
PNG_ONE = 65535
"""What a score of 1 is in a 16-bit PNG."""
_HDF5_COMPRESSION = 9


class Header(NamedTuple):
    """Shape and type of what is stored."""

    shape: tuple[int, ...]
    dtype: np.dtype


class ScoreFormat(NamedTuple):
    """A file format: header and read return what is stored, write stores float32 (H, W).

    All raise an error of some kind where the file is not of the format; score_files.py names the file.
    """

    header: Callable[[Path], Header]
    read: Callable[[Path], np.ndarray]
    write: Callable[[Path, np.ndarray], None]


def _npy_header(path: Path) -> Header:
    stored = np.load(path, mmap_mode="r", allow_pickle=False)
    return Header(stored.shape, stored.dtype)


def _npy_read(path: Path) -> np.ndarray:
    return np.load(path, allow_pickle=False)


def _npz_member(names: list[str]) -> str:
    """Return the array that holds the scores: the only one, or the one of ARRAY_NAME."""
    if len(names) == 1:
        return names[0]
    if ARRAY_NAME in names:
        return ARRAY_NAME
    raise ValueError(f"holds the arrays {sorted(names)}; expected one, or one of the name {ARRAY_NAME!r}")


def _npz_header(path: Path) -> Header:
    with zipfile.ZipFile(path) as archive:
        member = _npz_member([name.removesuffix(".npy") for name in archive.namelist()])
        with archive.open(f"{member}.npy") as file:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, _, dtype = read(file)
    return Header(shape, dtype)


def _npz_read(path: Path) -> np.ndarray:
    with np.load(path, allow_pickle=False) as arrays:
        return arrays[_npz_member(list(arrays))]


def _npz_write(path: Path, scores: np.ndarray) -> None:
    np.savez_compressed(path, **{ARRAY_NAME: scores})


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise ValueError(
            f"h5py, which reads and writes .hdf5, cannot be imported ({error}); pip install 'mgcda_ros[evaluate]'"
        ) from None
    return h5py


def _hdf5_stored(file: Any) -> Any:
    if ARRAY_NAME not in file:
        raise ValueError(f"holds {sorted(file)}; expected a data set of the name {ARRAY_NAME!r}")
    return file[ARRAY_NAME]


def _hdf5_header(path: Path) -> Header:
    with _h5py().File(path, "r") as file:
        stored = _hdf5_stored(file)
        return Header(stored.shape, stored.dtype)


def _hdf5_read(path: Path) -> np.ndarray:
    with _h5py().File(path, "r") as file:
        return _hdf5_stored(file)[()]


def _hdf5_write(path: Path, scores: np.ndarray) -> None:
    """Write float16, as the benchmark does: scores near 1 are then told apart from 0.0005 on only."""
    with np.errstate(over="ignore"):
        stored = scores.astype(np.float16)
    if (np.isinf(stored) & np.isfinite(scores)).any():
        raise ValueError("scores beyond 65504 do not fit into float16, which .hdf5 files of the benchmark hold")
    with _h5py().File(path, "w") as file:
        file.create_dataset(ARRAY_NAME, data=stored, compression=_HDF5_COMPRESSION)


def _png_header(path: Path) -> Header:
    with Image.open(path) as image:
        wide = image.mode == "I" or image.mode.startswith("I;16")
        return Header((image.height, image.width), np.dtype(np.uint16 if wide else np.uint8))


def _png_read(path: Path) -> np.ndarray:
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ValueError("not a readable PNG")
    return stored


def _png_write(path: Path, scores: np.ndarray) -> None:
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"scores from {scores.min():g} to {scores.max():g} do not fit a PNG, which holds 0 to 1; write .npy"
        )
    if not cv2.imwrite(str(path), np.round(scores * PNG_ONE).astype(np.uint16)):
        raise ValueError("cannot be written")


FORMATS = {
    ".npy": ScoreFormat(_npy_header, _npy_read, np.save),
    ".npz": ScoreFormat(_npz_header, _npz_read, _npz_write),
    ".hdf5": ScoreFormat(_hdf5_header, _hdf5_read, _hdf5_write),
    ".png": ScoreFormat(_png_header, _png_read, _png_write),
}
