"""PyTorch on a GPU: the whole way from the camera's bytes to maps of the picture's size happens there.

One copy in, one copy out, both through pinned memory and on a stream of its own, so that other users of the GPU in the
same process need not be waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F

from mgcda_core.deploy.deployed import calibrated, classes
from mgcda_core.deploy.resizing_on_device import shrunk_on_device
from mgcda_core.deploy.runtimes.pytorch_runtime import PyTorchRuntime, device_errors, outputs_at
from mgcda_core.deploy.runtimes.runtime import Maps
from mgcda_core.deploy.runtimes.settings import Compilation, Precision
from mgcda_core.deploy.weights import Card
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs


class PyTorchDeviceRuntime(PyTorchRuntime):
    """PyTorch on device: cuda or cuda:N; cpu goes the same way without pinned memory and stream, for tests.

    Raises DeviceError where the device fails or has too little memory.
    """

    def __init__(
        self,
        network: AnomalyNetwork,
        card: Card,
        device: torch.device,
        *,
        precision: Precision = "float32",
        compile: Compilation = "off",
    ) -> None:
        self._on_gpu = device.type == "cuda"
        self._target = device
        super().__init__(network, card, precision=precision, compile=compile)
        self.device = device
        self._buffers: dict[int, torch.Tensor] = {}
        with device_errors(device):
            self.network.to(device)
            self._stream = torch.cuda.Stream(device) if self._on_gpu else None

    def _check(self, precision: Precision, compile: Compilation) -> None:
        """Allow what a GPU can do."""
        if not self._on_gpu:
            super()._check(precision, compile)

    def _where(self) -> str:
        return f"{self._target} ({torch.cuda.get_device_name(self._target)})" if self._on_gpu else str(self._target)

    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
        """Return RGB float (1, 3, h, w) in [0, 1] on the device; the bytes are copied there and resized there."""
        with self._at_work():
            # As it is handed in, the picture belongs to the camera: a copy to pinned memory is free to be late.
            there = self._pinned(torch.from_numpy(np.ascontiguousarray(image))).to(self.device, non_blocking=True)
            values = shrunk_on_device(there.permute(2, 0, 1), size)[None].float().div_(255)
            return values.contiguous(memory_format=torch.channels_last)

    def run(self, pictures: Sequence[torch.Tensor]) -> Outputs:
        """Return the network's outputs, on the device."""
        with self._at_work():
            return super().run(pictures)

    def wait(self) -> None:
        """Return when the stream is empty."""
        if self._stream is not None:
            self._stream.synchronize()

    def coarse(self, answer: Outputs, place: int = 0) -> Maps:
        """Return the maps of one picture at the network's own resolution."""
        one = outputs_at(answer, place)
        with self._at_work():
            return self._copied_out(calibrated(one, self.card)[0], classes(one)[0])

    def maps(self, answer: Outputs, place: int, height: int, width: int) -> Maps:
        """Return the maps of one picture at its size, resized on the device; raises RuntimeError for no numbers."""
        one = outputs_at(answer, place)
        size = (height, width)
        with self._at_work():
            probability = F.interpolate(calibrated(one, self.card)[None], size=size, mode="bilinear")
            semantics = F.interpolate(classes(one)[None].float(), size=size, mode="nearest")
            found = self._copied_out(probability[0, 0], semantics[0, 0].to(torch.uint8))
        # NaN spreads into the pixels between: its sum tells, at the price of one reading.
        if not np.isfinite(found.probability.sum()):
            raise self.not_a_number()
        return found

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        # By default cuDNN takes TF32 for float32: ten bits in place of 23 are another class here and there.
        in_full = torch.backends.cudnn.flags(enabled=True, allow_tf32=self.precision != "float32")
        with torch.inference_mode(), device_errors(self.device), in_full:
            if self._stream is None:
                yield
                return
            with torch.cuda.stream(self._stream):
                yield

    def _pinned(self, values: torch.Tensor) -> torch.Tensor:
        return values.pin_memory() if self._on_gpu else values

    def _copied_out(self, probability: torch.Tensor, semantics: torch.Tensor) -> Maps:
        """Return both maps on the host, by one copy of their bytes."""
        count = 4 * probability.numel()
        joined = torch.cat([probability.contiguous().flatten().view(torch.uint8), semantics.contiguous().flatten()])
        there = self._buffers.get(joined.numel())
        if there is None:
            there = torch.empty(joined.numel(), dtype=torch.uint8, pin_memory=self._on_gpu)
            self._buffers = {joined.numel(): there}
        there.copy_(joined, non_blocking=True)
        self.wait()
        # Out of the buffer, which the next picture overwrites.
        host = there.numpy().copy()
        return Maps(host[:count].view(np.float32).reshape(probability.shape), host[count:].reshape(semantics.shape))
