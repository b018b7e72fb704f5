"""Score maps survive the way to disk and back, and a file that does not fit is named before anything is scored."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mgcda_core.datasets.benchmarks import pairs
from mgcda_core.evaluation.score_files import benchmark_folder, check_scores, read_scores, score_file, write_scores

SIZE = (5, 7)
NO_H5PY = "h5py, of the extras evaluate and test, is not installed"
SUFFIXES = (".npy", ".npz", ".hdf5", ".png")


@pytest.fixture
def scores() -> np.ndarray:
    """Return scores over the whole of 0 to 1."""
    return np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)


def need(suffix: str) -> None:
    """Skip where the format's package is missing."""
    if suffix == ".hdf5":
        pytest.importorskip("h5py", reason=NO_H5PY)


@pytest.mark.parametrize(("suffix", "tolerance"), [*zip(SUFFIXES, (0, 0, 2.5e-4, 1e-5), strict=True)])
def test_scores_come_back_from_disk(tmp_path: Path, scores: np.ndarray, suffix: str, tolerance: float) -> None:
    need(suffix)
    written = write_scores(tmp_path / "made" / "here", "validation_0.5", scores, suffix)
    path = score_file(tmp_path / "made" / "here", "validation_0.5")
    assert path == written == tmp_path / "made" / "here" / f"validation_0.5{suffix}"
    read = read_scores(path, SIZE)
    assert read.dtype == np.float32 and read.shape == SIZE
    np.testing.assert_allclose(read, scores, rtol=0, atol=tolerance)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".hdf5"])
def test_scores_need_not_be_probabilities(tmp_path: Path, suffix: str) -> None:
    need(suffix)
    scores = np.array([[-12.5, 0, 300, np.inf, -np.inf]], np.float64)
    assert np.array_equal(read_scores(write_scores(tmp_path, "a", scores, suffix), (1, 5)), scores)


def test_hdf5_is_what_the_benchmark_writes_and_reads(tmp_path: Path, scores: np.ndarray) -> None:
    """Its loader asks for the data set "value" of {fid}.hdf5 and drops axes of length 1; its writer stores float16."""
    h5py = pytest.importorskip("h5py", reason=NO_H5PY)
    folder = benchmark_folder(tmp_path, "MGCDA", "ObstacleTrack-all")
    assert folder == tmp_path / "anomaly_p" / "MGCDA" / "ObstacleTrack-all"
    with h5py.File(write_scores(folder, "validation_0", scores, ".hdf5"), "r") as file:
        assert list(file) == ["value"]
        stored = file["value"]
        assert (stored.shape, stored.dtype, stored.compression, stored.compression_opts) == (SIZE, "f2", "gzip", 9)
    with h5py.File(folder / "validation_1.hdf5", "w") as file:
        file.create_dataset("value", data=scores[None, :, :, None].astype(np.float16), compression=9)
    assert np.array_equal(read_scores(folder / "validation_1.hdf5", SIZE), scores.astype(np.float16))


def test_hdf5_without_h5py_says_what_to_install(
    tmp_path: Path, scores: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ValueError, match=r"a\.hdf5: h5py, .* pip install 'mgcda_ros\[evaluate\]'"):
        write_scores(tmp_path, "a", scores, ".hdf5")
    (tmp_path / "a.hdf5").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.hdf5: h5py, .* pip install"):
        read_scores(tmp_path / "a.hdf5", SIZE)


def test_the_maps_of_predict_are_found(tmp_path: Path, scores: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "a_score.png"), np.round(scores * 65535).astype(np.uint16))
    np.testing.assert_allclose(read_scores(score_file(tmp_path, "a"), SIZE), scores, atol=1e-5)


def test_a_missing_file_and_a_second_one_are_named(tmp_path: Path, scores: np.ndarray) -> None:
    with pytest.raises(
        ValueError, match=r"a: no scores for this picture; expected one of a\.npy, a\.npz, a\.hdf5, a\.p"
    ):
        score_file(tmp_path, "a")
    for suffix in (".npy", ".png"):
        write_scores(tmp_path, "a", scores, suffix)
    with pytest.raises(ValueError, match=r"a\.png: a\.npy has scores of the same picture"):
        score_file(tmp_path, "a")


def save(path: Path, values: np.ndarray) -> None:
    """Write an array as it is."""
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".npz":
        np.savez(path, scores=values)
    elif path.suffix == ".png":
        assert cv2.imwrite(str(path), values)
    else:
        with pytest.importorskip("h5py", reason=NO_H5PY).File(path, "w") as file:
            file["value"] = values


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((7, 5), np.float32), r"of shape \(7, 5\); expected \(5, 7\)"),
        (np.zeros((5, 7, 3), np.float32), r"of shape \(5, 7(, 3)?\)|expected 16 bits"),
        (np.zeros((5, 7), np.uint8), "expected (16 bits|float16)"),
    ],
    ids=["size", "channels", "bytes"],
)
def test_scores_that_do_not_fit_are_named_before_and_while_reading(
    tmp_path: Path, write_picture: Callable, suffix: str, values: np.ndarray, message: str
) -> None:
    if suffix == ".png" and values.dtype == np.float32:
        values = values.astype(np.uint16)
    save(tmp_path / f"a{suffix}", values)
    write_picture(tmp_path / "images" / "a.png", np.zeros((*SIZE, 3), np.uint8))
    write_picture(tmp_path / "labels" / "a.png", np.ones(SIZE, np.uint8))
    with pytest.raises(ValueError, match=rf"a\{suffix}: .*({message})"):
        check_scores(tmp_path, pairs(tmp_path))
    with pytest.raises(ValueError, match=rf"a\{suffix}: .*({message})"):
        read_scores(tmp_path / f"a{suffix}", SIZE)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_what_its_name_says_is_named(
    tmp_path: Path, write_picture: Callable, scores: np.ndarray, suffix: str
) -> None:
    need(suffix)
    write_picture(tmp_path / "images" / "a.png", np.zeros((*SIZE, 3), np.uint8))
    write_picture(tmp_path / "labels" / "a.png", np.ones(SIZE, np.uint8))
    path = write_scores(tmp_path, "a", scores, suffix)
    check_scores(tmp_path, pairs(tmp_path))
    for junk in (b"", b"not scores at all", path.read_bytes()[:20]):
        path.write_bytes(junk)
        for call in (lambda: check_scores(tmp_path, pairs(tmp_path)), lambda: read_scores(path, SIZE)):
            with pytest.raises(ValueError, match=rf"a\{suffix}: "):
                call()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".hdf5"])
def test_nan_is_never_a_score(tmp_path: Path, scores: np.ndarray, suffix: str) -> None:
    scores[2, 3] = np.nan
    save(tmp_path / f"a{suffix}", scores)
    with pytest.raises(ValueError, match=rf"a\{suffix}: holds NaN at 1 pixels"):
        read_scores(tmp_path / f"a{suffix}", SIZE)
    with pytest.raises(ValueError, match=rf"b\{suffix}: scores hold NaN"):
        write_scores(tmp_path, "b", scores, suffix)
    assert not (tmp_path / f"b{suffix}").exists()


@pytest.mark.parametrize(
    ("suffix", "scores", "message"),
    [
        (".png", np.full(SIZE, 1.5, np.float32), "from 1.5 to 1.5 do not fit a PNG"),
        (".hdf5", np.full(SIZE, 7e4, np.float32), "beyond 65504"),
        (".npy", np.zeros((1, *SIZE), np.float32), r"scores \(1, 5, 7\)"),
        (".npy", np.zeros(SIZE, np.int64), "of int64"),
        (".tif", np.zeros(SIZE, np.float32), r"suffix is '\.tif'; allowed: \.npy, "),
    ],
)
def test_scores_that_a_format_cannot_hold_are_not_written(
    tmp_path: Path, suffix: str, scores: np.ndarray, message: str
) -> None:
    need(suffix)
    with pytest.raises(ValueError, match=message):
        write_scores(tmp_path, "a", scores, suffix)
    assert not list(tmp_path.iterdir())


def test_an_archive_of_several_arrays_says_which_it_needs(tmp_path: Path, scores: np.ndarray) -> None:
    np.savez(tmp_path / "a.npz", value=scores, entropy=scores * 0)
    assert np.array_equal(read_scores(tmp_path / "a.npz", SIZE), scores)
    np.savez(tmp_path / "b.npz", scores=scores, entropy=scores)
    with pytest.raises(
        ValueError, match=r"b\.npz: holds the arrays \['entropy', 'scores'\]; expected one, or .*'value'"
    ):
        read_scores(tmp_path / "b.npz", SIZE)
