"""One process or many, on CPUs or GPUs, in one precision: the training's only door to accelerate."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedDataParallelKwargs, broadcast, broadcast_object_list, gather_object
from torch import nn

from mgcda_core.training.learning import Learning
from mgcda_core.training.precision import Precision, chosen_precision

Value = TypeVar("Value")

CLIP = 5.0
"""Largest norm of the network's gradient."""


class Processes:
    """The processes of a training; torchrun or `accelerate launch` starts them, alone there is one.

    precision: fp32, bf16, fp16 (with gradient scaling), or auto. Raises ValueError where the machine does not have it.
    Gradients are averaged over all processes; what a loss or a normalisation takes over its batch (pixel counts, dice,
    batch statistics, contrasts between pictures) it takes over the batch of its own process.
    """

    def __init__(self, precision: Precision) -> None:
        precision = chosen_precision(precision)
        # accelerate keeps the first precision of a Python process for good; a second training may want another.
        AcceleratorState._reset_state()
        # Some timm encoders have parameters that no feature level reads, and which get no gradient.
        parallel = DistributedDataParallelKwargs(find_unused_parameters=True)
        try:
            self.accelerator = Accelerator(
                mixed_precision="no" if precision == "fp32" else precision,
                cpu=not torch.cuda.is_available(),
                kwargs_handlers=[parallel],
            )
        except ValueError as error:
            raise ValueError(
                f"precision: {precision} is not allowed on this machine ({error}); use bf16 or fp32"
            ) from None
        self.device: torch.device = self.accelerator.device
        # accelerate would go on in single precision without a word.
        if precision == "fp16" and self.device.type == "cpu":
            raise ValueError("precision: fp16 is not allowed on this machine (it needs a GPU); use bf16 or fp32")
        self.count: int = self.accelerator.num_processes
        self.index: int = self.accelerator.process_index
        self.is_main: bool = self.accelerator.is_main_process

    def prepare(self, learning: Learning, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Return both, ready for step(); what was prepared before is let go."""
        self.accelerator.free_memory()
        return self.accelerator.prepare(learning, optimiser)

    def step(self, loss: torch.Tensor, optimiser: torch.optim.Optimizer, network: nn.Module) -> None:
        """Take one step down the loss, with the network's gradient clipped at CLIP."""
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()

    @property
    def scaler(self) -> torch.amp.GradScaler | None:
        """Return what scales the loss in fp16."""
        return self.accelerator.scaler

    def any(self, *flags: int) -> list[int]:
        """Return the highest of each flag over the processes, so that all of them decide alike."""
        if self.count == 1:
            return list(flags)
        gathered = self.accelerator.gather(torch.tensor([[int(flag) for flag in flags]], device=self.device))
        return gathered.amax(dim=0).tolist()

    def merge(self, sums: dict[str, list[float]]) -> dict[str, list[float]]:
        """Return sums by name, added up over the processes, in the main process; nothing in the others."""
        if self.count == 1:
            return sums
        parts: list[dict[str, list[float]]] = gather_object([sums])
        merged = {
            name: [sum(column) for column in zip(*(part[name] for part in parts if name in part), strict=True)]
            for name in parts[0]
        }
        return merged if self.is_main else {}

    def gather(self, values: list[Value]) -> list[Value]:
        """Return the values of all processes, in the processes' order."""
        return values if self.count == 1 else gather_object(values)

    def from_main(self, make: Callable[[], Value]) -> Value:
        """Return what make returns in the main process, in all of them; its ValueError and RuntimeError too."""
        if self.count == 1:
            return make()
        answer: list[object] = [None, None]
        if self.is_main:
            try:
                answer[0] = make()
            except (ValueError, RuntimeError) as error:
                answer[1] = error
        broadcast_object_list(answer)
        if isinstance(answer[1], Exception):
            raise answer[1]
        return answer[0]  # type: ignore[return-value]

    def share_buffers(self, module: nn.Module) -> None:
        """Give every process the main one's batch statistics, which are the ones that are saved."""
        if self.count > 1:
            for buffer in module.buffers():
                broadcast(buffer)

    @contextmanager
    def only_main_speaks(self) -> Iterator[None]:
        """Hold back what the other processes would print: libraries, warnings, the same lines many times over."""
        if self.is_main:
            yield
            return
        logging.disable(logging.WARNING)
        try:
            with redirect_stdout(io.StringIO()):
                yield
        finally:
            logging.disable(logging.NOTSET)

    def close(self) -> None:
        """Leave the group of processes, after everything else."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.accelerator.end_training()
