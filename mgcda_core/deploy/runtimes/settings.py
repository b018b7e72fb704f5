"""What may be asked of the runtimes; nothing here needs any of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "float16", "bfloat16"]
Compilation = Literal["off", "on", "cuda_graphs"]
RuntimeName = Literal["auto", "pytorch", "onnx", "tensorrt", "openvino"]
PrecisionChoice = Literal["auto", "float32", "float16", "bfloat16"]
RUNTIMES: tuple[RuntimeName, ...] = ("auto", "pytorch", "onnx", "tensorrt", "openvino")
PRECISIONS: tuple[PrecisionChoice, ...] = ("auto", "float32", "float16", "bfloat16")
COMPILATIONS: tuple[Compilation, ...] = ("off", "on", "cuda_graphs")


@dataclass(frozen=True)
class RuntimeSettings:
    """runtime: auto is the one that runs the file. device: auto, cpu, cuda or cuda:N; auto is a GPU where one works.

    precision: of the computation; auto is float32, and what an exported file has. compile: by torch.compile.
    cpu_fallback: whether to go on with the CPU where the device is missing or fails, which is DEGRADED.
    further_looks: whether to look again at the scales that the card asks for; an exported file has it as exported.
    Raises ValueError for values that are not allowed.
    """

    runtime: RuntimeName = "auto"
    device: str = "auto"
    precision: PrecisionChoice = "auto"
    compile: Compilation = "off"
    cpu_fallback: bool = False
    further_looks: bool = True

    def __post_init__(self) -> None:
        for name, allowed in (("runtime", RUNTIMES), ("precision", PRECISIONS), ("compile", COMPILATIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not allowed; it must be one of {allowed}")
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: {self.device!r} is not allowed; it must be 'auto', 'cpu', 'cuda' or 'cuda:N'")
