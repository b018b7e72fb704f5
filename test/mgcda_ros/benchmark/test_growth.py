"""How the cost grows: what is measured, and what is drawn of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from mgcda_core.deploy.detector import Detector
from mgcda_core.processing import Processor
from mgcda_ros.benchmark import growth as measured
from mgcda_ros.benchmark.chain import benchmark_node
from mgcda_ros.benchmark.growth_report import format_growth, plot_growth
from mgcda_ros.benchmark.results import GrowthPoint


def test_every_quantity_is_measured_at_every_amount(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "WARM_UP", 1)
    monkeypatch.setattr(measured, "SIZES", ((64, 48), (96, 64)))
    monkeypatch.setattr(measured, "CAMERA_COUNTS", (1, 2))
    monkeypatch.setattr(measured, "CAMERA_SIZE", (64, 48))
    monkeypatch.setattr(measured, "HAZARD_COUNTS", (0, 20))
    monkeypatch.setattr(measured, "HAZARD_SIZE", (320, 180))
    asked: list[int] = []
    together = detector.detect_together
    monkeypatch.setattr(detector, "detect_together", lambda frames: asked.append(len(frames)) or together(frames))
    with benchmark_node() as node:
        found = measured.measure_growth(Processor(detector), node, frames=3)
    assert {name: [point.amount for point in points] for name, points in found.items()} == {
        "pixels": [64 * 48 / 1e6, 96 * 64 / 1e6],
        "cameras": [1, 2],
        "hazards": [0, 20],
    }
    # A round is of all cameras: of two cameras two rounds are four frames, one more than asked for.
    lengths = {name: {len(s) for point in points for s in point.seconds.values()} for name, points in found.items()}
    assert lengths == {"pixels": {3}, "cameras": {3, 2}, "hazards": {3}}
    # One after the other detect() passes them on alone; hazards never ask the network.
    rounds = {1: 1 + 3, 2: 1 + 2}
    assert asked == [1] * (2 * rounds[1]) + [1] * (2 * rounds[2]) + [2] * rounds[2]
    assert [point.label for point in found["hazards"]] == ["0 made up, 0 reported", "20 made up, 20 reported"]
    for point in found["hazards"]:
        whole, *parts = (sum(seconds) for seconds in point.seconds.values())
        assert whole == pytest.approx(sum(parts))


@pytest.fixture
def growth() -> dict[str, list[GrowthPoint]]:
    return {
        "pixels": [GrowthPoint(n, f"{n} M", {"whole chain": [0.1 * n], "network": [0.09 * n]}) for n in (0.5, 2)],
        "cameras": [GrowthPoint(n, f"{n}", {"one after the other": [0.1 * n, 0.1 * n]}) for n in (1, 2, 4)],
        "hazards": [GrowthPoint(n, f"{n}", {"regions": [0.002 + 0.001 * n]}) for n in (0, 20, 200)],
    }


def test_the_table_has_times_and_how_many_times_the_first(growth: dict[str, list[GrowthPoint]]) -> None:
    table = format_growth(growth)
    assert "| 0.5 M | network | 45.00 | 45.00 | 45.00 | 1.00 |" in table
    assert "| 2 M | network | 180.00 | 180.00 | 180.00 | 4.00 |" in table
    assert "| 4 | one after the other | 400.00 | 400.00 | 400.00 | 4.00 |" in table
    assert "| 200 | regions | 202.00 | 202.00 | 202.00 | 101.00 |" in table
    assert "percentiles want 200" in table


def test_the_picture_has_lines_in_all_three_panels(growth: dict[str, list[GrowthPoint]], tmp_path: Path) -> None:
    path = tmp_path / "new" / "growth.png"
    plot_growth(growth, path, "a title")
    drawn = cv2.imread(str(path))
    height, width = drawn.shape[:2]
    blue = (abs(drawn.astype(int) - (0xB2, 0x72, 0x00)).sum(axis=2) < 30).reshape(height, width)
    for third in range(3):
        assert blue[:, third * width // 3 : (third + 1) * width // 3].sum() > 100
