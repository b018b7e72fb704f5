"""The training's log: means of steps, and what a reader gets back."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from mgcda_core.training.log import EVERY, Log, Table, read_log


def test_a_line_is_the_mean_of_its_steps_and_nan_does_not_count(tmp_path: Path) -> None:
    log = Log(tmp_path / "below" / "log.csv")
    for step in range(EVERY):
        means = log.add(step, {"loss": float(step), "accuracy": 0.5 if step % 2 else math.nan, "never": math.nan})
        assert (means is None) == (step + 1 < EVERY)
    assert means == pytest.approx({"loss": (EVERY - 1) / 2, "accuracy": 0.5, "never": math.nan}, nan_ok=True)
    assert log.add(EVERY, {"loss": 7.0, "accuracy": 1.0, "never": 0.0}, last=True) == {
        "loss": 7.0, "accuracy": 1.0, "never": 0.0,
    }  # fmt: skip
    columns = read_log(log.path)
    assert columns["step"] == [EVERY - 1, EVERY]
    assert columns["loss"] == [(EVERY - 1) / 2, 7.0]
    assert math.isnan(columns["never"][0])


def test_a_step_written_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for loss in (1.0, 2.0):
        Log(path).add(EVERY - 1, {"loss": loss})
    assert read_log(path) == {"step": [EVERY - 1], "loss": [2.0]}


def test_a_stage_with_other_losses_adds_columns(tmp_path: Path) -> None:
    table = Table(tmp_path / "log.csv")
    table.write(3, {"segmentation": 1.0})
    table.write(7, {"anomaly": 2.0, "synthesis": 3.0})
    table.write(9, {"anomaly": 4.0})
    assert table.path.read_text().splitlines() == [
        "step,segmentation,anomaly,synthesis",
        "3,1.00000,nan,nan",
        "7,nan,2.00000,3.00000",
        "9,nan,4.00000,nan",
    ]
    table.cut(9)
    assert read_log(table.path)["step"] == [3, 7]
    table.cut(0)
    assert not table.path.exists()


def test_a_process_that_does_not_write_leaves_no_file(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.csv", writes=False, merge=lambda sums: {})
    assert log.add(EVERY - 1, {"loss": 1.0}) == {}
    assert list(tmp_path.iterdir()) == []
