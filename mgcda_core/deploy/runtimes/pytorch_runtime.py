"""PyTorch on the CPU, and what its other devices share with it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from torch import nn

from mgcda_core.deploy.deployed import calibrated, classes
from mgcda_core.deploy.runtimes.runtime import (
    DeviceError,
    Maps,
    Runtime,
    RuntimeUnavailableError,
    first_line,
    shrunk,
)
from mgcda_core.deploy.runtimes.settings import Compilation, Precision
from mgcda_core.deploy.weights import Card
from mgcda_core.networks.outputs import AnomalyNetwork, Outputs
from mgcda_core.networks.scales import at_scales


class PyTorchRuntime(Runtime):
    """PyTorch on the CPU. compile: on has torch.compile make code of its own for each size of pictures, which takes a
    minute each and a C++ compiler; precision: of the convolutions; the maps are float32.

    Raises RuntimeUnavailableError for a precision or a way to compile that a CPU does not have.
    """

    name = "pytorch"

    def __init__(
        self, network: AnomalyNetwork, card: Card, *, precision: Precision = "float32", compile: Compilation = "off"
    ) -> None:
        self.network = fuse_batch_normalisation(network).to(memory_format=torch.channels_last)
        self.card, self.device, self.precision = card, torch.device("cpu"), precision
        self._check(precision, compile)
        self._look: Callable[[torch.Tensor], Outputs] = partial(at_scales, self.network, scales=card.scales)
        if compile != "off":
            # All looks at once: a CUDA graph's second run would overwrite what the first one answered.
            mode = "reduce-overhead" if compile == "cuda_graphs" else "default"
            self._look = torch.compile(self._look, dynamic=False, mode=mode)
        self.description = f"PyTorch {torch.__version__} on {self._where()}, {precision}"
        if compile != "off":
            self.description += f", compiled{' into CUDA graphs' if compile == 'cuda_graphs' else ''}"

    def _check(self, precision: Precision, compile: Compilation) -> None:
        if precision == "float16":
            raise RuntimeUnavailableError(
                "precision: 'float16' is not allowed on a CPU, which computes it slower than float32; set it to "
                "'float32' or, on a CPU with AVX-512 BF16 or AMX, to 'bfloat16'"
            )
        if compile == "cuda_graphs":
            raise RuntimeUnavailableError("compile: 'cuda_graphs' is not allowed on a CPU; set it to 'off' or 'on'")

    def _where(self) -> str:
        return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"

    def prepare(self, image: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
        """Return RGB float (1, 3, h, w) in [0, 1]."""
        # Channels last is how the picture lies in memory, and what the convolutions like: no copy but the float one.
        return torch.from_numpy(shrunk(image, size)).permute(2, 0, 1)[None].float().div_(255)

    @torch.inference_mode()
    def run(self, pictures: Sequence[torch.Tensor]) -> Outputs:
        """Return the network's outputs at all scales of the card, for pictures that prepare() made."""
        batch = torch.cat(list(pictures)) if len(pictures) > 1 else pictures[0]
        with device_errors(self.device), self._autocast():
            return self._look(batch)

    def _autocast(self) -> torch.autocast:
        kind = torch.float32 if self.precision == "float32" else getattr(torch, self.precision)
        return torch.autocast(self.device.type, dtype=kind, enabled=self.precision != "float32")

    @torch.inference_mode()
    def coarse(self, answer: Outputs, place: int = 0) -> Maps:
        """Return the maps of one picture at the network's own resolution."""
        one = outputs_at(answer, place)
        return Maps(calibrated(one, self.card)[0].numpy(), classes(one)[0].numpy())


def outputs_at(answer: Outputs, place: int) -> Outputs:
    """Return the outputs of one picture of a batch, a batch of one."""
    return Outputs(*(None if values is None else values[place : place + 1] for values in answer))


@contextmanager
def device_errors(device: torch.device) -> Iterator[None]:
    """Turn what a device's failure looks like in PyTorch into DeviceError, saying what helps."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(
            f"{device}: out of memory ({first_line(error)}); lower long_side_px, set precision to 'float16', look at "
            "fewer cameras together, or end what else uses the device"
        ) from error
    except RuntimeError as error:
        if not _is_of_the_device(error):
            raise
        raise DeviceError(
            f"{device}: the device failed ({first_line(error)}); what runs on it has to be started anew: see "
            "`nvidia-smi` and the kernel's log for what happened"
        ) from error


def _is_of_the_device(error: RuntimeError) -> bool:
    accelerator_error = getattr(torch, "AcceleratorError", None)  # PyTorch 2.8 and later
    if accelerator_error is not None and isinstance(error, accelerator_error):
        return True
    return any(mark in str(error) for mark in ("CUDA error", "cuDNN error", "CUBLAS_STATUS", "CUDA driver"))


def fuse_batch_normalisation(network: AnomalyNetwork) -> AnomalyNetwork:
    """Fold each batch normalisation that directly follows a convolution into it, in place: same result, less work."""
    for parent in list(network.modules()):
        children = list(parent.named_children())
        for (_, convolution), (name, normalisation) in zip(children[:-1], children[1:], strict=True):
            if not (isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d)):
                continue
            if not normalisation.affine or convolution.out_channels != normalisation.num_features:
                continue
            scale = normalisation.weight / torch.sqrt(normalisation.running_var + normalisation.eps)
            bias = torch.zeros_like(scale) if convolution.bias is None else convolution.bias
            convolution.weight = nn.Parameter(convolution.weight * scale.view(-1, 1, 1, 1))
            convolution.bias = nn.Parameter((bias - normalisation.running_mean) * scale + normalisation.bias)
            setattr(parent, name, getattr(normalisation, "act", None) or nn.Identity())
    return network
