"""ONNX Runtime: on the CPU, on a GPU by CUDA, on a GPU by TensorRT."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from mgcda_core.deploy.runtimes.exported_file import CLASSES, PICTURE, PROBABILITY, ExportedFile
from mgcda_core.deploy.runtimes.runtime import DeviceError, RuntimeUnavailableError, first_line
from mgcda_core.deploy.weights import Card, WeightsError

Provider = Literal["CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"]
INSTALL = {
    "CPUExecutionProvider": "pip install 'mgcda_ros[onnx]'",
    "CUDAExecutionProvider": "pip install onnxruntime-gpu in place of onnxruntime",
    "TensorrtExecutionProvider": "pip install onnxruntime-gpu tensorrt in place of onnxruntime",
}


class OnnxRuntime(ExportedFile):
    """Runs an .onnx file by one provider. threads: of the CPU; 0: one per core. device_id: of the GPU.

    Raises RuntimeUnavailableError where the package or the provider is missing or does not start, WeightsError where
    the file is not one of ours.
    """

    def __init__(
        self,
        path: Path,
        card: Card,
        *,
        provider: Provider = "CPUExecutionProvider",
        threads: int = 0,
        device_id: int = 0,
    ) -> None:
        super().__init__(card)
        self.name = "tensorrt" if provider == "TensorrtExecutionProvider" else "onnx"
        onnxruntime = _package(provider)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Threads that wait for the next picture must not take the cores from what else the vehicle computes.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        chosen: list[Any] = [provider]
        if provider != "CPUExecutionProvider":
            own: dict[str, int] = {"device_id": device_id}
            if provider == "CUDAExecutionProvider":
                own["use_tf32"] = 0  # ten bits in place of float32's 23 are another class here and there
            # The CPU takes the few operators that a GPU's provider has none for.
            chosen = [(provider, own), "CPUExecutionProvider"]
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=chosen)
        except Exception as error:  # its exceptions share no base class but this
            if provider != "CPUExecutionProvider":
                raise RuntimeUnavailableError(f"{path}: {provider} does not start: {first_line(error)}") from error
            raise WeightsError(f"{path}: not an ONNX file that onnxruntime can run ({first_line(error)})") from None
        # It goes on without a provider that does not start, and says so in its log only.
        if provider not in self._session.get_providers():
            raise RuntimeUnavailableError(
                f"{provider} does not start on this machine (its driver or libraries are missing; onnxruntime would "
                f"run on {', '.join(self._session.get_providers())}); set device to 'cpu', or mend the driver"
            )
        inputs, outputs = ({item.name for item in items} for items in self._ends())
        if inputs != {PICTURE} or outputs != {PROBABILITY, CLASSES}:
            raise WeightsError(
                f"{path}: inputs {sorted(inputs)} and outputs {sorted(outputs)} are not those of an exported file; "
                "write it with `mgcda export`"
            )
        where = (
            "CPU" if provider == "CPUExecutionProvider" else f"{provider.removesuffix('ExecutionProvider')} {device_id}"
        )
        self.description = f"ONNX Runtime {onnxruntime.__version__} on {where}, {card.exported.precision}"

    def _ends(self) -> tuple[Any, Any]:
        return self._session.get_inputs(), self._session.get_outputs()

    def compute(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return probability and classes of uint8 (B, H, W, 3); raises DeviceError where it fails."""
        try:
            probability, classes = self._session.run([PROBABILITY, CLASSES], {PICTURE: pictures})
        except Exception as error:  # its exceptions share no base class but this
            raise DeviceError(f"{self.description}: failed ({first_line(error)})") from error
        return probability, classes


def _package(provider: Provider) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"onnxruntime cannot be imported ({error}); {INSTALL[provider]}, or give the .safetensors file"
        ) from None
    available = onnxruntime.get_available_providers()
    if provider not in available:
        raise RuntimeUnavailableError(
            f"onnxruntime {onnxruntime.__version__} has no {provider} (it has {', '.join(available)}); "
            f"{INSTALL[provider]}, or set device to 'cpu'"
        )
    return onnxruntime
