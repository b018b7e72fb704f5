"""`mgcda benchmark` times every step of the chain and adds them up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mgcda_ros.benchmark import benchmark


def test_every_step_is_timed_as_often_as_asked_and_the_table_has_the_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF")
    benchmark(sizes="160x96 64x64", frames=2, threads=1, json_file=tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())["seconds"]
    assert set(figures) == {"160x96", "64x64"}
    steps = {
        "convert",
        "preprocess",
        "network",
        "postprocess",
        "regions",
        "positions, tracks",
        "~/score",
        "~/mask",
        "~/status",
    }
    for timed in figures.values():
        assert steps <= set(timed)
        assert all(len(values) == 2 and min(values) > 0 for values in timed.values())
    table = capsys.readouterr().out
    assert "conversion, hazards, messages" in table
    assert "all but network and overlay" in table
    assert "whole chain" in table


@pytest.mark.parametrize(("arguments", "name"), [({"sizes": "big"}, "sizes: 'big'"), ({"frames": 0}, "frames: 0")])
def test_wrong_argument_is_named(arguments: dict, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        benchmark(**arguments)
