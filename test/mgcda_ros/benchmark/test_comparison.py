"""Two results side by side."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mgcda_ros.benchmark.comparison import benchmark_compare
from mgcda_ros.benchmark.results import Results, SizeTimes, write_results

ABOUT = {"date": "2026-11-28", "cpu": "a CPU", "threads asked for": None, "runtime": "PyTorch", "model": "lite"}


def scaled(times: SizeTimes, factor: float) -> SizeTimes:
    return replace(times, steps={name: [factor * each for each in seconds] for name, seconds in times.steps.items()})


def rows_of(printed: str) -> dict[str, list[str]]:
    """Return the cells of a table by their row's name."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines() if "|" in line]
    return {name: cells for name, *cells in rows}


def test_every_row_has_the_ratio_of_its_medians(
    size_times: SizeTimes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faster = scaled(size_times, 0.5)
    faster.steps["network"] = [0.016, 0.016]
    write_results(Results(ABOUT, {"64x48": size_times}), tmp_path / "a.json")
    write_results(Results(ABOUT, {"64x48": faster}), tmp_path / "b.json")
    benchmark_compare((tmp_path / "a.json", tmp_path / "b.json"))
    printed = capsys.readouterr().out
    assert "machine, threads, model, runtime and settings are the same" in printed
    rows = rows_of(printed)
    assert rows["network"] == ["4.00", "16.00", "4.00"]
    assert rows["regions"] == ["16.00", "8.00", "0.50"]
    assert rows["~/grid"] == ["6144.00", "3072.00", "0.50"]
    whole = (2**15 - 1 - 4) / 2 + 16
    assert rows["whole chain"] == ["32767.00", f"{whole:.2f}", f"{whole / 32767:.2f}"]
    assert set(size_times.rows()) <= set(rows)


def test_what_differs_is_named_and_what_only_one_has_is_not_compared(
    size_times: SizeTimes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {**ABOUT, "versions": {"PyTorch": "2.14", "NumPy": "2.4"}}
    after = {**before, "date": "2026-11-29", "threads asked for": 1, "runtime": "not PyTorch"}
    after["versions"] = {"PyTorch": "2.15", "NumPy": "2.4"}
    first = {"64x48": replace(size_times, parts={"backbone": [0.1]}), "96x64": size_times}
    write_results(Results(before, first), tmp_path / "a.json")
    write_results(Results(after, {"64x48": replace(size_times, batches={"2": [0.1]})}), tmp_path / "b.json")
    benchmark_compare((tmp_path / "a.json", tmp_path / "b.json"))
    printed = capsys.readouterr().out
    assert re.findall("differs: (.*)", printed) == [
        "threads asked for: not set -> 1",
        "runtime: PyTorch -> not PyTorch",
        "versions, PyTorch: 2.14 -> 2.15",
    ]
    assert "only in the first: 96x64" in printed
    rows = rows_of(printed)
    assert rows["- backbone"] == ["100.00", "-", "-"]
    assert rows["batch of 2, per picture"] == ["-", "100.00", "-"]


def test_results_without_a_size_in_common_are_refused(size_times: SizeTimes, tmp_path: Path) -> None:
    write_results(Results(ABOUT, {"64x48": size_times}), tmp_path / "a.json")
    write_results(Results(ABOUT, {"96x64": size_times}), tmp_path / "b.json")
    with pytest.raises(ValueError, match="no size of pictures in common .64x48 and 96x64."):
        benchmark_compare((tmp_path / "a.json", tmp_path / "b.json"))


def test_one_file_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="files: 1 given; name two"):
        benchmark_compare((tmp_path / "a.json",))


def test_it_needs_neither_ros_nor_a_network() -> None:
    code = "import sys, mgcda_ros.benchmark.comparison; print(sorted({'rclpy', 'torch', 'cv2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["[]"]
