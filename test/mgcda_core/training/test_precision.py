"""The precision that a training computes in where the recipe leaves it open."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mgcda_core.training.precision import Precision, chosen_precision

CPUINFO = Path("/proc/cpuinfo")
NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there, which decides")


@pytest.mark.parametrize("precision", ["bf16", "fp16", "fp32"])
def test_what_is_asked_for_stays(precision: Precision) -> None:
    assert chosen_precision(precision) == precision


@NO_GPU
@pytest.mark.skipif(not CPUINFO.is_file() or "flags" not in CPUINFO.read_text(), reason="no flags of an x86 CPU here")
@pytest.mark.skipif(not hasattr(torch.cpu, "get_capabilities"), reason="this PyTorch cannot tell what the CPU has")
def test_auto_is_what_the_kernel_says_of_this_cpu() -> None:
    flags = next(line for line in CPUINFO.read_text().splitlines() if line.startswith("flags")).split()
    assert (chosen_precision("auto") == "bf16") == bool({"avx512_bf16", "amx_bf16"} & set(flags))


@NO_GPU
@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, "fp32"),
        ({"avx2": True, "avx512_bf16": True, "amx_bf16": False}, "bf16"),
        ({"avx512_bf16": False, "amx_bf16": True}, "bf16"),
        ({"neon": True, "bf16": True}, "bf16"),
        ({}, "fp32"),
    ],
)
def test_auto_asks_for_instructions(monkeypatch: pytest.MonkeyPatch, capabilities: dict, expected: str) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert chosen_precision("auto") == expected


@NO_GPU
def test_auto_with_a_pytorch_that_cannot_tell_is_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert chosen_precision("auto") == "fp32"


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), "fp16"), ((8, 0), "bf16"), ((9, 0), "bf16")])
def test_auto_on_a_gpu_is_what_its_units_have(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    monkeypatch.setattr(torch.version, "hip", None)
    assert chosen_precision("auto") == expected
