"""Which runtime, on which device: what is asked for, or what is there; and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mgcda_core.deploy.runtimes.onnx_runtime import OnnxRuntime
from mgcda_core.deploy.runtimes.openvino_runtime import OpenVinoRuntime
from mgcda_core.deploy.runtimes.pytorch_device import PyTorchDeviceRuntime
from mgcda_core.deploy.runtimes.pytorch_runtime import PyTorchRuntime
from mgcda_core.deploy.runtimes.runtime import DeviceError, Runtime, RuntimeUnavailableError
from mgcda_core.deploy.runtimes.settings import RuntimeName, RuntimeSettings
from mgcda_core.deploy.weights import Card, load_card, load_weights

OF_SUFFIX: dict[str, tuple[RuntimeName, ...]] = {
    ".safetensors": ("pytorch",),
    ".onnx": ("onnx", "tensorrt"),
    ".xml": ("openvino",),
}
"""What runs which file: `mgcda export` writes the latter two."""


@dataclass(frozen=True)
class Choice:
    """runtime: that was opened. why: in words, for the log. fallback: why it is the CPU and not what was asked for."""

    runtime: Runtime
    why: str
    fallback: str | None = None


def open_runtime(weights: Path, settings: RuntimeSettings, threads: int | None = None) -> Choice:
    """Open weights, or a file exported from them, by the runtime that settings ask for.

    threads: of the CPU; None: the runtime's choice. Raises WeightsError where the file cannot be used,
    RuntimeUnavailableError where the runtime or the device cannot.
    """
    wanted = OF_SUFFIX.get(weights.suffix)
    if wanted is None:
        raise RuntimeUnavailableError(f"{weights}: suffix {weights.suffix!r} is not one of {', '.join(OF_SUFFIX)}")
    if settings.runtime not in ("auto", *wanted):
        raise RuntimeUnavailableError(
            f"runtime: {settings.runtime!r} does not run {weights.name}; set it to 'auto', or give "
            + ("the .safetensors file" if settings.runtime == "pytorch" else "a file that `mgcda export` wrote for it")
        )
    name = wanted[0] if settings.runtime == "auto" else settings.runtime
    if settings.compile != "off" and name != "pytorch":
        raise RuntimeUnavailableError(f"compile: {settings.compile!r} is PyTorch's and does not go with {name}")
    if not settings.further_looks and name != "pytorch":
        raise RuntimeUnavailableError(
            f"further_looks: {weights.name} looks as it was exported; export it again with --further_looks false"
        )
    try:
        return _open(name, weights, settings, threads)
    except (RuntimeUnavailableError, DeviceError) as error:
        if not settings.cpu_fallback or settings.device == "cpu":
            raise
        return fall_back(weights, settings, threads, f"{name} on {settings.device}: {error}")


def fall_back(weights: Path, settings: RuntimeSettings, threads: int | None, problem: str) -> Choice:
    """Open the same file on the CPU, because of a problem."""
    on_cpu = RuntimeSettings(device="cpu", further_looks=settings.further_looks)
    choice = _open(OF_SUFFIX[weights.suffix][0], weights, on_cpu, threads)
    return Choice(choice.runtime, "the CPU, to fall back on", f"on the CPU, slower than meant: {problem}")


def _open(name: RuntimeName, weights: Path, settings: RuntimeSettings, threads: int | None) -> Choice:
    if name == "pytorch":
        return _open_pytorch(weights, settings)
    if not weights.is_file():
        raise RuntimeUnavailableError(f"{weights}: the file does not exist; write it with `mgcda export`")
    card = load_card(weights)
    if name == "openvino":
        if settings.device.startswith("cuda"):
            raise RuntimeUnavailableError("device: openvino runs on the CPU here; set it to 'auto' or 'cpu'")
        precision = "float32" if settings.precision == "auto" else settings.precision
        runtime = OpenVinoRuntime(weights, card, threads=threads or 0, precision=precision)
        return Choice(runtime, f"{weights.suffix} files are OpenVINO's")
    if card.exported is not None and settings.precision not in ("auto", card.exported.precision):
        raise RuntimeUnavailableError(
            f"precision: {settings.precision!r} is not that of {weights.name}, which is {card.exported.precision}; set "
            "it to 'auto', or export another file"
        )
    return _open_onnx(name, weights, card, settings, threads)


def _open_onnx(name: RuntimeName, weights: Path, card: Card, settings: RuntimeSettings, threads: int | None) -> Choice:
    index = _gpu_index(settings.device)
    if name == "tensorrt":
        runtime = OnnxRuntime(weights, card, provider="TensorrtExecutionProvider", device_id=index)
        return Choice(runtime, "asked for")
    why = "asked for"
    if settings.device != "cpu":
        try:
            runtime = OnnxRuntime(weights, card, provider="CUDAExecutionProvider", device_id=index)
            return Choice(runtime, why if settings.device != "auto" else "onnxruntime can use a GPU")
        except RuntimeUnavailableError as error:
            if settings.device != "auto":
                raise
            why = f"no GPU: {str(error).partition(' (')[0]}"
    return Choice(OnnxRuntime(weights, card, threads=threads or 0), why)


def _open_pytorch(weights: Path, settings: RuntimeSettings) -> Choice:
    network, card = load_weights(weights)
    if not settings.further_looks:
        card = replace(card, scales=())
    precision = "float32" if settings.precision == "auto" else settings.precision
    has_gpu = torch.cuda.is_available()
    if settings.device == "cpu" or (settings.device == "auto" and not has_gpu):
        why = "asked for" if settings.device == "cpu" else "PyTorch sees no GPU; `mgcda export` makes files for others"
        return Choice(PyTorchRuntime(network, card, precision=precision, compile=settings.compile), why)
    if not has_gpu:
        built = f"was built for CUDA {torch.version.cuda}" if torch.version.cuda else "was built without CUDA"
        raise RuntimeUnavailableError(
            f"device: {settings.device!r} cannot be used: PyTorch {torch.__version__} {built} and sees no GPU; see "
            "what `nvidia-smi` says of the driver, set device to 'cpu' or 'auto', or cpu_fallback to true"
        )
    index = _gpu_index(settings.device)
    if index >= torch.cuda.device_count():
        raise RuntimeUnavailableError(
            f"device: {settings.device!r} does not exist; PyTorch sees {torch.cuda.device_count()} GPU(s), from cuda:0"
        )
    device = torch.device("cuda", index)
    runtime = PyTorchDeviceRuntime(network, card, device, precision=precision, compile=settings.compile)
    return Choice(runtime, "PyTorch sees a GPU" if settings.device == "auto" else "asked for")


def _gpu_index(device: str) -> int:
    return int(device.partition(":")[2] or 0)
