"""The demonstration from end to end: camera, node and recorder over DDS, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from harness import environment, picture
from ros_domain import fresh_domain
from rosbags.rosbag2 import Reader

from mgcda_ros.demo.command import parse


def run_demo(out: Path, *arguments: str, before: str = "") -> tuple[subprocess.CompletedProcess[str], dict]:
    """Run the demonstration in a process of its own; before: what that does first."""
    code = f"{before}\nfrom mgcda_ros.entry import demo; demo()"
    command = [sys.executable, "-c", code, "--out", str(out), *arguments]
    done = subprocess.run(
        command, env=environment(fresh_domain()), capture_output=True, text=True, timeout=180, check=False
    )
    report = out / "report.json"
    return done, json.loads(report.read_text()) if report.is_file() else {}


def pictures_in(video: Path) -> int:
    capture, count = cv2.VideoCapture(str(video)), 0
    while capture.read()[0]:
        count += 1
    return count


def test_simulated_drive_ends_with_table_video_bag_and_report(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done, report = run_demo(out, "--seconds", "6", "--rate", "3", "--size", "320x180", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["frames reported on"] >= 5
    assert report["frames with truth"] >= 5
    assert "latency, arrival to report, p95 s" in done.stdout
    assert "recall, per hazard and frame" in report
    assert pictures_in(out / "overlay.mp4") >= 5
    assert cv2.imread(str(out / "overview.png")) is not None
    with Reader(out / "bag") as reader:
        counts = {connection.topic: connection.msgcount for connection in reader.connections}
    assert counts["/mgcda_demo/camera/image"] >= 5
    assert counts["/mgcda_demo/mgcda/status"] >= report["frames reported on"]
    assert counts["/mgcda_demo/mgcda/mask"] >= 5
    assert counts["/mgcda_demo/camera/ground_truth/hazards"] >= 5


def test_every_photograph_of_a_folder_is_reported_on(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, size in enumerate([(120, 160), (121, 333), (300, 200)]):
        cv2.imwrite(str(folder / f"{number}.png"), picture(*size))
    done, report = run_demo(tmp_path / "demo", "--images", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report["frames published"], report["frames reported on"]) == (3, 3)
    assert "frames with truth" not in report


def test_running_camera_is_listened_to_and_its_absence_is_an_error(tmp_path: Path) -> None:
    impatient = "from mgcda_ros.demo import command; command.CAMERA_DEADLINE_S = 2.0"
    done, report = run_demo(tmp_path / "demo", "--camera", "/nobody/image", "--seconds", "1", before=impatient)
    assert done.returncode == 1
    assert "no frame was reported on" in done.stderr
    assert report["frames published"] == 0


def test_folder_with_somebody_elses_files_is_not_emptied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SystemExit):
        parse(["--out", str(tmp_path)])
    assert "no demo's" in capsys.readouterr().err
    (tmp_path / "node.log").touch()  # an earlier demo's folder may be written again
    assert parse(["--out", str(tmp_path)]).out == tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "/nowhere"], "no such folder"),
        (["--seed", "1000"], "trained on"),
        (["--rate", "0"], "--rate"),
        (["--size", "large"], "--size"),
        (["--images", os.curdir, "--camera", "/x"], "not allowed with"),
    ],
)
def test_wrong_choice_is_refused_by_name(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert message in capsys.readouterr().err
