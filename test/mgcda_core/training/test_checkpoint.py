"""Checkpoints survive a kill at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.errors import TrainingError


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoint.pt"
    save_checkpoint(path, {"step": 3, "network": {"weight": torch.arange(4.0)}})
    state = load_checkpoint(path)
    assert state["step"] == 3 and state["network"]["weight"].tolist() == [0, 1, 2, 3]


def test_without_a_checkpoint_there_is_no_state(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "checkpoint.pt") is None


def test_a_kill_while_writing_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})

    def killed(state: object, target: Path) -> None:
        Path(target).write_bytes(b"half of the")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 1}
    save_checkpoint(path, {"step": 3})
    assert load_checkpoint(path) == {"step": 3}
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"], "nothing unfinished is left lying about"


class Trap:
    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.witness,)


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    torch.save({"step": Trap(tmp_path / "code ran")}, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="checkpoint.pt: not a checkpoint of a training"):
        load_checkpoint(tmp_path / "checkpoint.pt")
    assert not (tmp_path / "code ran").exists()


def test_a_full_disk_is_named_and_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})

    def full(state: object, target: Path) -> None:
        Path(target).write_bytes(b"half of the")
        raise RuntimeError("PytorchStreamWriter failed writing file data/0")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(TrainingError, match=r"checkpoint.pt: the checkpoint cannot be written .* free space"):
            save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]
