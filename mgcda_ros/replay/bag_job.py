"""What is asked of one bag; all of it can be sent to another process or machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from mgcda_core.deploy.weights import named_weights


@dataclass(frozen=True)
class BagJob:
    """bag: to read. folder: to write; must not exist yet. topic, ground_truth: as the command line has them.

    overrides: parameters that differ from the declaration's defaults. threads: of the network on a CPU, 0: one a core.
    """

    bag: Path
    folder: Path
    topic: str | None = None
    ground_truth: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    threads: int = 0
    write_bag: bool = True
    video: Literal["mp4", "webm", "none"] = "mp4"

    @property
    def weights(self) -> Path:
        """Return the file of the weights."""
        return named_weights(self.overrides.get("weights") or "")

    def fingerprint(self) -> str:
        """Return what tells whether a result is this job's: the same bag, unchanged, with the same settings.

        Of files their names, sizes and times of change are looked at, not their contents.
        """
        bag = self.bag.resolve()
        files = sorted(path for path in bag.rglob("*") if path.is_file()) if bag.is_dir() else [bag]
        told = {
            "mgcda_ros": version("mgcda_ros"),
            "files": [_described(path) for path in files if path.exists()],
            "weights": _described(self.weights.resolve()) if self.weights.exists() else str(self.weights),
            "topic": self.topic,
            "ground_truth": self.ground_truth,
            "overrides": self.overrides,
            "write_bag": self.write_bag,
            "video": self.video,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _described(path: Path) -> list[str | int]:
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]
