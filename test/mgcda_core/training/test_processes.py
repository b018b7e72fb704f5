"""Several processes are one training: the pictures of a larger batch, and one set of weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.training.checkpoint import load_checkpoint
from mgcda_core.training.log import read_log
from mgcda_core.training.processes import Processes
from mgcda_core.training.recipe import Recipe
from mgcda_core.training.stages import Stage
from mgcda_core.training.stream import picture_numbers

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")


def test_two_processes_end_with_the_same_weights_after_the_pictures_of_a_double_batch(
    small: Recipe, tmp_path: Path, start_child: Callable[..., object]
) -> None:
    recipe = replace(
        small,
        steps=3,
        stages=(Stage("first", ("segmentation", "synthesis"), steps=1), Stage("second", steps=2)),
        alignment=AlignmentSettings(feature_weight=1.0, output_weight=1.0, contrast_weight=1.0, per_class=8),
        validate_every=1,
        keep="best",
    )
    printed = start_child(recipe, TORCHRUN, watch=str(tmp_path)).finish()
    assert "process 0 of 2 done" in printed
    assert "process 1 of 2 done" in printed
    ours, theirs = (torch.load(tmp_path / f"weights_{rank}.pt", weights_only=True) for rank in (0, 1))
    for key, value in ours.items():
        assert torch.equal(value, theirs[key]), key
    seen = [[int(line) for line in (tmp_path / f"pictures_{rank}").read_text().split()] for rank in (0, 1)]
    for step in range(3):
        of_step = [number for numbers in seen for number in numbers[2 * step : 2 * step + 2]]
        assert of_step == list(range(4 * step, 4 * step + 4)), "those of a single process with a batch of 4"
    # One log, of the mean over both processes, and a checkpoint that a process alone with batch_size 4 may go on from.
    assert read_log(recipe.out / "log.csv")["step"] == [0, 1, 2]
    assert len(read_log(recipe.out / "validation.csv")["loss"]) == 3
    assert load_checkpoint(recipe.out / "checkpoint.pt")["recipe"]["batch_size x processes"] == 4


def test_the_processes_share_out_the_stream() -> None:
    alone = picture_numbers(3, 6, 4, index=0, count=1)
    assert alone == list(range(12, 24))
    one, other = (picture_numbers(3, 6, 2, index=index, count=2) for index in (0, 1))
    for step in range(3):
        pair = slice(2 * step, 2 * step + 2)
        assert one[pair] + other[pair] == alone[4 * step : 4 * step + 4]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there, on which fp16 is allowed")
def test_half_precision_without_a_gpu_is_refused_by_its_setting() -> None:
    with pytest.raises(ValueError, match="precision: fp16 is not allowed on this machine .*use bf16 or fp32"):
        Processes("fp16")


def test_another_precision_in_the_same_process_is_no_error() -> None:
    for precision in ("bf16", "fp32", "bf16"):
        assert Processes(precision).count == 1
