"""A device that is not there: BLIND and named, or the CPU and DEGRADED where that is allowed."""

from __future__ import annotations

import pytest
from harness import good_image, node_in_process

from mgcda_core.deploy.weights import Exported
from mgcda_ros.parameters.checking import ParameterError
from mgcda_ros.settings import check_latency_budget, runtime_settings

ABSENT = "cuda:99"
"""Of which there is none, with a GPU or without."""


def test_a_missing_device_is_blind_and_named() -> None:
    blind = ("BLIND", f"parameter device: '{ABSENT}'")
    with node_in_process(blind, device=ABSENT) as (_, peer):
        assert peer.wait_status(*blind)["hazards"] == [], "the node stays, and says so again"


def test_a_missing_device_is_degraded_on_the_cpu_where_that_is_allowed() -> None:
    with node_in_process(device=ABSENT, cpu_fallback=True) as (_, peer):
        report = peer.send_until_report(good_image)
        assert report["status"] == "DEGRADED"
        assert f"on the CPU, slower than meant: pytorch on {ABSENT}" in report["message"]


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
