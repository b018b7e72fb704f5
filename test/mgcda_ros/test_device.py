"""A device that is not there: BLIND and named, or the CPU and DEGRADED where that is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Peer, good_image, node_arguments, process
from ros_domain import fresh_domain

from mgcda_core.deploy.weights import Exported
from mgcda_ros.parameters.checking import ParameterError
from mgcda_ros.settings import check_latency_budget, runtime_settings

ABSENT = "cuda:99"
"""Of which there is none, with a GPU or without."""


def test_a_missing_device_is_blind_and_named(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(device=ABSENT, long_side_px=160, threads=1, heartbeat_s=0.2)
    with process("node", arguments, domain=domain, log=tmp_path / "log") as child:
        peer = Peer(domain)
        try:
            peer.wait_status("BLIND", f"parameter device: '{ABSENT}'")
            assert child.poll() is None
        finally:
            peer.close()


def test_a_missing_device_is_degraded_on_the_cpu_where_that_is_allowed(tmp_path: Path) -> None:
    domain = fresh_domain()
    arguments = node_arguments(device=ABSENT, cpu_fallback="true", long_side_px=160, threads=1, heartbeat_s=0.2)
    with process("node", arguments, domain=domain, log=tmp_path / "log"):
        peer = Peer(domain)
        try:
            report = peer.send_until_report(good_image)
            assert report["status"] == "DEGRADED"
            assert f"on the CPU, slower than meant: pytorch on {ABSENT}" in report["message"]
        finally:
            peer.close()


def test_wrong_runtime_settings_name_the_parameter() -> None:
    values = {
        "runtime": "auto",
        "device": "gpu",
        "precision": "auto",
        "compile": "off",
        "cpu_fallback": False,
        "further_looks": True,
    }
    with pytest.raises(ParameterError, match="^parameter device: 'gpu' is not allowed; it must be 'auto', 'cpu'"):
        runtime_settings(values)


def test_a_budget_does_not_go_with_a_file_of_one_size() -> None:
    exported = Exported("onnx", "float32", 576, 1024, "", 0.0)
    check_latency_budget({"latency_budget_s": 0.0}, exported)
    check_latency_budget({"latency_budget_s": 0.2}, None)
    with pytest.raises(ParameterError, match=r"^parameter latency_budget_s: 0.2 is not allowed .* 1024 x 576 alone"):
        check_latency_budget({"latency_budget_s": 0.2}, exported)
