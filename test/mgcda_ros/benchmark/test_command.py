"""`mgcda benchmark` times every step of the chain and adds them up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray

from mgcda_core.frame import HazardReport
from mgcda_ros.benchmark import command
from mgcda_ros.benchmark.command import benchmark
from mgcda_ros.benchmark.comparison import benchmark_compare
from mgcda_ros.benchmark.results import ReferenceTimes, read_results
from mgcda_ros.outputs import available_outputs


def test_every_step_is_timed_as_often_as_asked_and_the_table_has_the_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    benchmark(sizes="96x64 64x48", frames=2, threads=1, batch_sizes="1 3", json_file=path)
    printed = capsys.readouterr().out
    results = read_results(path)
    assert set(results.sizes) == {"96x64", "64x48"}
    topics = [output.topic for output in available_outputs()] + ["status"]
    steps = {
        "decode", "convert", "preprocess", "network", "postprocess", "regions", "positions, tracks", "self-monitoring",
        *(f"~/{topic}, {step}" for topic in topics for step in ("build", "publish")),
    }  # fmt: skip
    for times in results.sizes.values():
        assert set(times.steps) == steps
        assert all(len(values) == 2 and min(values) > 0 for values in times.steps.values())
        assert {count: len(values) for count, values in times.batches.items()} == {"1": 2, "3": 1}
        assert {"backbone", "segmentation", "synthesis", "uncertainty", "dissimilarity"} < set(times.parts)
        assert set(times.published) == set(topics[:-1]) and max(times.published.values()) == 2
        assert times.memory_mib["peak so far"] > 100
        for row in times.rows():
            assert f"| {row} |" in printed
    for told in (
        "conversion, hazards, messages", "all but network and overlay", "whole chain",
        "of 2 frame(s) after 3 to warm up; percentiles want 200", "% of the whole chain", "threads of PyTorch: 1",
    ):  # fmt: skip
        assert told in printed
    benchmark_compare((path, path))
    assert "settings are the same" in capsys.readouterr().out


def test_made_up_regions_are_what_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[int] = []

    def status_message(report: HazardReport, **others: Any) -> DiagnosticArray:
        reported.append(len(report.hazards))
        return DiagnosticArray()

    monkeypatch.setattr("mgcda_ros.benchmark.chain.status_message", status_message)
    benchmark(sizes="320x180", frames=1, regions=20, threads=1)
    assert reported == [20] * 4  # three to warm up


def test_growth_and_reference_are_kept_beside_the_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = ReferenceTimes("1024x512", 1000, 8.0, "mgcda_lite", [2.0], 1.0)
    monkeypatch.setattr(command, "time_reference", lambda detector: reference)
    monkeypatch.setattr(command, "measure_growth", lambda *_: {})
    drawn: list[Path] = []
    monkeypatch.setattr("mgcda_ros.benchmark.growth_report.plot_growth", lambda _, path, title: drawn.append(path))
    path = tmp_path / "all.json"
    benchmark(sizes="64x48", frames=1, threads=1, growth=tmp_path / "g", reference=True, json_file=path)
    assert "4.0 times as fast" in capsys.readouterr().out
    assert read_results(path).reference == reference
    assert drawn == [tmp_path / "g" / "growth.png"]
    assert set(read_results(tmp_path / "g" / "growth.json").sizes) == {"64x48"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"sizes": "big"}, "sizes: 'big' is not allowed; it must be width x height"),
        ({"sizes": "1024x512 64x"}, "sizes: '64x'"),
        ({"sizes": "32x32"}, "sizes: '32x32' is not allowed; it must be from 64x36 to 4096x4096"),
        ({"sizes": "8000x4000"}, "sizes: '8000x4000'"),
        ({"sizes": " "}, "sizes: none is given"),
        ({"frames": 0}, "frames: 0 is not allowed; it must be 1 or more"),
        ({"regions": 201}, "regions: 201 is not allowed; it must be from 0 to 200"),
        ({"regions": -1}, "regions: -1"),
        ({"threads": 0}, "threads: 0 is not allowed; it must be 1 or more"),
        ({"batch_sizes": "2 many"}, "batch_sizes: 'many' is not allowed; each must be a whole number from 1 to 64"),
        ({"batch_sizes": "0"}, "batch_sizes: '0'"),
        ({"batch_sizes": "65"}, "batch_sizes: '65'"),
        ({"weights": Path("nowhere.safetensors")}, "nowhere.safetensors: the weights file does not exist"),
        ({"json_file": Path(__file__).parent}, "json_file: .* is a folder"),
        ({"growth": Path(__file__)}, "growth: .* is a file"),
    ],
)
def test_wrong_argument_is_named(arguments: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        benchmark(**arguments)
