"""The cost of alignment: measured in processes of their own, printed as a table."""

from __future__ import annotations

import pytest

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.networks.architecture import Architecture
from mgcda_core.training import cost
from mgcda_core.training.cost import TrainingCost, format_costs, measure_costs

NARROW = Architecture(
    kind="direct", backbone="mobilenetv3_small_050", segmentation_width=8, classes=("road", "car", "sky")
)


def test_a_setting_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "SETTINGS", {"none": AlignmentSettings()})
    (found,) = measure_costs(NARROW, 2, (64, 64), "fp32", steps=2, threads=1).values()
    assert 0 < found.seconds < 30
    assert 50e6 < found.peak_bytes < 20e9
    assert found.device == "CPU, 1 thread(s)" or "NVIDIA" in found.device


def test_every_setting_has_a_loss_on_random_pictures() -> None:
    assert list(cost.SETTINGS) == ["none", "MDAT", "CACL", "both"]
    used = {name: (each.uses_domains, each.uses_contrast) for name, each in cost.SETTINGS.items()}
    assert used == {"none": (False, False), "MDAT": (True, False), "CACL": (False, True), "both": (True, True)}


def test_the_table_says_what_each_setting_adds() -> None:
    table = format_costs({"none": TrainingCost(2.0, 100 * 2**20, "CPU"), "both": TrainingCost(2.5, 110 * 2**20, "CPU")})
    assert table.splitlines()[2:] == [
        "| none | 2.000 | +0.0% | 100 | +0.0% |",
        "| both | 2.500 | +25.0% | 110 | +10.0% |",
    ]
