"""Many bags: in parallel, once more after a failure, on from where a run was stopped, and one report of all."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bag_samples import Sample, cut, drive_samples, storage_file, write_bag
from jsonargparse import auto_cli
from replay_samples import IMAGE, job, records

from mgcda_core.command_line import plain_arguments
from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.command import replay
from mgcda_ros.replay.fleet import finished, folder_names, own_folder, replay_all, replay_into_place
from mgcda_ros.replay.fleet_truth import FleetTruth
from mgcda_ros.replay.merged import merge, write_merged
from mgcda_ros.replay.processes import run_in_processes

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [each for each in drive_samples(3) if "truth" not in each.topic]


@pytest.fixture(scope="module")
def bags(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A whole bag, one that is cut off, and one that is none."""
    folder = tmp_path_factory.mktemp("fleet")
    whole, damaged = (write_bag(folder / name, "mcap", samples) for name in ("whole", "damaged"))
    cut(storage_file(damaged), 0.5)
    none = folder / "none.mcap"
    none.write_text("no bag")
    return [whole, damaged, none]


def in_this_process(jobs: Sequence[BagJob]) -> Iterator[tuple[BagJob, str | None]]:
    for each in jobs:
        try:
            replay_into_place(each)
        except ValueError as error:
            yield each, str(error)
        else:
            yield each, None


def jobs_for(bags: Sequence[Path], out: Path, **settings: object) -> list[BagJob]:
    return [job(bag, out / name, **settings) for bag, name in zip(bags, folder_names(bags), strict=True)]


@pytest.mark.parametrize(
    ("bags", "names"),
    [
        (["a/one", "a/two"], ["one", "two"]),
        (["car1/drive", "car2/drive"], ["car1_drive", "car2_drive"]),
        (["car1/today/drive", "car2/today/drive", "x"], ["car1_today_drive", "car2_today_drive", None]),
    ],
    ids=["different", "same name", "same name and folder"],
)
def test_folders_are_named_by_as_much_of_the_path_as_it_takes(bags: list[str], names: list[str | None]) -> None:
    found = folder_names([Path("/data") / bag for bag in bags])
    assert [each for each, name in zip(found, names, strict=True) if name] == [name for name in names if name]
    assert len(set(found)) == len(found)


def test_bag_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="more than once"):
        folder_names([Path("/a/b"), Path("/a/../a/b")])


def test_folder_of_somebody_else_or_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(ValueError, match="no replay's"), own_folder(tmp_path / "mine"):
        pass
    with own_folder(tmp_path / "out"), pytest.raises(ValueError, match="another replay writes"):
        with own_folder(tmp_path / "out"):
            pass
    with own_folder(tmp_path / "out"):
        pass


def test_bags_that_fail_are_tried_once_more_and_the_report_has_all(bags: list[Path], tmp_path: Path) -> None:
    tried: list[str] = []

    def run(jobs: Sequence[BagJob]) -> Iterator[tuple[BagJob, str | None]]:
        for each in jobs:
            tried.append(each.bag.name)
            if tried.count("damaged") == 1 and each.bag.name == "damaged":
                yield each, "the machine is gone"
            else:
                yield from in_this_process([each])

    told: list[int] = []
    results = replay_all(jobs_for(bags, tmp_path), run, lambda so_far: told.append(len(so_far)))
    assert tried == ["whole", "damaged", "none.mcap", "damaged", "none.mcap"]
    assert [result.error is None for result in results] == [True, True, False] and told == [1, 2, 3]
    merged = write_merged(tmp_path, results)
    assert list(merged["failed"]) == ["none.mcap"] and merged["not_whole"] == ["damaged"]
    page = (tmp_path / "index.html").read_text()
    assert "Bags that failed twice" in page and 'href="whole/report.html"' in page and "damaged" in page
    whole, damaged = (result.report for result in results[:2])
    assert merged["frames"] == whole["frames"] + damaged["frames"]
    assert merged["alarms"]["count"] == whole["alarms"]["count"] + damaged["alarms"]["count"]
    looked_s = whole["looked_s"] + damaged["looked_s"]
    assert merged["alarms"]["per_minute"] == pytest.approx(60 * merged["alarms"]["count"] / looked_s)
    assert json.loads((tmp_path / "summary.json").read_text()) == json.loads(json.dumps(merged))


def test_what_is_done_is_kept_and_other_settings_are_refused(bags: list[Path], tmp_path: Path) -> None:
    (done,) = jobs_for(bags[:1], tmp_path)
    replay_into_place(done)
    before = (done.folder / "report.json").stat().st_mtime_ns

    def never(jobs: Sequence[BagJob]) -> Iterator[tuple[BagJob, str | None]]:
        raise AssertionError("nothing is left to do")
        yield

    assert replay_all([done], never)[0].report == finished(done)
    assert (done.folder / "report.json").stat().st_mtime_ns == before
    (tmp_path / "damaged").mkdir()
    with pytest.raises(ValueError, match="is there without a report.json"):
        replay_all(jobs_for(bags[1:2], tmp_path), never)
    (other,) = jobs_for(bags[:1], tmp_path, overrides={"threshold": 0.4})
    with pytest.raises(ValueError, match="other settings"):
        replay_all([other], never)


def test_killed_run_goes_on_where_it_was(samples: list[Sample], tmp_path: Path) -> None:
    long = [each for each in drive_samples(12) if "truth" not in each.topic]
    bags = [write_bag(tmp_path / "a", "mcap", samples), write_bag(tmp_path / "b", "mcap", long)]
    out = tmp_path / "out"
    script = (
        "from pathlib import Path, PosixPath\n"
        "from mgcda_ros.replay.fleet import replay_into_place\n"
        "from mgcda_ros.replay.bag_job import BagJob\n"
        f"for job in {jobs_for(bags, out)!r}:\n    replay_into_place(job)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment, start_new_session=True)
    try:
        end = time.monotonic() + DEADLINE_S
        started = out / ".working" / "b" / "frames.jsonl"
        while not started.is_file():
            assert time.monotonic() < end and child.poll() is None, "the second bag was not begun"
            time.sleep(0.02)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(DEADLINE_S)
    assert (out / "a" / "report.json").is_file() and not (out / "b").exists()
    before = (out / "a" / "report.json").stat().st_mtime_ns
    results = replay_all(jobs_for(bags, out), in_this_process)
    assert (out / "a" / "report.json").stat().st_mtime_ns == before
    assert len(records(out / "b")) == 12
    assert merge(results, FleetTruth(out))["frames"] == 15


def test_command_writes_one_report_and_keeps_it(bags: list[Path], tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.yaml"
    parameters.write_text("/**:\n  ros__parameters:\n    long_side_px: 256\n    threads: 1\n")
    arguments = {"out": tmp_path / "out", "params_file": parameters, "video": "none", "output_bag": False}
    for _ in range(2):
        replay((bags[0],), **arguments)
    assert not (tmp_path / "out" / ".working").exists()
    report = json.loads((tmp_path / "out" / "whole" / "report.json").read_text())
    assert report["parameters"] == {"long_side_px": 256, "threads": 1} and report["topics"]["image"] == IMAGE
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["frames"] == 3


def test_processes_that_fail_or_are_killed_are_told_and_end_with_the_run(bags: list[Path], tmp_path: Path) -> None:
    none, whole = jobs_for([bags[2], bags[0]], tmp_path)
    running = run_in_processes([none, whole], 1)
    failed, error = next(running)
    assert failed == none and "is no bag" in str(error)

    def kill() -> None:
        end = time.monotonic() + DEADLINE_S
        while not (children := multiprocessing.active_children()) and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(children[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    assert next(running) == (whole, "its process was killed by signal 9")
    killer.join(DEADLINE_S)
    assert next(running, None) is None and multiprocessing.active_children() == []


def test_rates_of_all_bags_are_of_all_of_them_together() -> None:
    def report(count: int, looked_s: float, kilometres: float | None) -> dict:
        return {
            "seconds_by_status": {"OK": looked_s}, "frames_by_status": {"OK": 10}, "frames": 10, "looked_s": looked_s,
            "kilometres": kilometres, "alarms": {"count": count}, "is_whole": True, "ground_truth": None,
        }  # fmt: skip

    from mgcda_ros.replay.fleet import BagResult

    merged = merge([
        BagResult("a", Path("a"), report(3, 60, 2.0)),
        BagResult("b", Path("b"), report(1, 180, None)),
        BagResult("c", Path("c"), None, "gone"),
    ], FleetTruth(Path()))  # fmt: skip
    assert merged["alarms"] == {"count": 4, "per_minute": 1.0, "per_km": 1.5}
    assert merged["failed"] == {"c": "gone"} and merged["kilometres"] == 2.0 and merged["bags"] == 3


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"bags": ()}, "name at least one"),
        ({"bags": (Path("/missing/bag"),)}, "no such file or folder: /missing/bag"),
        ({"jobs": 0}, "jobs: 0 is not allowed"),
        ({"params_file": Path("/missing.yaml")}, "params_file: /missing.yaml"),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_read(
    arguments: dict, expected: str, bags: list[Path], tmp_path: Path
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=expected):
        replay(**({"bags": (bags[0],), "out": tmp_path / "out"} | arguments))
    assert not (tmp_path / "out").exists()


def test_command_line_takes_bags_without_a_name_and_dashes(tmp_path: Path) -> None:
    typed = [
        "replay",
        str(tmp_path / "my bag"),
        str(tmp_path / "b"),
        "--params-file",
        "p.yaml",
        "--output-bag",
        "false",
    ]
    with pytest.raises(FileNotFoundError) as caught:
        auto_cli({"replay": replay}, args=plain_arguments(typed, {"replay": replay}), as_positional=False)
    assert str(tmp_path / "my bag") in str(caught.value) and str(tmp_path / "b") in str(caught.value)
