"""The same bags on a Ray cluster, which is started here and ends with the test."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from bag_samples import drive_samples, write_bag
from replay_samples import job

from mgcda_ros.replay.command import replay
from mgcda_ros.replay.one_bag import replay_bag
from mgcda_ros.replay.ray_cluster import run_on_ray

pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed: the extra ray")


def test_cluster_gives_what_this_process_gives_and_tells_what_failed(tmp_path: Path) -> None:
    samples = [each for each in drive_samples(3) if "truth" not in each.topic]
    bag = write_bag(tmp_path / "bag", "mcap", samples)
    none = tmp_path / "none.mcap"
    none.write_text("no bag")
    replay_bag(job(bag, tmp_path / "here"), is_quiet=True)
    parameters = tmp_path / "parameters.yaml"
    overrides = json.loads((tmp_path / "here" / "report.json").read_text())["parameters"]
    parameters.write_text(json.dumps({"/**": {"ros__parameters": overrides}}))
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as ended:
        replay((bag, none), params_file=parameters, out=out, video="none", output_bag=False, ray="local")
    assert ended.value.code == 1
    expected = (tmp_path / "here" / "frames.jsonl").read_bytes()
    assert (out / "bag" / "frames.jsonl").read_bytes() == expected
    merged = json.loads((out / "summary.json").read_text())
    assert merged["frames"] == 3 and "is no bag" in merged["failed"]["none.mcap"]


def test_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ray: no cluster answers at 'auto'"):
        next(run_on_ray([job(tmp_path / "bag", tmp_path / "out")], "auto"))
