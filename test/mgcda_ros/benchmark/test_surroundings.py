"""What a result is read with is true, or said to be unknown."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from mgcda_core.deploy.detector import Detector
from mgcda_ros.benchmark.surroundings import cpu_name, memory_mib, surroundings


@pytest.mark.parametrize(
    ("cpu_info", "processor", "name"),
    [
        pytest.param("processor\t: 0\nmodel name\t: AMD EPYC 7763\nprocessor\t: 1\n", "x86", "AMD EPYC 7763", id="x86"),
        pytest.param("processor\t: 0\nBogoMIPS\t: 50.00\n", "aarch64", "aarch64", id="no name, as on ARM"),
        pytest.param(None, "arm", "arm", id="another system"),
        pytest.param(None, "", "unknown", id="nobody knows"),
    ],
)
def test_name_of_the_cpu(
    cpu_info: str | None, processor: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "processor", lambda: processor)
    if cpu_info is not None:
        (tmp_path / "cpuinfo").write_text(cpu_info)
    assert cpu_name(tmp_path / "cpuinfo") == name


def test_memory_is_what_the_system_says_and_its_peak_stays() -> None:
    before = memory_mib()
    block = np.ones(200 * 2**20, np.uint8)
    during = memory_mib()
    assert during["resident"] == pytest.approx(psutil.Process().memory_info().rss / 2**20, abs=20)
    assert during["resident"] - before["resident"] == pytest.approx(200, abs=20)
    del block
    after = memory_mib()
    assert after["resident"] < during["resident"] - 150
    assert after["peak so far"] >= during["peak so far"] >= during["resident"] - 1


def test_threads_model_and_runtime_are_those_in_use(
    detector: Detector, opaque: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    about = surroundings(detector, threads=None)
    assert about["threads of PyTorch"] == torch.get_num_threads()
    assert about["threads asked for"] is None
    assert about["environment"]["OMP_WAIT_POLICY"] == "PASSIVE"
    assert about["model"] == "mgcda_lite" and about["runtime"].startswith(f"PyTorch {torch.__version__} on ")
    assert surroundings(opaque, threads=3)["runtime"] == "sealed"
