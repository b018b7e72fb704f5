"""Score maps of any method on disk, one file per picture, named by the picture's id."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from mgcda_core.datasets.labelled_picture import LabelledPicture
from mgcda_core.datasets.minimum_sizes import track_of
from mgcda_core.datasets.picture_header import picture_size
from mgcda_core.evaluation.score_formats import FORMATS, PNG_ONE

_Read = TypeVar("_Read")
_FLOATS = tuple(np.dtype(kind) for kind in (np.float16, np.float32, np.float64))
_PREDICT_NAME = "{id}_score.png"
"""What `mgcda predict` calls its score maps."""


def benchmark_folder(outputs: Path, method: str, set_name: str) -> Path:
    """Return the folder in which SegmentMeIfYouCan's benchmark looks for a method's .hdf5 files of a set.

    outputs: its DIR_OUTPUTS. set_name: as datasets/benchmarks.py names it; the benchmark calls the tracks
    "AnomalyTrack-all" and "ObstacleTrack-all", whatever part of them it is, and others "LostAndFound-test".
    """
    track = track_of(set_name)
    name = f"{track.capitalize()}Track-all" if track else set_name.replace(" ", "-")
    return outputs / "anomaly_p" / method / name


def score_file(folder: Path, picture_id: str) -> Path:
    """Return the file with a picture's scores; raises ValueError where there is none, or more than one."""
    names = [f"{picture_id}{suffix}" for suffix in FORMATS] + [_PREDICT_NAME.format(id=picture_id)]
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        raise ValueError(f"{folder / picture_id}: no scores for this picture; expected one of {', '.join(names)}")
    if len(found) > 1:
        raise ValueError(f"{found[1]}: {found[0].name} has scores of the same picture; keep one of the two")
    return found[0]


def read_scores(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Return the scores in a file, float32 (H, W), higher is more anomalous.

    size: (height, width) of the picture. Raises ValueError naming path where it cannot be read, is of another size or
    type, or holds NaN; infinite scores are in order.
    """
    stored = _named(path, FORMATS[path.suffix].read)
    _require(path, stored.shape, stored.dtype, size)
    if path.suffix == ".png":
        return (stored / np.float32(PNG_ONE)).astype(np.float32)
    with np.errstate(over="ignore"):
        scores = stored.reshape(size).astype(np.float32)
    if np.isnan(scores).any():
        raise ValueError(f"{path}: holds NaN at {int(np.isnan(scores).sum())} pixels; every pixel needs a score")
    return scores


def write_scores(folder: Path, picture_id: str, scores: np.ndarray, suffix: str = ".npy") -> Path:
    """Write float (H, W) scores to {picture_id}{suffix} in folder, which is made, and return that path.

    suffix: .npy and .npz hold float32; .hdf5 holds float16 as SegmentMeIfYouCan's benchmark wants it; .png holds 65,536
    steps from 0 to 1. Raises ValueError naming the file where the scores are not (H, W), hold NaN or do not fit.
    """
    if suffix not in FORMATS:
        raise ValueError(f"suffix is {suffix!r}; allowed: {', '.join(FORMATS)}")
    path = folder / f"{picture_id}{suffix}"
    if scores.ndim != 2 or scores.dtype not in _FLOATS:
        raise ValueError(f"{path}: scores {scores.shape} of {scores.dtype}; expected floats of shape (height, width)")
    if np.isnan(scores).any():
        raise ValueError(f"{path}: scores hold NaN; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    _named(path, lambda path: FORMATS[suffix].write(path, scores.astype(np.float32, copy=False)))
    return path


def check_scores(folder: Path, pictures: Sequence[LabelledPicture]) -> None:
    """Read the headers of all score files, so that what is missing or of another size is known before scoring starts.

    Raises ValueError naming the first file that is missing, there twice, unreadable, or of another size or type.
    """
    for picture in pictures:
        path = score_file(folder, picture.id)
        header = _named(path, FORMATS[path.suffix].header)
        _require(path, header.shape, header.dtype, picture_size(picture.image_path))


def _named(path: Path, call: Callable[[Path], _Read]) -> _Read:
    """Return what call makes of path; raises ValueError naming path where it fails."""
    try:
        return call(path)
    except (OSError, ValueError, EOFError, KeyError, SyntaxError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: {error}") from None


def _require(path: Path, shape: tuple[int, ...], dtype: np.dtype, size: tuple[int, int]) -> None:
    """Raise ValueError naming path unless the array is of the picture's size, but for axes of length 1, and type."""
    if [length for length in shape if length != 1] != [length for length in size if length != 1]:
        raise ValueError(f"{path}: scores are of shape {shape}; expected {size}, the picture's height and width")
    if path.suffix == ".png" and dtype != np.uint16:
        raise ValueError(f"{path}: a PNG of {dtype} has too few steps to rank pixels by; expected 16 bits a pixel")
    if path.suffix != ".png" and dtype not in _FLOATS:
        raise ValueError(f"{path}: scores are of type {dtype}; expected float16, float32 or float64")
