"""Results survive their file, and what is no file of results is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mgcda_ros.benchmark.results import GrowthPoint, ReferenceTimes, Results, SizeTimes, read_results, write_results


@pytest.fixture
def results(size_times: SizeTimes) -> Results:
    full = replace(
        size_times,
        parts={"backbone": [0.1, 0.3]},
        batches={"2": [0.25]},
        published={"grid": 1},
        memory_mib={"resident": 812.5, "peak so far": 900.0},
    )
    return Results(
        {"cpu": "a CPU", "threads asked for": None, "versions": {"Python": "3.12"}, "further looks": [0.67]},
        {"64x48": full},
        {"cameras": [GrowthPoint(1, "1 camera(s)", {"as a batch": [0.1, 0.2]})]},
        ReferenceTimes("64x48", 1000, 12.5, "lite", [0.5, 0.25], 4000.0),
    )


def test_what_is_written_is_read(results: Results, tmp_path: Path) -> None:
    write_results(results, tmp_path / "new" / "a.json")
    assert read_results(tmp_path / "new" / "a.json") == results


def test_the_file_says_its_format_and_the_percentiles_of_every_row(results: Results, tmp_path: Path) -> None:
    write_results(results, tmp_path / "a.json")
    stored = json.loads((tmp_path / "a.json").read_text())
    assert stored["format"] == 1
    assert stored["milliseconds"]["64x48"]["- backbone"] == pytest.approx({"p50": 200, "p95": 290, "p99": 298})
    assert set(stored["milliseconds"]["64x48"]) == set(results.sizes["64x48"].rows())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param('{"date": "2026-11-29", "seconds": {}}', "has no format, and only format 1 is read", id="older"),
        pytest.param('{"format": 2}', "has format 2, and only format 1 is read", id="newer"),
        pytest.param("[1, 2]", "has no format", id="another file of JSON"),
        pytest.param("{", "not a JSON file", id="cut off"),
        pytest.param('{"format": 1, "about": {}}', "KeyError.'sizes'.", id="a field is missing"),
    ],
)
def test_another_file_is_refused_with_its_name_and_what_to_do(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"other\.json: .*{told}.*write it again with mgcda benchmark --json_file"):
        read_results(path)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"steps": {"convert": [0.1]}}, id="steps are missing"),
        pytest.param({"parts": {"backbone": []}}, id="no durations"),
        pytest.param({"parts": {"backbone": ["fast"]}}, id="a word"),
        pytest.param({"colour": "red"}, id="an unknown field"),
    ],
)
def test_damaged_durations_are_refused(change: dict, results: Results, tmp_path: Path) -> None:
    write_results(results, tmp_path / "a.json")
    stored = json.loads((tmp_path / "a.json").read_text())
    stored["sizes"]["64x48"] |= change
    (tmp_path / "a.json").write_text(json.dumps(stored))
    with pytest.raises(ValueError, match="a.json: a field is missing, unknown or malformed"):
        read_results(tmp_path / "a.json")
