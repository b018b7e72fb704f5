"""A training that is killed goes on as if nothing had happened, and never with another recipe's settings."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.training import log, loop
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.errors import TrainingError, TrainingStopped
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.resume import identity_of
from mgcda_core.training.stage_run import StageRun
from mgcda_core.training.stages import Stage


@pytest.fixture
def staged(small: Recipe) -> Recipe:
    """Three stages of three or four steps, whose checkpoints lie between the lines of the log and the validations."""
    return replace(
        small,
        stages=(
            Stage("segmentation", ("segmentation",), steps=3),
            Stage("synthesis", ("synthesis",), steps=3, learning_rate=2e-3),
            Stage("anomaly", ("anomaly",), steps=4),
        ),
        alignment=AlignmentSettings(feature_weight=1.0, output_weight=1.0, contrast_weight=1.0, per_class=8),
        validate_every=3,
        keep="best",
    )


def test_a_training_killed_in_every_stage_has_the_numbers_of_the_uninterrupted_one(
    staged: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_child: Callable[..., object]
) -> None:
    monkeypatch.setattr(log, "EVERY", 2)
    straight = loop.train(staged).network.state_dict()
    killed = replace(staged, out=tmp_path / "killed")
    for step in (2, 5, 9):  # each at least one step behind a checkpoint: 2, 4 and 8 steps
        child = start_child(killed, hold=step)
        child.wait_for(f"step {step}")
        child.kill()
        child.process.wait(timeout=60)
        state = load_checkpoint(killed.out / "checkpoint.pt")
        assert state["step"] == {2: 2, 5: 4, 9: 8}[step]
        assert state["stage"] == {2: "segmentation", 5: "synthesis", 9: "anomaly"}[step]
    resumed = loop.train(killed).network.state_dict()
    for key, value in straight.items():
        assert torch.equal(resumed[key], value), key
    for name in ("log.csv", "validation.csv"):
        lines = (killed.out / name).read_text().splitlines()
        assert lines == (staged.out / name).read_text().splitlines() and len(lines) > 3, name


def test_a_line_that_a_kill_broke_off_is_written_again(small: Recipe, tmp_path: Path) -> None:
    loop.train(small)
    whole = (small.out / "log.csv").read_text()
    resumed = replace(small, out=tmp_path / "resumed")

    def killed_after_saving(path: Path, state: dict) -> None:
        save_checkpoint(path, state)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "save_checkpoint", killed_after_saving)
        with pytest.raises(KeyboardInterrupt):
            loop.train(resumed)
    (resumed.out / "log.csv").write_text(whole + "19,0.12")
    loop.train(resumed)
    assert (resumed.out / "log.csv").read_text() == whole


@pytest.mark.parametrize("cause", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_signal_ends_the_step_and_saves(
    small: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: signal.Signals
) -> None:
    straight = loop.train(small).network.state_dict()
    stopped = replace(small, out=tmp_path / "stopped")
    step, before = StageRun.step, signal.getsignal(cause)

    def signalled(self: StageRun, batch: object, number: int, *, stop: int = 0) -> dict[str, float]:
        if number == 0:
            os.kill(os.getpid(), cause)
        return step(self, batch, number, stop=stop)

    with monkeypatch.context() as patch:
        patch.setattr(StageRun, "step", signalled)
        with pytest.raises(TrainingStopped, match=rf"{cause.name} after step .*goes on from .*checkpoint.pt") as ended:
            loop.train(stopped)
    assert ended.value.exit_code == 128 + cause
    assert signal.getsignal(cause) == before
    assert load_checkpoint(stopped.out / "checkpoint.pt")["step"] in (1, 2)
    resumed = loop.train(stopped).network.state_dict()
    assert all(torch.equal(resumed[key], value) for key, value in straight.items())


def test_a_checkpoint_of_another_recipe_is_refused_with_the_settings_that_differ(small: Recipe) -> None:
    loop.train(small)
    other = replace(small, crop=(96, 64), seed=2, alignment=AlignmentSettings(contrast_weight=0.5))
    with pytest.raises(TrainingError, match="another recipe") as refused:
        loop.train(other)
    message = str(refused.value)
    assert "crop (there [64, 68], here [96, 64])" in message and "seed (there 1, here 2)" in message
    assert "alignment" in message and "batch_size" not in message
    with pytest.raises(TrainingError, match=r"stages.joint.learns \(there .*'synthesis'.*, here \['anomaly'\]\)"):
        loop.train(replace(small, stages=(Stage("joint", ("anomaly",)),)))


def test_what_may_change_does_not_hinder_going_on(small: Recipe) -> None:
    loop.train(small)
    loop.train(replace(small, steps=5, learning_rate=1e-4, checkpoint_every=1, keep="best", validate_every=5))
    assert load_checkpoint(small.out / "checkpoint.pt")["step"] == 5
    assert load_checkpoint(small.out / "checkpoint.pt")["optimiser"]["param_groups"][1]["lr"] < 1e-4


def test_steps_of_a_finished_stage_cannot_be_changed(small: Recipe) -> None:
    stages = (Stage("one", ("synthesis",), steps=2), Stage("two", ("synthesis",), steps=1))
    loop.train(replace(small, stages=stages))
    with pytest.raises(TrainingError, match="the stages before two had 2 steps, and now have 3"):
        loop.train(replace(small, stages=(replace(stages[0], steps=3), stages[1])))


def test_a_checkpoint_that_says_nothing_of_its_recipe_is_refused(small: Recipe) -> None:
    save_checkpoint(small.out / "checkpoint.pt", {"step": 2})
    with pytest.raises(TrainingError, match="of an older version.*remove it to start anew"):
        loop.train(small)


def test_the_same_pictures_in_other_processes_are_the_same_training(small: Recipe) -> None:
    assert identity_of(replace(small, batch_size=4), 1) == identity_of(small, 2) != identity_of(small, 1)
    elsewhere = replace(small, start_from=Path("/there/weights.safetensors"))
    assert identity_of(elsewhere, 1) == identity_of(replace(small, start_from=Path("/here/weights.safetensors")), 1)
    assert identity_of(elsewhere, 1) != identity_of(small, 1)
