"""report.json and report.html of one bag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mgcda_core.evaluation.result_table import finite
from mgcda_ros.replay.page import page
from mgcda_ros.replay.summary import Outcome

REPORT = "report.json"


def write_report(folder: Path, summary: Mapping[str, Any], outcome: Outcome) -> None:
    """Write both files to folder; the data last, so that where it is, all is."""
    (folder / "report.html").write_text(page(summary, outcome), encoding="utf-8")
    text = json.dumps(finite(summary), indent=1, allow_nan=False, default=str)
    (folder / REPORT).write_text(text + "\n", encoding="utf-8")
