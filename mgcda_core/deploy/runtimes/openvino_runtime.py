"""OpenVINO, for CPUs of Intel; it runs on others too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mgcda_core.deploy.runtimes.exported_file import CLASSES, PICTURE, PROBABILITY, ExportedFile
from mgcda_core.deploy.runtimes.openvino_package import import_openvino
from mgcda_core.deploy.runtimes.runtime import DeviceError, RuntimeUnavailableError
from mgcda_core.deploy.weights import Card, WeightsError


class OpenVinoRuntime(ExportedFile):
    """Runs an .xml file with its .bin beside it. threads: of the CPU; 0: one per core. precision: of the computation.

    Raises RuntimeUnavailableError where the package is missing, WeightsError where the file is not one of ours.
    """

    name = "openvino"

    def __init__(self, path: Path, card: Card, *, threads: int = 0, precision: str = "float32") -> None:
        super().__init__(card)
        try:
            openvino = import_openvino()
        except ImportError as error:
            raise RuntimeUnavailableError(
                f"openvino cannot be imported ({error}); pip install 'mgcda_ros[openvino]', or give the "
                ".safetensors file"
            ) from None
        # Without the hint it takes bfloat16 on CPUs that have it, and the answers are no longer the other runtimes'.
        hint = {"float32": "f32", "bfloat16": "bf16"}.get(precision)
        if hint is None:
            raise RuntimeUnavailableError(
                f"precision: {precision!r} is not allowed with openvino on a CPU; set it to 'float32' or 'bfloat16'"
            )
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        try:
            compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        except RuntimeError as error:
            raise WeightsError(f"{path}: not a model that OpenVINO can run ({_line(error)}); export it again") from None
        names = {name for end in (*compiled.inputs, *compiled.outputs) for name in end.get_names()}
        if not {PICTURE, PROBABILITY, CLASSES} <= names:
            raise WeightsError(
                f"{path}: inputs and outputs {sorted(names)} are not those of an exported file; "
                "write it with `mgcda export`"
            )
        self._request = compiled.create_infer_request()
        version = openvino.get_version().split("-")[0]
        self.description = (
            f"OpenVINO {version} on CPU, {card.exported.precision if precision == 'float32' else precision}"
        )

    def compute(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return probability and classes of uint8 (B, H, W, 3); raises DeviceError where it fails."""
        try:
            answer = self._request.infer({PICTURE: pictures})
        except RuntimeError as error:
            raise DeviceError(f"{self.description}: failed ({_line(error)})") from error
        return answer[PROBABILITY], answer[CLASSES]


def _line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
