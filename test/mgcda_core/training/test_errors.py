"""What goes wrong in a training says which setting it is about and what to do."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgcda_core import cli
from mgcda_core.training import loop
from mgcda_core.training.boards import Boards
from mgcda_core.training.errors import TrainingError, TrainingStopped, check_writable
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stage_run import StageRun
from mgcda_core.training.stop_request import SIGNALS


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        MemoryError(),
    ],
    ids=["GPU", "CPU", "Python"],
)
def test_out_of_memory_names_the_settings_that_need_it(
    small: Recipe, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(StageRun, "step", fail)
    with pytest.raises(TrainingError, match="batch_size 2 .*crop 64 x 68, precision fp32: lower batch_size or crop"):
        loop.train(small)


def test_other_errors_are_not_taken_for_it(small: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(StageRun, "step", fail)
    with pytest.raises(RuntimeError, match="^shapes differ$"):
        loop.train(small)


def test_a_folder_that_cannot_be_written_is_named_before_anything_starts(small: Recipe, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(TrainingError, match=f"out: {out} cannot be written to .* give a folder of your own"):
            loop.train(replace(small, out=out))
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_source_without_pictures_is_named_with_its_share(small: Recipe, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=f"data: {tmp_path}: .*camvid: no such folder.* shares ask for camvid 0.5, idd_lite"
    ):
        loop.train(replace(small, data=tmp_path))


def test_without_tensorboard_training_runs_and_says_so_once(
    small: Recipe, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with caplog.at_level(logging.WARNING):
        loop.train(replace(small, validate_every=2))
    said = [record.message for record in caplog.records if "TensorBoard" in record.message]
    assert len(said) == 1 and "pip install tensorboard" in said[0]
    assert not (small.out / "tensorboard").exists()


def test_tensorboard_has_the_numbers_of_both_tables(small: Recipe) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    loop.train(replace(small, validate_every=2))
    events = accumulator.EventAccumulator(str(small.out / "tensorboard"))
    events.Reload()
    tags = set(events.Tags()["scalars"])
    assert {"train/anomaly", "train/learning_rate", "validation/pixel_ap", "validation/loss"} <= tags
    assert [event.step for event in events.Scalars("validation/loss")] == [1, 3]


def test_a_process_that_does_not_write_has_no_boards(tmp_path: Path) -> None:
    boards = Boards(tmp_path / "boards", first=0, writes=False)
    boards.add("train", {"loss": 1.0}, 0)
    boards.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(TrainingError("out of memory"), 2), (TrainingStopped(SIGNALS[1], 7, Path("runs/checkpoint.pt")), 143)],
    ids=["error", "stopped"],
)
def test_the_command_ends_in_one_line(
    training_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("mgcda_core.training.launch.train_and_save", fail)
    monkeypatch.setattr(sys, "argv", ["mgcda", "train", "--recipe.data", str(training_data), "--recipe.out", "nowhere"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.strip() == f"mgcda: {error}"
