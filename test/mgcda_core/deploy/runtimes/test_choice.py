"""Which runtime is opened, what is said of it, and what is said where it cannot be."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch

from mgcda_core.deploy.deployed import calibrated
from mgcda_core.deploy.runtimes.choice import open_runtime
from mgcda_core.deploy.runtimes.runtime import DeviceError, RuntimeUnavailableError
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import Card, Exported, WeightsError, load_card, load_weights, save_card, save_weights
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.outputs import Outputs
from mgcda_core.networks.scales import Scale

MakePicture = Callable[..., np.ndarray]
ROOT = Path(__file__).parents[4]
SESSION = SimpleNamespace(name="picture"), SimpleNamespace(name="probability"), SimpleNamespace(name="classes")


@pytest.fixture
def file(weights_file: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes an empty file with the card of an export, for runtimes that are stand-ins."""

    def make(name: str) -> Path:
        path = tmp_path / name
        path.touch()
        exported = Exported("onnx", "float32", 64, 96, "", 0.0)
        save_card(dataclasses.replace(load_card(weights_file), exported=exported), path)
        return path

    return make


class Session:
    """Stands for onnxruntime's: starts the providers in `works`, silently leaves others out, as the real one does."""

    works: tuple[str, ...] = ("CPUExecutionProvider",)
    asked: list = []

    def __init__(self, path: str, options: object, providers: list) -> None:
        type(self).asked = providers
        names = [each if isinstance(each, str) else each[0] for each in providers]
        self._providers = [name for name in names if name in self.works] or ["CPUExecutionProvider"]

    def get_providers(self) -> list[str]:
        return self._providers

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SESSION[0]]

    def get_outputs(self) -> list[SimpleNamespace]:
        return list(SESSION[1:])

    def run(self, names: list[str], inputs: dict) -> None:
        raise RuntimeError("CUDA failure 700: an illegal memory access was encountered")


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says which providers onnxruntime brings, and which of them start."""
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)

    def say(*brought: str, works: tuple[str, ...] = ("CPUExecutionProvider",)) -> None:
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*brought, "CPUExecutionProvider"])
        monkeypatch.setattr(Session, "works", works)

    return say


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"runtime": "tensorflow"}, "runtime: 'tensorflow' is not allowed"),
        ({"device": "gpu"}, "device: 'gpu' is not allowed; it must be 'auto', 'cpu', 'cuda' or 'cuda:N'"),
        ({"precision": "int8"}, "precision: 'int8' is not allowed"),
        ({"compile": "yes"}, "compile: 'yes' is not allowed"),
    ],
)
def test_wrong_settings_are_refused(values: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        RuntimeSettings(**values)


def test_pytorch_runs_weights_on_the_cpu_where_there_is_no_gpu(
    weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    chosen = open_runtime(weights_file, RuntimeSettings())
    assert chosen.runtime.name == "pytorch" and "CPU" in chosen.runtime.description
    assert chosen.why.startswith("PyTorch sees no GPU") and chosen.fallback is None
    with pytest.raises(RuntimeUnavailableError, match=r"device: 'cuda' cannot be used: .* sees no GPU.*nvidia-smi"):
        open_runtime(weights_file, RuntimeSettings(device="cuda"))
    allowed = open_runtime(weights_file, RuntimeSettings(device="cuda", cpu_fallback=True))
    assert allowed.runtime.name == "pytorch" and "pytorch on cuda: device: 'cuda' cannot be used" in allowed.fallback


def test_a_gpu_that_does_not_exist_is_named(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(RuntimeUnavailableError, match=r"device: 'cuda:2' does not exist; PyTorch sees 2 GPU"):
        open_runtime(weights_file, RuntimeSettings(device="cuda:2"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"precision": "float16"}, "precision: 'float16' is not allowed on a CPU"),
        ({"compile": "cuda_graphs"}, "compile: 'cuda_graphs' is not allowed on a CPU"),
        ({"runtime": "onnx"}, "runtime: 'onnx' does not run tiny.safetensors; .* `mgcda export`"),
    ],
)
def test_what_a_cpu_or_a_file_cannot_do_is_refused(weights_file: Path, values: dict, told: str) -> None:
    with pytest.raises(RuntimeUnavailableError, match=told):
        open_runtime(weights_file, RuntimeSettings(device="cpu", **values))


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailableError, match=r"suffix '.pth' is not one of .safetensors, .onnx, .xml"):
        open_runtime(tmp_path / "model.pth", RuntimeSettings())


def test_torch_compile_is_asked_for_as_set(weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []
    monkeypatch.setattr(torch, "compile", lambda network, **how: asked.append(how) or network)
    open_runtime(weights_file, RuntimeSettings(device="cpu"))
    chosen = open_runtime(weights_file, RuntimeSettings(device="cpu", compile="on"))
    assert asked == [{"dynamic": False, "mode": "default"}]
    assert chosen.runtime.description.endswith("float32, compiled")


def test_one_look_is_the_answer_without_the_cards_scales(
    weights_file: Path, make_picture: MakePicture, tmp_path: Path
) -> None:
    network, card = load_weights(weights_file)
    save_weights(network, dataclasses.replace(card, scales=(Scale(0.5, 0.4),)), two := tmp_path / "two.safetensors")
    maps = []
    for weights, further_looks in ((weights_file, True), (two, False), (two, True)):
        runtime = open_runtime(weights, RuntimeSettings(device="cpu", further_looks=further_looks)).runtime
        maps.append(runtime.coarse(runtime.run([runtime.prepare(make_picture(64, 96), (64, 96))])).probability)
    assert np.array_equal(maps[0], maps[1]) and np.abs(maps[1] - maps[2]).max() > 0.01


def test_bfloat16_is_nearly_float32(weights_file: Path, make_picture: MakePicture) -> None:
    maps = []
    for precision in ("float32", "bfloat16"):
        runtime = open_runtime(weights_file, RuntimeSettings(device="cpu", precision=precision)).runtime
        maps.append(runtime.coarse(runtime.run([runtime.prepare(make_picture(64, 96), (64, 96))])).probability)
    assert maps[1].dtype == np.float32 and 0 < np.abs(maps[0] - maps[1]).max() < 0.2


def test_onnx_takes_the_gpu_where_it_starts(file: Callable[[str], Path], providers: Callable[..., None]) -> None:
    providers("CUDAExecutionProvider", works=("CUDAExecutionProvider", "CPUExecutionProvider"))
    chosen = open_runtime(file("a.onnx"), RuntimeSettings())
    assert "on CUDA 0" in chosen.runtime.description and chosen.why == "onnxruntime can use a GPU"
    assert Session.asked == [("CUDAExecutionProvider", {"device_id": 0, "use_tf32": 0}), "CPUExecutionProvider"]
    with pytest.raises(DeviceError, match="on CUDA 0, float32: failed .CUDA failure 700"):
        chosen.runtime.run([np.zeros((1, 64, 96, 3), np.uint8)])


def test_a_provider_that_silently_does_not_start_is_noticed(
    file: Callable[[str], Path], providers: Callable[..., None]
) -> None:
    providers("CUDAExecutionProvider", "TensorrtExecutionProvider")
    path = file("a.onnx")
    with pytest.raises(RuntimeUnavailableError, match="CUDAExecutionProvider does not start on this machine"):
        open_runtime(path, RuntimeSettings(device="cuda"))
    chosen = open_runtime(path, RuntimeSettings())
    assert "on CPU" in chosen.runtime.description and "CUDAExecutionProvider does not start" in chosen.why
    with pytest.raises(RuntimeUnavailableError, match="TensorrtExecutionProvider does not start"):
        open_runtime(path, RuntimeSettings("tensorrt"))
    allowed = open_runtime(path, RuntimeSettings("tensorrt", cpu_fallback=True))
    assert "on CPU" in allowed.runtime.description
    assert allowed.fallback.startswith("on the CPU, slower than meant: tensorrt on auto: TensorrtExecutionProvider")


def test_a_provider_that_is_not_there_is_named_with_the_remedy(
    file: Callable[[str], Path], providers: Callable[..., None]
) -> None:
    providers()
    with pytest.raises(RuntimeUnavailableError, match=r"has no CUDAExecutionProvider .*onnxruntime-gpu in place of"):
        open_runtime(file("a.onnx"), RuntimeSettings(device="cuda"))


@pytest.mark.parametrize(("package", "name"), [("onnxruntime", "a.onnx"), ("openvino", "a.xml")])
def test_a_missing_package_is_named_with_the_remedy(
    file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, package: str, name: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RuntimeUnavailableError, match=rf"{package} cannot be imported .*pip install 'mgcda_ros\["):
        open_runtime(file(name), RuntimeSettings(device="cpu"))


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("a.onnx", {"precision": "float16"}, "precision: 'float16' is not that of a.onnx, which is float32"),
        ("a.onnx", {"further_looks": False}, "further_looks: a.onnx looks as it was exported"),
        ("a.onnx", {"compile": "on"}, "compile: 'on' is PyTorch's and does not go with onnx"),
        ("a.onnx", {"runtime": "openvino"}, "runtime: 'openvino' does not run a.onnx"),
        ("a.xml", {"device": "cuda"}, "device: openvino runs on the CPU"),
        ("a.xml", {"precision": "float16"}, "precision: 'float16' is not allowed with openvino"),
    ],
)
def test_settings_that_do_not_go_with_a_file_are_refused(
    file: Callable[[str], Path], name: str, values: dict, told: str
) -> None:
    if name.endswith(".xml"):
        pytest.importorskip("openvino", reason="openvino is not installed")
    with pytest.raises(RuntimeUnavailableError, match=told):
        open_runtime(file(name), RuntimeSettings(**values))


def test_a_file_that_does_not_exist_is_named(weights_file: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeUnavailableError, match="nowhere.onnx: the file does not exist"):
        open_runtime(tmp_path / "nowhere.onnx", RuntimeSettings())
    with pytest.raises(WeightsError, match="nowhere.safetensors: the weights file does not exist"):
        open_runtime(tmp_path / "nowhere.safetensors", RuntimeSettings(device="cpu"))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_an_answer_that_is_no_number_has_no_probability(bad: float) -> None:
    logits = torch.tensor([[[[0.0, bad, 4.0]]]])
    outputs = Outputs(logits, logits, logits, logits)
    found = calibrated(outputs, Card("x", Architecture(classes=("a", "b"))))
    torch.testing.assert_close(found, torch.tensor([[[0.5, torch.nan, 0.98201379]]]), equal_nan=True)


def test_loading_weights_twice_gives_networks_of_their_own(weights_file: Path) -> None:
    first, second = (open_runtime(weights_file, RuntimeSettings(device="cpu")).runtime for _ in range(2))
    assert first.network is not second.network and load_weights(weights_file)[0] is not first.network


def test_openvino_tells_its_maker_nothing() -> None:
    pytest.importorskip("openvino", reason="openvino is not installed")
    code = (
        "from mgcda_core.deploy.runtimes.openvino_package import import_openvino\n"
        "import_openvino().convert_model\n"
        "from openvino.tools.ovc import telemetry_utils\n"
        "import sys; print(telemetry_utils.tm.__name__, 'openvino_telemetry' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["openvino.tools.ovc.telemetry_stub", "False"]
