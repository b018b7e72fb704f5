"""A network in a file, TorchScript or ONNX: float32 maps in, float32 maps out, on the CPU.

A TorchScript file is a program: loading it runs what its maker wrote, so only files from people whom you trust belong
here. An ONNX file is data. Nothing is downloaded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

TORCHSCRIPT_SUFFIXES = (".pt", ".ts", ".torchscript")
ONNX_SUFFIXES = (".onnx",)


class ExternalFile:
    """A loaded file, with all that is checked of its answers; a deep copy shares it.

    in_channels, out_channels: of input and answer. one_hot: whether the input is a map of classes, not a picture.
    multiple_of: heights and widths are padded to a multiple of it. Raises ValueError where the file cannot be used.
    """

    def __init__(
        self, path: Path, *, in_channels: int, out_channels: int, one_hot: bool = False, multiple_of: int = 1
    ) -> None:
        self.path, self.out_channels, self.one_hot, self.multiple_of = path, out_channels, one_hot, multiple_of
        self._fixed: tuple[int | None, int | None] = (None, None)
        self._compute: Callable[[torch.Tensor], Any]
        if path.suffix.lower() in TORCHSCRIPT_SUFFIXES:
            self._compute = _load_torchscript(path)
        elif path.suffix.lower() in ONNX_SUFFIXES:
            self._compute, self._fixed = _load_onnx(path, in_channels)
        else:
            raise ValueError(
                f"{path}: suffix {path.suffix!r} is not allowed; it must be one of {TORCHSCRIPT_SUFFIXES} for "
                f"TorchScript or {ONNX_SUFFIXES} for ONNX"
            )

    def __deepcopy__(self, memo: dict[int, Any]) -> ExternalFile:
        return self

    def run(self, values: torch.Tensor) -> torch.Tensor:
        """Return the file's answer, float32 (B, out_channels, h, w), finite, for float32 (B, in_channels, H, W).

        h and w are the file's choice and stand for all of H and W. Raises ValueError where the answer is of another
        form, RuntimeError where it is not a number or the file fails.
        """
        # One at a time: many exported files have a batch of one baked in, and not all of them say so.
        answers = [self._run_one(values[index : index + 1]) for index in range(len(values))]
        return torch.cat(answers) if len(answers) > 1 else answers[0]

    def _run_one(self, values: torch.Tensor) -> torch.Tensor:
        fitted = self._fit(values)
        padded = self._pad(fitted)
        try:
            answer = self._compute(padded.contiguous())
        except Exception as error:  # each runtime has exceptions of its own
            raise RuntimeError(
                f"{self.path}: the file failed on an input of shape {tuple(padded.shape)}: {_lines(error)[-1]}; export "
                "it for any height and width, or set multiple_of in its card where it needs multiples"
            ) from error
        answer = self._checked(answer)
        height, width = (
            max(1, round(answered * had / given))
            for answered, had, given in zip(answer.shape[-2:], fitted.shape[-2:], padded.shape[-2:], strict=True)
        )
        return answer[..., :height, :width]

    def _fit(self, values: torch.Tensor) -> torch.Tensor:
        height, width = values.shape[-2:]
        size = (self._fixed[0] or height, self._fixed[1] or width)
        if size == (height, width):
            return values
        if self.one_hot:
            return F.interpolate(values, size=size, mode="nearest-exact")
        return F.interpolate(values, size=size, mode="bilinear", antialias=True)

    def _pad(self, values: torch.Tensor) -> torch.Tensor:
        bottom, right = (
            0 if fixed else -side % self.multiple_of for fixed, side in zip(self._fixed, values.shape[-2:], strict=True)
        )
        return F.pad(values, (0, right, 0, bottom), mode="replicate") if bottom or right else values

    def _checked(self, answer: Any) -> torch.Tensor:
        if isinstance(answer, (tuple, list)) and answer:
            answer = answer[0]
        if not isinstance(answer, torch.Tensor) or not answer.is_floating_point() or answer.ndim != 4:
            found = type(answer).__name__
            if isinstance(answer, torch.Tensor):
                found = f"{answer.dtype} {tuple(answer.shape)}"
            raise ValueError(
                f"{self.path}: an answer of type {found} is not allowed; it must be float (1, {self.out_channels}, "
                "height, width), or a tuple whose first is; wrap the network so that it returns that, and export again"
            )
        batch, channels, height, width = answer.shape
        if batch != 1 or min(height, width) < 1:
            raise ValueError(
                f"{self.path}: an answer of shape {tuple(answer.shape)} to one picture is not allowed; it must be "
                f"(1, {self.out_channels}, height, width)"
            )
        if channels != self.out_channels:
            due = "colours" if self.one_hot else "one for each of the classes in its card"
            raise ValueError(
                f"{self.path}: an answer of {channels} channels is not allowed; it must be {self.out_channels}, {due}; "
                "correct the card, or take the file that the card is for"
            )
        answer = answer.float()
        # NaN passes through to both: one reading of the map tells, where isfinite().all() writes one of its own first.
        if not all(extreme.isfinite() for extreme in answer.aminmax()):
            raise RuntimeError(f"{self.path}: the network returned NaN or infinity")
        return answer


def _lines(error: Exception) -> list[str]:
    return (str(error).strip() or type(error).__name__).splitlines()


def _load_torchscript(path: Path) -> Callable[[torch.Tensor], Any]:
    with warnings.catch_warnings():
        # PyTorch deprecates the format, which is for the person who exports to hear (docs/own_networks.md).
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            module = torch.jit.load(str(path), map_location="cpu")
        except (RuntimeError, ValueError, OSError) as error:
            raise ValueError(
                f"{path}: not a TorchScript file that can be loaded ({_lines(error)[0]}); weights alone (state_dict) "
                "are not a network: export it with torch.jit.script or torch.jit.trace, or as ONNX"
            ) from None
    return module.eval()


def _load_onnx(path: Path, channels: int) -> tuple[Callable[[torch.Tensor], Any], tuple[int | None, int | None]]:
    """Return what computes the first output, and the height and width that the file is fixed to, None where free."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(
            f"{path}: onnxruntime, which runs it, cannot be imported ({error}); pip install 'mgcda_ros[onnx]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Its threads and PyTorch's take turns on the same cores: as many, and none that spins while the others work.
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base class but this
        raise ValueError(
            f"{path}: not an ONNX file that onnxruntime can run ({_lines(error)[0]}); export it again"
        ) from None
    inputs, output = session.get_inputs(), session.get_outputs()[0]
    if len(inputs) != 1:
        names = [item.name for item in inputs]
        raise ValueError(f"{path}: inputs {names} are not allowed; it must be one alone; export it again")
    shape, kind = inputs[0].shape, inputs[0].type
    sides = [side if isinstance(side, int) and side > 0 else None for side in shape]
    if kind != "tensor(float)" or len(sides) != 4 or sides[0] not in (None, 1) or sides[1] not in (None, channels):
        raise ValueError(
            f"{path}: input {inputs[0].name!r} of {kind} {shape} is not allowed; it must be tensor(float) "
            f"(1 or free, {channels}, height, width), a generator's with a channel for each class; export it again"
        )
    if output.type not in ("tensor(float)", "tensor(float16)", "tensor(double)"):
        raise ValueError(
            f"{path}: output {output.name!r} of {output.type} is not allowed; it must be tensor(float): logits, "
            "probabilities or colours, not labels; export it again"
        )

    def compute(values: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(session.run([output.name], {inputs[0].name: values.numpy()})[0])

    return compute, (sides[2], sides[3])
