"""The way that a GPU's pictures take: the same maps as the CPU's, and failures of the device that are called so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mgcda_core.deploy.detector import Detector
from mgcda_core.deploy.resizing import network_size, shrink
from mgcda_core.deploy.resizing_on_device import area_weights, shrunk_on_device
from mgcda_core.deploy.runtimes import choice
from mgcda_core.deploy.runtimes.pytorch_device import PyTorchDeviceRuntime
from mgcda_core.deploy.runtimes.pytorch_runtime import PyTorchRuntime, device_errors
from mgcda_core.deploy.runtimes.runtime import DeviceError
from mgcda_core.deploy.runtimes.settings import RuntimeSettings
from mgcda_core.deploy.weights import load_weights
from mgcda_core.frame import Frame

MakePicture = Callable[..., np.ndarray]
GPU = torch.device("cuda")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU on this machine")
DEVICES = [
    pytest.param(torch.device("cpu"), id="cpu"),
    pytest.param(GPU, id="cuda", marks=[pytest.mark.gpu, needs_gpu]),
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("size", [(64, 96), (130, 192), (256, 384), (300, 400), (301, 401)], ids=str)
def test_a_device_gives_the_maps_that_the_cpu_gives(
    weights_file: Path, make_picture: MakePicture, device: torch.device, size: tuple[int, int]
) -> None:
    runtimes = (
        PyTorchRuntime(*load_weights(weights_file)),
        PyTorchDeviceRuntime(*load_weights(weights_file), device),
    )
    picture = make_picture(*size)
    expected, found = (
        runtime.maps(runtime.run([runtime.prepare(picture, network_size(*size, 128))]), 0, *size)
        for runtime in runtimes
    )
    assert (found.probability.dtype, found.semantics.dtype) == (np.float32, np.uint8)
    assert found.probability.shape == found.semantics.shape == size
    assert np.ptp(expected.probability) > 0.1, "of a map that is the same everywhere: this test compares nothing"
    assert np.abs(found.probability - expected.probability).max() < 1e-3
    assert (found.semantics == expected.semantics).mean() > 0.999


@pytest.mark.parametrize("device", DEVICES)
def test_every_picture_of_a_batch_has_its_own_maps(
    weights_file: Path, make_picture: MakePicture, device: torch.device
) -> None:
    runtime = PyTorchDeviceRuntime(*load_weights(weights_file), device)
    pictures = [make_picture(64, 96, seed=seed) for seed in range(3)]
    prepared = [runtime.prepare(picture, (64, 96)) for picture in pictures]
    together = runtime.run(prepared)
    kept = [runtime.maps(together, place, 64, 96).probability for place in range(3)]
    for values, one in zip(kept, prepared, strict=True):
        alone = runtime.maps(runtime.run([one]), 0, 64, 96).probability
        assert np.abs(values - alone).max() < 1e-3
    assert not np.array_equal(kept[0], kept[1]), "of two pictures"


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((540, 960), (288, 512)),
        ((1080, 1920), (576, 1024)),
        ((64, 96), (32, 48)),
        ((301, 401), (150, 200)),
        ((97, 131), (96, 130)),
        ((480, 640), (96, 128)),
    ],
)
def test_a_picture_is_shrunk_to_the_same_bytes(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    found = shrunk_on_device(torch.from_numpy(picture).permute(2, 0, 1), wanted).permute(1, 2, 0).numpy()
    expected = shrink(picture, (wanted[1], wanted[0]))
    # Between two bytes, the last bit of a float decides in averages of areas.
    assert found.dtype == np.uint8 and np.abs(found.astype(int) - expected).max() <= 1
    assert (found == expected).mean() > 0.999


def test_area_weights_average_as_opencv_does() -> None:
    rng = np.random.default_rng(1)
    picture = rng.uniform(0, 255, (37, 53)).astype(np.float32)
    rows, columns = area_weights(37, 11, torch.device("cpu")), area_weights(53, 20, torch.device("cpu"))
    torch.testing.assert_close(rows.sum(dim=1), torch.ones(11))
    found = (rows @ torch.from_numpy(picture) @ columns.T).numpy()
    np.testing.assert_allclose(found, cv2.resize(picture, (20, 11), interpolation=cv2.INTER_AREA), rtol=1e-4)


def test_no_number_raises_on_a_device_too(weights_file: Path, make_picture: MakePicture) -> None:
    runtime = PyTorchDeviceRuntime(*load_weights(weights_file), torch.device("cpu"))
    answer = runtime.run([runtime.prepare(make_picture(64, 96), (64, 96))])
    with torch.inference_mode():
        answer.anomaly_logits[0, 0, 3, 5] = torch.inf
    with pytest.raises(RuntimeError, match="tiny returned NaN or infinity"):
        runtime.maps(answer, 0, 64, 96)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out of memory .*lower long_side_px"),
        (RuntimeError("CUDA error: device-side assert triggered\nmore"), "the device failed .CUDA error"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "the device failed .*nvidia-smi"),
    ],
)
def test_failures_of_the_device_are_called_so(raised: Exception, told: str) -> None:
    with pytest.raises(DeviceError, match=f"cuda:1: {told}"), device_errors(torch.device("cuda:1")):
        raise raised


def test_other_failures_are_left_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="^shapes differ$") as caught, device_errors(GPU):
        raise RuntimeError("shapes differ")
    assert not isinstance(caught.value, DeviceError)


def test_float32_is_computed_in_full_and_other_users_keep_their_setting(
    weights_file: Path, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = PyTorchDeviceRuntime(*load_weights(weights_file), torch.device("cpu"))
    look, seen = runtime._look, []

    def watched(batch: torch.Tensor) -> object:
        seen.append(torch.backends.cudnn.allow_tf32)
        return look(batch)

    monkeypatch.setattr(runtime, "_look", watched)
    for allowed in (True, False):
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", allowed)
        runtime.run([runtime.prepare(make_picture(64, 96), (64, 96))])
        assert torch.backends.cudnn.allow_tf32 == allowed
    assert seen == [False, False]


class FailingRuntime(PyTorchDeviceRuntime):
    """A device that runs out of memory at its third picture, and has failed ever since."""

    looks = 0

    def run(self, pictures: list[torch.Tensor]) -> object:
        with self._at_work():
            self.looks += 1
            if self.looks > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return super().run(pictures)


def failing_detector(weights: Path, monkeypatch: pytest.MonkeyPatch, *, cpu_fallback: bool) -> Detector:
    def open_failing(path: Path, settings: RuntimeSettings) -> choice.Choice:
        if settings.device == "cpu":
            return choice.Choice(PyTorchRuntime(*load_weights(path)), "asked for")
        return choice.Choice(FailingRuntime(*load_weights(path), torch.device("cpu")), "asked for")

    monkeypatch.setattr(choice, "_open_pytorch", open_failing)
    return Detector(weights, runtime=RuntimeSettings(device="cuda", cpu_fallback=cpu_fallback))


def test_a_failed_device_is_replaced_by_the_cpu_where_that_is_allowed(
    weights_file: Path, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = failing_detector(weights_file, monkeypatch, cpu_fallback=True)
    frame = Frame(make_picture(64, 96), 0, "")
    maps = []
    for number in range(4):
        maps.append(detector.detect(frame).probability)
        assert (detector.fallback is None) == (number < 2)
    assert detector.fallback.startswith("on the CPU, slower than meant: cpu: out of memory")
    assert max(np.abs(other - maps[0]).max() for other in maps[1:]) < 1e-3


def test_a_failed_device_raises_at_every_picture_otherwise(
    weights_file: Path, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = failing_detector(weights_file, monkeypatch, cpu_fallback=False)
    frame = Frame(make_picture(64, 96), 0, "")
    for _ in range(2):
        detector.detect(frame)
    for _ in range(2):
        with pytest.raises(DeviceError, match="out of memory"):
            detector.detect(frame)
    assert detector.fallback is None


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("compile", ["off", "cuda_graphs"])
def test_every_precision_finds_nearly_the_same_on_a_gpu(
    weights_file: Path, make_picture: MakePicture, precision: str, compile: str
) -> None:
    frame = Frame(make_picture(128, 192), 0, "")
    settings = RuntimeSettings(device="cuda", precision=precision, compile=compile)
    expected, found = (
        Detector(weights_file, runtime=each).detect(frame).probability
        for each in (RuntimeSettings(device="cpu"), settings)
    )
    assert np.abs(found - expected).max() < (1e-3 if precision == "float32" else 0.1)
