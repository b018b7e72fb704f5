"""Small replays: a bag of a few small frames, the shipped weights at a low resolution and threshold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bag_samples import Sample, write_bag

from mgcda_ros.replay.bag_job import BagJob
from mgcda_ros.replay.one_bag import replay_bag

OVERRIDES: dict[str, Any] = {
    "long_side_px": 256, "threshold": 0.3, "threads": 1, "camera_height_m": 1.5, "camera_pitch_deg": 3.0,
    "odometry_topic": "/camera/odometry", "vehicle_width_m": 1.8,
}  # fmt: skip
IMAGE, TRUTH = "/camera/image", "/camera/ground_truth"


def job(bag: Path, folder: Path, **settings: Any) -> BagJob:
    """Return a job with OVERRIDES, without files that a test does not ask for."""
    overrides = OVERRIDES | settings.pop("overrides", {})
    wanted = {"topic": IMAGE, "write_bag": False, "video": "none"} | settings
    return BagJob(bag, folder, overrides=overrides, **wanted)


def replayed(tmp_path: Path, samples: Sequence[Sample], kind: str = "mcap", **settings: Any) -> dict[str, Any]:
    """Write a bag and return the report of its replay, with the frames' records as "records"."""
    bag = write_bag(tmp_path / "bag", kind, samples)
    report = replay_bag(job(bag, tmp_path / "out", **settings), is_quiet=True)
    return report | {"records": records(tmp_path / "out")}


def records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a replay's frames."""
    return [json.loads(line) for line in (folder / "frames.jsonl").read_text().splitlines()]
